/// Where a text without a pre-tokenizer may be cut before the merges run.
///
/// A merge across a boundary makes a token that holds the characters on both sides next to each other. Where no token
/// that merging can make holds such a pair, the two sides never meet, and each may be merged and cached by itself.
/// SentencePiece-style vocabularies hardly ever join a letter and a following "▁", so this cuts text into words.
struct PieceCuts: Sendable {
    /// Pairs of ASCII characters that some token joins, a bit for each.
    private var asciiPairs: [UInt64]
    /// All other pairs, as (left << 32 | right).
    private var pairs: Set<UInt64> = []
    private let vocabularyCharacters: Set<UInt32>
    private let allCharactersHaveSymbols: Bool

    /// Returns nil when no cut is safe: a merge that starts from a fallback byte joins parts of characters.
    init?(
        _ vocabulary: Vocabulary, _ merges: [(left: Int32, right: Int32, merge: MergeTable.Merge)],
        fallbackIDs: [Int32]
    ) {
        let fallback = Set(fallbackIDs.filter { $0 >= 0 })
        if !fallback.isEmpty {
            for merge in merges where fallback.contains(merge.left) || fallback.contains(merge.right) { return nil }
        }
        allCharactersHaveSymbols = fallbackIDs.count == 256 && !fallbackIDs.contains(-1)
        asciiPairs = [UInt64](repeating: 0, count: 128 * 128 / 64)
        var characters: Set<UInt32> = []
        vocabulary.forEach { token, _ in
            if let first = token.first, UTF8Scalar.length(lead: first) == token.count {
                token.withUnsafeBufferPointer { _ = characters.insert(UTF8Scalar.decode($0, at: 0).value) }
            }
        }
        vocabularyCharacters = characters
        for merge in merges {
            guard let token = vocabulary.token(merge.merge.id) else { continue }
            token.withUnsafeBufferPointer { insertPairs(of: $0) }
        }
    }

    /// Whether text may be cut between these two scalars.
    @inline(__always)
    func allowsCut(_ left: UInt32, _ right: UInt32) -> Bool {
        if left < 128, right < 128 {
            let bit = Int(left) * 128 + Int(right)
            if asciiPairs[bit >> 6] & (1 << UInt64(bit & 63)) != 0 { return false }
        } else if pairs.contains(UInt64(left) << 32 | UInt64(right)) {
            return false
        }
        // A character without a symbol of its own may leave an unknown token that waits for what follows.
        return allCharactersHaveSymbols || (vocabularyCharacters.contains(left) && vocabularyCharacters.contains(right))
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
                    pairs.insert(UInt64(left) << 32 | UInt64(right))
                }
            }
            left = right
            index += length
        }
    }
}
