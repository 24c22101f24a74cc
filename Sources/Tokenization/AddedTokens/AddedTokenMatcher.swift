/// Finds added tokens in a text: leftmost first, of several at one place the longest.
struct AddedTokenMatcher: Sendable {
    private let tokens: [AddedToken]
    /// A trie in arrays: each node's children are a linked list through `sibling`.
    private var child: [Int32] = [-1]
    private var sibling: [Int32] = [-1]
    private var label: [UInt8] = [0]
    /// The token that ends at a node, or -1.
    private var terminal: [Int32] = [-1]
    private var isFirstByte = [Bool](repeating: false, count: 256)
    /// The one byte that every token begins with, or nil.
    private var onlyFirstByte: UInt8?

    /// - Parameter tokens: the tokens, each with the bytes to look for; of equal bytes the first counts.
    init(_ tokens: [(token: AddedToken, pattern: [UInt8])]) {
        self.tokens = tokens.map(\.token)
        for (index, (_, pattern)) in tokens.enumerated() where !pattern.isEmpty {
            var node = 0
            for byte in pattern { node = insertChild(of: node, byte) }
            if terminal[node] < 0 { terminal[node] = Int32(index) }
            isFirstByte[Int(pattern[0])] = true
        }
        let firstBytes = (0..<256).filter { isFirstByte[$0] }
        onlyFirstByte = firstBytes.count == 1 ? UInt8(firstBytes[0]) : nil
    }

    /// Whether there is nothing to look for.
    var isEmpty: Bool { child[0] < 0 }

    /// Calls `body` with every stretch of `text` in order: an added token's id, or nil for text between.
    func forEachStretch(
        of text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Int32?) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        var consumed = 0
        var position = 0
        // The white space that was scanned last: a run that many matches touch is scanned once.
        var whiteSpace = 0..<0
        while let (start, end, index) = nextMatch(in: text, from: position) {
            position = end
            let token = tokens[index]
            // A match that is not a word of its own is consumed all the same, not tried again shorter.
            if token.singleWord, touchesWord(text, start, end) { continue }
            // White space that a match to the left absorbed may reach behind where this one begins, and ends.
            let lower = token.stripsLeft ? whiteSpaceStart(text, before: start, notBefore: consumed) : start
            var upper = end
            if token.stripsRight {
                if end < whiteSpace.lowerBound || end > whiteSpace.upperBound {
                    whiteSpace = end..<whiteSpaceEnd(text, after: end)
                }
                upper = whiteSpace.upperBound
            }
            // The oracle drops a match that nothing is left of; on one that ends before it begins it gives up.
            guard lower <= upper else { continue }
            if consumed < lower { try body(consumed..<lower, nil) }
            if lower < upper { try body(lower..<upper, token.id) }
            consumed = upper
        }
        if consumed < text.count { try body(consumed..<text.count, nil) }
    }

    private func nextMatch(
        in text: UnsafeBufferPointer<UInt8>, from position: Int
    ) -> (start: Int, end: Int, index: Int)? {
        var start = position
        while let candidate = nextCandidate(in: text, from: start) {
            var node = 0
            var found: (end: Int, index: Int)?
            var index = candidate
            while index < text.count {
                guard let next = findChild(of: node, text[index]) else { break }
                node = next
                index += 1
                if terminal[node] >= 0 { found = (index, Int(terminal[node])) }
            }
            if let found { return (candidate, found.end, found.index) }
            start = candidate + 1
        }
        return nil
    }

    private func nextCandidate(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < text.count, !isEmpty else { return nil }
        if let byte = onlyFirstByte {
            return ByteSearch.firstIndex(of: byte, in: text, from: start)
        }
        return isFirstByte.withUnsafeBufferPointer { isFirst in
            var index = start
            while index < text.count {
                if isFirst[Int(text[index])] { return index }
                index += 1
            }
            return nil
        }
    }

    private func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        if start > 0 {
            var lead = start - 1
            while lead > 0, text[lead] & 0xC0 == 0x80 { lead -= 1 }
            if ScalarSet.rustWord.contains(UTF8Scalar.decode(text, at: lead).value) { return true }
        }
        return end < text.count && ScalarSet.rustWord.contains(UTF8Scalar.decode(text, at: end).value)
    }

    /// Where the white space that ends at `end` begins, but not before `floor`, even where that lies behind `end`.
    private func whiteSpaceStart(
        _ text: UnsafeBufferPointer<UInt8>, before end: Int, notBefore floor: Int
    ) -> Int {
        var start = max(end, floor)
        while start > floor {
            var lead = start - 1
            while lead > floor, text[lead] & 0xC0 == 0x80 { lead -= 1 }
            guard ScalarSet.rustSpace.contains(UTF8Scalar.decode(text, at: lead).value) else { break }
            start = lead
        }
        return start
    }

    private func whiteSpaceEnd(_ text: UnsafeBufferPointer<UInt8>, after start: Int) -> Int {
        var end = start
        while end < text.count {
            let (scalar, length) = UTF8Scalar.decode(text, at: end)
            guard ScalarSet.rustSpace.contains(scalar) else { break }
            end += length
        }
        return end
    }

    private func findChild(of node: Int, _ byte: UInt8) -> Int? {
        var next = child[node]
        while next >= 0 {
            if label[Int(next)] == byte { return Int(next) }
            next = sibling[Int(next)]
        }
        return nil
    }

    private mutating func insertChild(of node: Int, _ byte: UInt8) -> Int {
        if let existing = findChild(of: node, byte) { return existing }
        let created = child.count
        child.append(-1)
        sibling.append(child[node])
        label.append(byte)
        terminal.append(-1)
        child[node] = Int32(created)
        return created
    }
}
