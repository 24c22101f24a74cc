/// Commands and words that are replaced in one pass from the left, the first that fits at each place.
struct LatexReplacements {
    let mode: AnswerMode

    /// The text after the replacements.
    func apply(to text: SourceText) -> [UInt8] {
        // White space that precedes nothing of interest is looked at once, however long it is.
        var spaces = NextPosition()
        var work = 0
        return text.rewriting { position in
            let byte = text.bytes[position]
            switch byte {
            case 0x5C: return command(text, position)
            case 0x7B: return brace(text, position) ?? list(text, position, position)
            case 0x7E: return text.has("~=", at: position) ? (position + 2, Array("\\approx".utf8)) : nil
            case 0x2C: break
            case 0x61...0x7A: return word(text, position, position)
            default:
                let length = text.spaceLength(at: position)
                guard length > 0 else { return nil }
                if text.isByte(".", at: position + length),
                    mode == .compat || text.digitLength(at: position + length + 1) > 0
                {
                    return (position + length + 1, Array(" 0.".utf8))
                }
            }
            let start = byte == 0x2C ? position + 1 : position
            let end = spaces.find(from: start, in: text, work: &work) {
                text.bytes[$0] & 0xC0 != 0x80 && text.spaceLength(at: $0) == 0
            }
            return behindSpaces(text, position, end)
        }
    }

    /// What may stand behind white space or a comma.
    private func behindSpaces(_ text: SourceText, _ position: Int, _ end: Int) -> (Int, [UInt8])? {
        let hasComma = text.bytes[position] == 0x2C
        if !hasComma, let found = list(text, position, end) { return found }
        if let found = conjunction(text, position, end) { return found }
        if hasComma {
            guard mode == .compat, text.has("\\ldots", at: position + 1) else { return nil }
            return (position + 7, [0x20])
        }
        if let found = percentWord(text, end) { return found }
        return text.has(" sqrt", at: position) ? (position + 5, Array("\\sqrt".utf8)) : nil
    }

    private func word(_ text: SourceText, _ position: Int, _ end: Int) -> (Int, [UInt8])? {
        switch text.bytes[position] {
        case 0x61, 0x6F: return conjunction(text, position, position)
        case 0x70: return percentWord(text, position)
        case 0x69:
            guard text.has("inf", at: position) else { return nil }
            let isWhole = text.has("infinity", at: position)
            let end = position + (isWhole ? 8 : 3)
            if mode == .strict {
                guard !text.isLetter(at: end), !text.isLetter(at: position - 1) else { return nil }
                if text.isByte("\\", at: position - 1) { return isWhole ? (end, Array("infty".utf8)) : nil }
            } else if !isWhole, text.isByte("\\", at: position - 1) || text.has("inity", at: end) {
                return nil
            }
            return (end, Array("\\infty".utf8))
        default: return nil
        }
    }

    private func command(_ text: SourceText, _ position: Int) -> (Int, [UInt8])? {
        let next = position + 1
        if text.has("math", at: next), ["rm", "it", "bf"].contains(where: { text.has($0, at: next + 4) }) {
            return (next + 6, Array("\\text".utf8))
        }
        if text.has("text", at: next) {
            if text.has("normal", at: next + 4) { return (next + 10, Array("\\text".utf8)) }
            if ["rm", "it", "bf"].contains(where: { text.has($0, at: next + 4) }) {
                return (next + 6, Array("\\text".utf8))
            }
            if let end = textConjunctionEnd(text, position) { return (end, comma) }
            if mode == .strict, let end = textPercentEnd(text, next + 4) { return (end, Array("\\%".utf8)) }
            if text.has("{percentage}", at: next + 4) { return (next + 16, [0x25]) }
            if text.has("{percent}", at: next + 4) { return (next + 13, [0x25]) }
            if text.has("{pct}", at: next + 4) { return (next + 9, [0x25]) }
            return nil
        }
        if text.has("frac", at: next + 1), ["d", "t", "c"].contains(where: { text.has($0, at: next) }) {
            return (next + 5, Array("\\frac".utf8))
        }
        if text.has("ldots", at: next) { return mode == .compat ? (next + 5, [0x20]) : nil }
        let space = text.spaceLength(at: next)
        guard space > 0, !text.isByte("\\", at: position - 1) else { return nil }
        return (next + space, [0x20])
    }

    private func brace(_ text: SourceText, _ position: Int) -> (Int, [UInt8])? {
        guard text.isByte(".", at: position + 1) else { return nil }
        guard mode == .compat || text.digitLength(at: position + 2) > 0 else { return nil }
        return (position + 2, Array("{0.".utf8))
    }

    /// `{,}`, with white space or without.
    private func list(_ text: SourceText, _ position: Int, _ brace: Int) -> (Int, [UInt8])? {
        guard text.isByte("{", at: brace) else { return nil }
        let comma = text.skipSpaces(brace + 1)
        guard text.isByte(",", at: comma) else { return nil }
        let end = text.skipSpaces(comma + 1)
        return text.isByte("}", at: end) ? (end + 1, [0x2C]) : nil
    }

    /// Between answers. 1 or 200 is not 1,200, though Math-Verify says so.
    private var comma: [UInt8] { mode == .strict ? [0x2C, 0x20] : [0x2C] }

    private func conjunction(_ text: SourceText, _ position: Int, _ end: Int) -> (Int, [UInt8])? {
        if !text.isLetter(at: position - 1) {
            let length = text.has("and", at: end) ? 3 : text.has("or", at: end) ? 2 : 0
            if length > 0, !text.isLetter(at: end + length) { return (end + length, comma) }
        }
        return textConjunctionEnd(text, end).map { ($0, comma) }
    }

    /// Behind `\text{and}` or `\text{or}`.
    private func textConjunctionEnd(_ text: SourceText, _ position: Int) -> Int? {
        guard text.has("\\text{", at: position) else { return nil }
        let word = text.skipSpaces(position + 6)
        let length = text.has("and", at: word) ? 3 : text.has("or", at: word) ? 2 : 0
        guard length > 0 else { return nil }
        let end = text.skipSpaces(word + length)
        return text.isByte("}", at: end) ? end + 1 : nil
    }

    /// Behind a percent word in braces.
    private func textPercentEnd(_ text: SourceText, _ brace: Int) -> Int? {
        guard text.isByte("{", at: brace) else { return nil }
        let word = text.skipSpaces(brace + 1)
        guard let ending = text.endsOfPercentWord(at: word).last else { return nil }
        let end = text.skipSpaces(ending)
        return text.isByte("}", at: end) ? end + 1 : nil
    }

    private func percentWord(_ text: SourceText, _ position: Int) -> (Int, [UInt8])? {
        guard text.isByte("p", at: position), position == 0 || !text.isWord(at: text.before(position)) else {
            return nil
        }
        let length =
            text.has("percentage", at: position)
            ? 10 : text.has("percent", at: position) ? 7 : text.has("pct", at: position) ? 3 : 0
        guard length > 0, !text.isWord(at: position + length) else { return nil }
        return (position + length, Array("\\%".utf8))
    }
}
