/// Rewrites LaTeX so that one notation is left of many: `\dfrac12` is `\frac{1}{2}`, `\left(` is `(`, "and" is a comma.
///
/// The steps and their order are those of Math-Verify 0.9. In ``AnswerMode/compat`` the result is the same text, also where
/// that harms: `\sqrt(2)` becomes `\\sqrt{2}`. In ``AnswerMode/strict`` a step does only what keeps the meaning.
struct LatexNormalization {
    let mode: AnswerMode

    /// - Parameter text: what stands in an environment or a box.
    /// - Complexity: O(n), but for a long row of units O(n) each.
    func normalize(_ text: SourceText) -> String {
        var bytes = text.bytes
        if bytes.contains(0x5C) {
            bytes = replace(bytes, LatexRewriting.letters)
            bytes = replace(bytes, LatexRewriting.matrices)
            bytes = LatexRewriting.withoutDelimiterSizes(SourceText(bytes))
        }
        if mode == .compat, bytes.contains(0x5F) { bytes = LatexRewriting.permutations(SourceText(bytes)) }
        bytes = LatexRewriting.withoutDecoration(SourceText(bytes), mode)
        bytes = LatexReplacements(mode: mode).apply(to: SourceText(bytes))
        for index in bytes.indices where bytes[index] == 0x0A || bytes[index] == 0x09 { bytes[index] = 0x20 }
        bytes = LatexRewriting.singleBackslashes(SourceText(bytes), mode)
        bytes = UnitRemoval(mode: mode).apply(to: bytes)
        if bytes.first == 0x2E { bytes.insert(0x30, at: 0) }
        if mode == .compat, bytes.elementsEqual("0.5".utf8) { bytes = Array("\\frac{1}{2}".utf8) }
        switch mode {
        case .compat: bytes = LatexOperators.mended(bytes)
        case .strict: bytes = LatexArguments.braced(bytes)
        }
        let result = SourceText(bytes)
        return result.string(result.trimmed(0..<result.count))
    }

    private func replace(_ bytes: [UInt8], _ pairs: [(StaticString, StaticString)]) -> [UInt8] {
        var bytes = bytes
        for (old, new) in pairs { bytes = SourceText(bytes).replacing(old, with: new) }
        return bytes
    }
}

/// Steps that look at no more than the next command.
enum LatexRewriting {
    /// Upright letters that are variables.
    static let letters: [(StaticString, StaticString)] = [
        ("\\mathrm{T}", "T"), ("\\mathrm{d}", "d"), ("{\\rm d}", "d"),
    ]
    static let matrices: [(StaticString, StaticString)] = [
        ("\\left[\\begin{matrix}", "\\begin{bmatrix}"), ("\\end{matrix}\\right]", "\\end{bmatrix}"),
    ]

    private static let opening: [StaticString] = [
        "\\{", "{", "\\|", "|", "[", "(", "\\rbracl", "\\lgroup", "\\lbrace", "\\lbrack", "\\vert", "\\lvert",
        "\\lceil",
        "\\lfloor", "\\langle", "\\llcorner", "\\ulcorner",
    ]
    private static let closing: [StaticString] = [
        "\\}", "}", "\\|", "|", "]", ")", "\\rbrack", "\\rgroup", "\\rbrace", "\\vert", "\\rvert", "\\rceil",
        "\\rfloor",
        "\\rangle", "\\lrcorner", "\\urcorner",
    ]

    /// Without `\left`, `\right`, `\mleft` and `\mright` before delimiters.
    static func withoutDelimiterSizes(_ text: SourceText) -> [UInt8] {
        let half = withoutSizes(text, "\\left", "\\mleft", opening)
        return withoutSizes(SourceText(half), "\\right", "\\mright", closing)
    }

    private static func withoutSizes(
        _ text: SourceText, _ command: StaticString, _ other: StaticString, _ delimiters: [StaticString]
    ) -> [UInt8] {
        text.rewriting { position in
            guard text.bytes[position] == 0x5C else { return nil }
            let length =
                text.has(command, at: position)
                ? command.utf8CodeUnitCount : text.has(other, at: position) ? other.utf8CodeUnitCount : 0
            guard length > 0, let delimiter = delimiters.first(where: { text.has($0, at: position + length) }) else {
                return nil
            }
            let end = position + length + delimiter.utf8CodeUnitCount
            return (end, Array(text.bytes[(position + length)..<end]))
        }
    }

