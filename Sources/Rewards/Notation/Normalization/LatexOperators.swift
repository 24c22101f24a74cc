/// Arguments without braces, as Math-Verify mends them.
///
/// Each step is a pattern that is replaced from the left; what it takes for an argument is not always one.
enum LatexOperators {
    /// The text after all steps.
    static func mended(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        if bytes.contains(0x28) {
            bytes = powers(SourceText(bytes))
            bytes = roots(SourceText(bytes))
        }
        if bytes.contains(0x5C) {
            bytes = digitPairs(SourceText(bytes), "\\frac")
            bytes = logarithms(bytes)
            bytes = denominators(SourceText(bytes))
            bytes = numerators(SourceText(bytes))
            bytes = digitRoots(SourceText(bytes))
        }
        bytes = SourceText(bytes).replacing(" sqrt", with: "\\sqrt")
        if bytes.contains(0x5C) {
            bytes = characterRoots(SourceText(bytes))
            bytes = characterFractions(SourceText(bytes))
        }
        return fraction(bytes)
    }

    /// `\log_2 10` as `\log_{2}{10}`.
    static func logarithms(_ bytes: [UInt8]) -> [UInt8] { digitPairs(SourceText(bytes), "\\log_") }

    /// `a/b` of two integers as a fraction.
    static func fraction(_ bytes: [UInt8]) -> [UInt8] {
        let sides = bytes.split(separator: 0x2F, maxSplits: 2, omittingEmptySubsequences: false)
        guard sides.count == 2, sides.allSatisfy(isInteger) else { return bytes }
        return Array("\\frac{".utf8) + sides[0] + Array("}{".utf8) + sides[1] + [0x7D]
    }

    /// Python reads no longer integers.
    private static func isInteger(_ bytes: ArraySlice<UInt8>) -> Bool {
        let digits = bytes.first == 0x2D ? bytes.dropFirst() : bytes
        guard let first = digits.first, digits.count <= 4300, digits.allSatisfy(SourceText.isDigit) else {
            return false
        }
        return first != 0x30 || bytes.count == 1
    }

    /// `^(..)` as `^{..}`, up to the first closing parenthesis.
    private static func powers(_ text: SourceText) -> [UInt8] {
        var closings = NextPosition()
        var work = 0
        return text.rewriting { position in
            guard text.bytes[position] == 0x5E else { return nil }
            let open = position + 1 + text.spaceLength(at: position + 1)
            guard text.isByte("(", at: open) else { return nil }
            let close = closings.find(from: open + 1, in: text, work: &work) { text.bytes[$0] == 0x29 }
            guard close < text.count else { return nil }
            return (close + 1, [0x5E, 0x7B] + text.bytes[(open + 1)..<close] + [0x7D])
        }
    }

    /// `sqrt(..)` as `\sqrt{..}`, also where a backslash stands before it already.
    private static func roots(_ text: SourceText) -> [UInt8] {
        var closings = NextPosition()
        var work = 0
        return text.rewriting { position in
            guard text.bytes[position] == 0x73, text.has("sqrt", at: position) else { return nil }
            let open = position + 4 + text.spaceLength(at: position + 4)
            guard text.isByte("(", at: open) else { return nil }
            let close = closings.find(from: open + 1, in: text, work: &work) { text.bytes[$0] == 0x29 }
            guard close < text.count else { return nil }
            return (close + 1, Array("\\sqrt{".utf8) + text.bytes[(open + 1)..<close] + [0x7D])
        }
    }

    /// A command, a digit, and digits.
    private static func digitPairs(_ text: SourceText, _ command: StaticString) -> [UInt8] {
        text.rewriting { position in
            guard text.bytes[position] == 0x5C, text.has(command, at: position) else { return nil }
            let name = position + command.utf8CodeUnitCount
            let first = name + text.spaceLength(at: name)
            let middle = first + text.digitLength(at: first)
            guard middle > first else { return nil }
            let second = middle + text.spaceLength(at: middle)
            let end = text.skipDigits(second)
            guard end > second else { return nil }
            return (end, braced(text, name: position..<name, first..<middle, second..<end))
        }
    }

