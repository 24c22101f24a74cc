/// Where a text without a pre-tokenizer may be cut before the merges run.
///
/// A merge across a boundary makes a token that holds the characters on both sides next to each other. Where no token
/// that merging can make holds such a pair, the two sides never meet, and each may be merged and cached by itself.
/// SentencePiece-style vocabularies hardly ever join a letter and a following "▁", so this cuts text into words.
struct PieceCuts: Sendable {
    /// Pairs of ASCII characters that some token joins, a bit for each.
    private var asciiPairs = [UInt64](repeating: 0, count: 128 * 128 / 64)
    /// All other pairs.
    private let pairs = ScalarPairSet()
    /// The characters with a symbol of their own, a bit for each; nil where all have one.
    private let characters: [UInt64]?

    /// Returns nil when no cut is safe: a merge that starts from a fallback byte joins parts of characters.
    init?(_ vocabulary: Vocabulary, _ merges: MergeTable, fallbackIDs: [Int32]) {
        let fallback = Set(fallbackIDs.filter { $0 >= 0 })
        var startsFromByte = false
        // Several merges may make one token.
        var isResult = [Bool](repeating: false, count: vocabulary.idLimit)
        merges.forEach { left, right, id in
            if fallback.contains(left) || fallback.contains(right) { startsFromByte = true }
            if isResult.indices.contains(Int(id)) { isResult[Int(id)] = true }
        }
        if startsFromByte { return nil }
        let allCharactersHaveSymbols = fallbackIDs.count == 256 && !fallbackIDs.contains(-1)
        characters = allCharactersHaveSymbols ? nil : Self.characters(of: vocabulary)
        for id in isResult.indices where isResult[id] {
            vocabulary.token(Int32(id))?.withUnsafeBufferPointer { insertPairs(of: $0) }
        }
    }

    /// The end of the stretch of text that begins at `p`: the first place behind it where a cut is safe, or `end`.
    /// Requires `p < end`.
    @inline(__always)
    func stretchEnd(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var (left, length) = UTF8Scalar.decode(p)
        var q = p + length
        while q < end {
            let right: UInt32
            (right, length) = UTF8Scalar.decode(q)
            if allowsCut(left, right) { return q }
            left = right
            q += length
        }
        return end
    }

    /// Whether text may be cut between these two scalars.
    @inline(__always)
    func allowsCut(_ left: UInt32, _ right: UInt32) -> Bool {
        if left < 128, right < 128 {
            let bit = Int(left) * 128 + Int(right)
            if asciiPairs[bit >> 6] & (1 << UInt64(bit & 63)) != 0 { return false }
        } else if pairs.contains(left, right) {
            return false
        }
        // A character without a symbol of its own may leave an unknown token that waits for what follows.
        guard let characters else { return true }
        return Self.contains(characters, left) && Self.contains(characters, right)
    }

    private static func contains(_ characters: [UInt64], _ scalar: UInt32) -> Bool {
        characters[Int(scalar >> 6)] & (1 << UInt64(scalar & 63)) != 0
    }

    private static func characters(of vocabulary: Vocabulary) -> [UInt64] {
        var characters = [UInt64](repeating: 0, count: 0x110000 / 64)
        vocabulary.forEach { token, _ in
            guard let first = token.first, UTF8Scalar.length(lead: first) == token.count else { return }
            let scalar = token.withUnsafeBufferPointer { UTF8Scalar.decode($0, at: 0).value }
            characters[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63)
        }
        return characters
    }

    private mutating func insertPairs(of token: UnsafeBufferPointer<UInt8>) {
        var index = 0
        var left: UInt32?
        while index < token.count {
            let (right, length) = UTF8Scalar.decode(token, at: index)
            if let left {
                if left < 128, right < 128 {
                    let bit = Int(left) * 128 + Int(right)
                    asciiPairs[bit >> 6] |= 1 << UInt64(bit & 63)
                } else {
                    pairs.insert(left, right)
                }
            }
            left = right
            index += length
        }
    }
}
