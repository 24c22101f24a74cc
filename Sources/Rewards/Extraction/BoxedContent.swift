/// What stands in the boxes of a text.
enum BoxedContent {
    /// Which boxes count.
    enum Choice {
        /// All of them.
        case all
        /// The last, and those that are near it: fewer than 10 characters away, or fewer than 70 with a comma, a semicolon,
        /// "and" or "or" between them.
        case last
    }

    /// The contents, from the first to the last, joined by commas; of equal neighbours one. `\fbox` is a box as well.
    ///
    /// The search is from the right. A box ends before the next one begins: one that contains another is not closed, and the
    /// search ends there.
    ///
    /// - Parameter balanced: whether a box counts only if it is closed. Otherwise all text behind the command is the content
    ///   of a last box that is not.
    /// - Returns: The contents, and whether the text has a box at all.
    /// - Complexity: O(n).
    static func find(in text: SourceText, _ choice: Choice, balanced: Bool) -> (ranges: [Range<Int>], hasBox: Bool) {
        var ranges: [Range<Int>] = []
        var hasBox = false
        var limit = text.count
        var position = text.count - 5
        while position >= 0 {
            guard text.bytes[position] == 0x5C, let command = commandEnd(in: text, at: position, before: limit) else {
                position -= 1
                continue
            }
            hasBox = true
            var brace = command
            while brace < limit {
                let length = text.spaceLength(at: brace)
                if length == 0 { break }
                brace += length
            }
            guard brace < limit || balanced else { break }
            guard brace < limit, text.bytes[brace] == 0x7B,
                let end = closingBrace(in: text, behind: brace, before: limit)
            else {
                guard balanced, ranges.isEmpty else {
                    if ranges.isEmpty { ranges.append(brace..<text.count) }
                    break
                }
                limit = position
                position -= 5
                continue
            }
            let content = text.trimmed((brace + 1)..<end)
            if choice == .last, let last = ranges.last,
                !areTogether(text, content, last, between: (end + 1)..<max(end + 1, limit))
            {
                break
            }
            if ranges.last.map({ text.bytes[$0] == text.bytes[content] }) != true { ranges.append(content) }
            limit = position
            position -= 5
        }
        return (ranges.reversed(), hasBox)
    }

    private static func commandEnd(in text: SourceText, at position: Int, before limit: Int) -> Int? {
        if text.has("\\boxed", at: position), position + 6 <= limit { return position + 6 }
        if text.has("\\fbox", at: position), position + 5 <= limit { return position + 5 }
        return nil
    }

    private static func closingBrace(in text: SourceText, behind brace: Int, before limit: Int) -> Int? {
        var depth = 1
        var index = brace + 1
        while index < limit {
            if text.bytes[index] == 0x7B { depth += 1 }
            if text.bytes[index] == 0x7D {
                depth -= 1
                if depth == 0 { return index }
            }
            index += 1
        }
        return nil
    }

    private static func areTogether(
        _ text: SourceText, _ content: Range<Int>, _ next: Range<Int>, between: Range<Int>
    ) -> Bool {
        guard between.count < 280 else { return false }
        let characters = text.bytes[between].count { $0 & 0xC0 != 0x80 }
        if characters < 10 { return true }
        guard characters < 70, text.bytes[content] != text.bytes[next] else { return false }
        return between.contains { index in
            if text.isByte(",", at: index) || text.isByte(";", at: index) { return true }
            let length = text.has("and", at: index) ? 3 : text.has("or", at: index) ? 2 : 0
            guard length > 0, index + length <= between.upperBound else { return false }
            let startsWord = index == between.lowerBound || !text.isWord(at: text.before(index))
            return startsWord && (index + length == between.upperBound || !text.isWord(at: index + length))
        }
    }
}