    /// `\frac{..}2`: the first argument goes on to a brace before a digit.
    private static func denominators(_ text: SourceText) -> [UInt8] {
        var closings = NextPosition()
        var work = 0
        return text.rewriting { position in
            guard text.bytes[position] == 0x5C, text.has("\\frac", at: position) else { return nil }
            let open = position + 5 + text.spaceLength(at: position + 5)
            guard text.isByte("{", at: open) else { return nil }
            let close = closings.find(from: open + 1, in: text, work: &work) {
                text.bytes[$0] == 0x7D && text.digitLength(at: $0 + 1 + text.spaceLength(at: $0 + 1)) > 0
            }
            guard close < text.count else { return nil }
            let digit = close + 1 + text.spaceLength(at: close + 1)
            let end = digit + text.digitLength(at: digit)
            return (end, braced(text, name: position..<(position + 5), (open + 1)..<close, digit..<end))
        }
    }

    /// `\frac1{..}`: the second argument ends at the first brace.
    private static func numerators(_ text: SourceText) -> [UInt8] {
        var closings = NextPosition()
        var work = 0
        return text.rewriting { position in
            guard text.bytes[position] == 0x5C, text.has("\\frac", at: position) else { return nil }
            let digit = position + 5 + text.spaceLength(at: position + 5)
            let end = digit + text.digitLength(at: digit)
            guard end > digit else { return nil }
            let open = end + text.spaceLength(at: end)
            guard text.isByte("{", at: open) else { return nil }
            let close = closings.find(from: open + 1, in: text, work: &work) { text.bytes[$0] == 0x7D }
            guard close < text.count else { return nil }
            return (close + 1, braced(text, name: position..<(position + 5), digit..<end, (open + 1)..<close))
        }
    }

    private static func digitRoots(_ text: SourceText) -> [UInt8] {
        text.rewriting { position in
            guard text.bytes[position] == 0x5C, text.has("\\sqrt", at: position) else { return nil }
            let digit = position + 5 + text.spaceLength(at: position + 5)
            let end = digit + text.digitLength(at: digit)
            guard end > digit else { return nil }
            return (end, Array("\\sqrt{".utf8) + text.bytes[digit..<end] + [0x7D])
        }
    }

    private static func braced(
        _ text: SourceText, name: Range<Int>, _ first: Range<Int>, _ second: Range<Int>
    ) -> [UInt8] {
        text.bytes[name] + [0x7B] + text.bytes[first] + [0x7D, 0x7B] + text.bytes[second] + [0x7D]
    }

    /// The character behind `\sqrt` is its argument.
    private static func characterRoots(_ text: SourceText) -> [UInt8] {
        text.rewriting { position in
            guard text.bytes[position] == 0x5C, text.has("\\sqrt", at: position) else { return nil }
            let start = text.skipSpaces(position + 5)
            // An argument that is the next root is none: the text is cut at the roots first.
            guard start < text.count, !text.isByte("{", at: start), !text.isByte("[", at: start),
                !text.has("\\sqrt", at: start)
            else { return (start, Array("\\sqrt".utf8)) }
            let end = start + text.characterLength(at: start)
            return (end, Array("\\sqrt{".utf8) + text.bytes[start..<end] + [0x7D])
        }
    }

    /// The two characters behind `\frac` are its arguments.
    private static func characterFractions(_ text: SourceText) -> [UInt8] {
        var isCut = false
        let result = text.rewriting { position in
            guard text.bytes[position] == 0x5C, text.has("\\frac", at: position) else { return nil }
            let start = text.skipSpaces(position + 5)
            if text.isByte("{", at: start) { return (start, Array("\\frac".utf8)) }
            let middle = start + text.characterLength(at: start)
            guard middle < text.count, !text.has("\\frac", at: start), !text.has("\\frac", at: middle) else {
                isCut = true
                return nil
            }
            let first = Array("\\frac{".utf8) + text.bytes[start..<middle] + [0x7D]
            if text.isByte("{", at: middle) { return (middle, first) }
            let end = middle + text.characterLength(at: middle)
            return (end, first + [0x7B] + text.bytes[middle..<end] + [0x7D])
        }
        return isCut ? text.bytes : result
    }
}
