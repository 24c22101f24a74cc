/// Puts arguments in braces as TeX reads them.
enum LatexArguments {
    /// `x^(..)` as `x^{..}`, `sqrt(..)` as `\sqrt{..}`, and `\frac12`, `\frac\pi2` and `\sqrt2` with braces.
    static func braced(_ bytes: [UInt8]) -> [UInt8] {
        let text = SourceText(LatexOperators.logarithms(bytes))
        guard text.bytes.contains(where: { $0 == 0x5C || $0 == 0x28 }) else {
            return LatexOperators.fraction(text.bytes)
        }
        var result = text.bytes
        let closings = closings(of: text)
        var insertions: [(position: Int, byte: UInt8)] = []
        var position = 0
        while position < text.count {
            switch text.bytes[position] {
            case 0x5E:
                let open = text.skipSpaces(position + 1)
                if text.isByte("(", at: open) { brace(open, closings, &result) }
            case 0x73 where text.has("sqrt", at: position):
                let isCommand = text.isByte("\\", at: position - 1)
                let open = text.skipSpaces(position + 4)
                if text.isByte("(", at: open), isCommand || !text.isLetter(at: position - 1) {
                    let isBraced = brace(open, closings, &result)
                    if isBraced, !isCommand { insertions.append((position, 0x5C)) }
                } else if isCommand, !text.isByte("[", at: open),
                    !text.isLetter(at: position + 4) || open > position + 4
                {
                    _ = argument(at: open, text, closings, &insertions)
                }
            case 0x5C where text.has("\\frac", at: position):
                let name = position + 5
                let start = text.skipSpaces(name)
                if let end = argument(at: start, text, closings, &insertions) {
                    _ = argument(at: text.skipSpaces(end), text, closings, &insertions)
                }
            default: break
            }
            position += 1
        }
        return LatexOperators.fraction(inserting(insertions, in: result))
    }

    @discardableResult private static func brace(
        _ open: Int, _ closings: [Int: Int], _ result: inout [UInt8]
    ) -> Bool {
        guard let close = closings[open] else { return false }
        result[open] = 0x7B
        result[close] = 0x7D
        return true
    }

    /// Behind an argument, which is given braces where it has none; nil where there is none.
    private static func argument(
        at start: Int, _ text: SourceText, _ closings: [Int: Int], _ insertions: inout [(position: Int, byte: UInt8)]
    ) -> Int? {
        guard let byte = text.byte(start) else { return nil }
        var end = start + 1
        switch byte {
        case 0x7B: return closings[start].map { $0 + 1 }
        case 0x5C:
            end = text.skip(start + 1, while: SourceText.isLetter)
            guard end > start + 1, !text.has("\\frac", at: start), !text.has("\\sqrt", at: start) else { return nil }
        default:
            guard SourceText.isLetter(byte) || SourceText.isDigit(byte) else { return nil }
        }
        insertions.append((start, 0x7B))
        insertions.append((end, 0x7D))
        return end
    }

    /// Where parentheses and braces are closed, of those that are.
    private static func closings(of text: SourceText) -> [Int: Int] {
        var closings: [Int: Int] = [:]
        var open: [Int] = []
        var openBraces = 0
        for (position, byte) in text.bytes.enumerated() {
            switch byte {
            case 0x28, 0x7B:
                if text.isByte("\\", at: position - 1) { break }
                open.append(position)
                if byte == 0x7B { openBraces += 1 }
            case 0x29, 0x7D:
                guard let last = open.last, !text.isByte("\\", at: position - 1) else { break }
                if text.bytes[last] == byte - (byte == 0x29 ? 1 : 2) {
                    closings[last] = position
                    open.removeLast()
                    if byte == 0x7D { openBraces -= 1 }
                } else if byte == 0x7D, openBraces > 0, let brace = open.lastIndex(where: { text.bytes[$0] == 0x7B }) {
                    // Parentheses that a brace cuts off, as in "[0, {1)}", have no end.
                    closings[open[brace]] = position
                    open.removeSubrange(brace...)
                    openBraces -= 1
                }
            default: break
            }
        }
        return closings
    }

    private static func inserting(_ insertions: [(position: Int, byte: UInt8)], in bytes: [UInt8]) -> [UInt8] {
        guard !insertions.isEmpty else { return bytes }
        let order = insertions.indices.sorted {
            (insertions[$0].position, $0) < (insertions[$1].position, $1)
        }
        var result: [UInt8] = []
        var copied = 0
        for index in order {
            let insertion = insertions[index]
            result += bytes[copied..<insertion.position]
            result.append(insertion.byte)
            copied = insertion.position
        }
        return result + bytes[copied...]
    }
}
