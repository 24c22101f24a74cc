import CScanners

/// Where a text without a pre-tokenizer may be cut before the merges run.
///
/// A merge across a boundary makes a token that holds the characters on both sides next to each other. Where no token
/// that merging can make holds such a pair, the two sides never meet, and each may be merged and cached by itself.
/// SentencePiece-style vocabularies hardly ever join a letter and a following "▁", so this cuts text into words.
struct PieceCuts: PretokenScanner, Sendable {
    /// Pairs of characters that some token joins.
    private let pairs: ScalarPairSet
    /// The characters with a symbol of their own, a bit for each; nil where all have one.
    private let characters: [UInt64]?
    /// What is known of two neighbouring bytes: that of ASCII and of "▁".
    private let bytePairs: BytePairs

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
        let characters = allCharactersHaveSymbols ? nil : Self.characters(of: vocabulary)
        let pairs = ScalarPairSet()
        for id in isResult.indices where isResult[id] {
            vocabulary.token(Int32(id))?.withUnsafeBufferPointer { Self.insertPairs(of: $0, into: pairs) }
        }
        bytePairs = BytePairs { Self.allowsCut($0, $1, pairs, characters) }
        self.pairs = pairs
        self.characters = characters
    }

    func fastEnds(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, origin: UnsafePointer<UInt8>,
        ends: UnsafeMutablePointer<UInt32>, capacity: Int, level: VectorLevel
    ) -> Int {
        cscanners_cut(bytePairs.table, origin, start, end, ends, capacity)
    }

    /// The end of the stretch of text that begins at `p`: the first place behind it where a cut is safe, or `end`.
    /// Requires `p < end`.
    @inline(__always)
    func next(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
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
        Self.allowsCut(left, right, pairs, characters)
    }

    @inline(__always)
    private static func allowsCut(
        _ left: UInt32, _ right: UInt32, _ pairs: ScalarPairSet, _ characters: [UInt64]?
    ) -> Bool {
        if pairs.contains(left, right) { return false }
        // A character without a symbol of its own may leave an unknown token that waits for what follows.
        guard let characters else { return true }
        return contains(characters, left) && contains(characters, right)
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

    private static func insertPairs(of token: UnsafeBufferPointer<UInt8>, into pairs: ScalarPairSet) {
        var index = 0
        var left: UInt32?
        while index < token.count {
            let (right, length) = UTF8Scalar.decode(token, at: index)
            if let left { pairs.insert(left, right) }
            left = right
            index += length
        }
    }
}

/// For two neighbouring bytes of text, whether it may be cut between them, as far as two bytes tell.
private final class BytePairs: @unchecked Sendable {
    let table: UnsafeMutablePointer<UInt8>

    init(allowsCut: (_ left: UInt32, _ right: UInt32) -> Bool) {
        table = .allocate(capacity: 1 << 16)
        table.initialize(repeating: UInt8(CSCANNERS_UNKNOWN), count: 1 << 16)
        // "▁" is E2 96 81. Behind it stands its last byte; before it, its first stands for it, unless the second or the
        // third is another: those pairs stay unknown.
        let mark: (scalar: UInt32, bytes: [Int]) = (0x2581, [0xE2, 0x96, 0x81])
        let scalars = Array(0..<128 as Range<UInt32>) + [mark.scalar]
        for left in scalars {
            for right in scalars {
                let last = left == mark.scalar ? mark.bytes[2] : Int(left)
                let first = right == mark.scalar ? mark.bytes[0] : Int(right)
                table[last | first << 8] = allowsCut(left, right) ? UInt8(CSCANNERS_CUT) : 0
            }
        }
        table[mark.bytes[0] | mark.bytes[1] << 8] = 0
        table[mark.bytes[1] | mark.bytes[2] << 8] = 0
    }

    deinit {
        table.deallocate()
    }
}