    /// `(n)_{k}` as the number of permutations, n! / (n - k)!.
    static func permutations(_ text: SourceText) -> [UInt8] {
        text.rewriting { position in
            guard text.bytes[position] == 0x28 else { return nil }
            let middle = text.skip(position + 1, while: isOfPermutation)
            guard middle > position + 1, text.has(")_{", at: middle) else { return nil }
            let end = text.skip(middle + 3, while: isOfPermutation)
            guard end > middle + 3, text.isByte("}", at: end) else { return nil }
            let count = text.string((position + 1)..<middle)
            let taken = text.string((middle + 3)..<end)
            return (end + 1, Array("\\frac{(\(count))!}{((\(count))-(\(taken)))!}".utf8))
        }
    }

    private static func isOfPermutation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2A, 0x2B, 0x2D, 0x2F, 0x5C, 0x20: true
        default: SourceText.isLetter(byte) || SourceText.isDigit(byte)
        }
    }

    /// Without what changes only the look: small spaces, dollar signs, quotation marks, empty text.
    static func withoutDecoration(_ text: SourceText, _ mode: AnswerMode) -> [UInt8] {
        text.rewriting { position in
            switch text.bytes[position] {
            case 0x5C:
                if text.has("\\mathrm{th}", at: position) { return (position + 11, []) }
                if text.has("\\!", at: position) { return (text.skipSpaces(position + 2), []) }
                if text.has("\\text", at: position) {
                    let brace = text.skipSpaces(position + 5)
                    guard text.isByte("{", at: brace) else { return nil }
                    let end = text.skipSpaces(brace + 1)
                    return text.isByte("}", at: end) ? (end + 1, []) : nil
                }
                if text.has("\\$", at: position) { return (position + 2, []) }
                return text.has("\\displaystyle", at: position) ? (position + 13, []) : nil
            case 0x24: return (position + 1, [])
            case 0x22: return text.isByte("\\", at: position - 1) ? nil : (position + 1, [])
            case 0x27:
                return mode == .strict || text.isByte("\\", at: position - 1) ? nil : (position + 1, [])
            default: return nil
            }
        }
    }

    /// One backslash where two stand before a letter, but for line breaks of matrices.
    static func singleBackslashes(_ text: SourceText, _ mode: AnswerMode) -> [UInt8] {
        guard text.bytes.contains(0x5C) else { return text.bytes }
        if text.contains("matrix") { return text.bytes }
        if mode == .strict, text.contains("\\begin") { return text.bytes }
        return text.rewriting { position in
            text.has("\\\\", at: position) && text.isLetter(at: position + 2) ? (position + 2, [0x5C]) : nil
        }
    }
}

extension SourceText {
    /// The bytes with parts replaced: the body gives, for a position, where the part ends and what stands instead of it.
    func rewriting(_ body: (Int) -> (end: Int, replacement: [UInt8])?) -> [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        while position < count {
            guard let (end, replacement) = body(position) else {
                position += 1
                continue
            }
            result += bytes[copied..<position]
            result += replacement
            position = max(end, position + 1)
            copied = position
        }
        if copied == 0 { return bytes }
        if copied < count { result += bytes[copied...] }
        return result
    }

    /// The bytes with all occurrences of a literal replaced.
    func replacing(_ old: StaticString, with new: StaticString) -> [UInt8] {
        rewriting { position in
            guard has(old, at: position) else { return nil }
            return (position + old.utf8CodeUnitCount, new.withUTF8Buffer { Array($0) })
        }
    }

    /// Whether a literal occurs.
    func contains(_ literal: StaticString) -> Bool {
        let first = literal.utf8Start[0]
        for position in 0..<count where bytes[position] == first && has(literal, at: position) { return true }
        return false
    }

    /// The first position behind another whose byte is none of those wanted.
    func skip(_ position: Int, while isWanted: (UInt8) -> Bool) -> Int {
        var index = position
        while index < count, isWanted(bytes[index]) { index += 1 }
        return index
    }
}
