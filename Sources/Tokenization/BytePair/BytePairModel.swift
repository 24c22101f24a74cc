/// A BPE model: vocabulary, merges, and what happens to characters that the vocabulary does not hold.
struct BytePairModel: Sendable {
    let vocabulary: Vocabulary
    let merges: MergeTable
    /// The id of each byte's character of the byte-level alphabet, or -1.
    let byteLevelIDs: [Int32]
    /// Whether all 256 bytes have a character in the vocabulary, so that nothing is ever unknown at byte level.
    let coversAllBytes: Bool
    /// The ids of `<0x00>` ... `<0xFF>`, or -1.
    let fallbackIDs: [Int32]
    /// Where text without a pre-tokenizer may be cut; nil when nowhere is safe, and before ``findCuts()``.
    private(set) var cuts: PieceCuts?
    let options: Options

    /// The settings of `model` in tokenizer.json.
    struct Options: Sendable {
        var unknownToken: String?
        var fusesUnknown = false
        var byteFallback = false
        var ignoresMerges = false
        var continuingSubwordPrefix: [UInt8] = []
        var endOfWordSuffix: [UInt8] = []
    }

    private let unknownID: Int32?

    init(vocabulary: Vocabulary, merges: [(left: Int32, right: Int32, merge: MergeTable.Merge)], options: Options) {
        self.vocabulary = vocabulary
        self.merges = MergeTable(merges)
        self.options = options
        byteLevelIDs = ByteLevelAlphabet.scalars.map { scalar in
            var bytes: [UInt8] = []
            UTF8Scalar.append(scalar, to: &bytes)
            return vocabulary.id(of: bytes) ?? -1
        }
        let isPlain = options.continuingSubwordPrefix.isEmpty && options.endOfWordSuffix.isEmpty
        coversAllBytes = isPlain && !byteLevelIDs.contains(-1)
        fallbackIDs = (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return vocabulary.id(of: Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)) ?? -1
        }
        unknownID = options.unknownToken.flatMap { vocabulary.id(of: Array($0.utf8)) }
    }

    /// Finds out where text without a pre-tokenizer may be cut. Linear in the merges.
    mutating func findCuts() {
        let isPlain = options.continuingSubwordPrefix.isEmpty && options.endOfWordSuffix.isEmpty
        // With ignore_merges a word that is a token must be seen whole.
        guard isPlain, !options.ignoresMerges, !vocabulary.hasSharedIDs else { return }
        cuts = PieceCuts(vocabulary, merges, fallbackIDs: options.byteFallback ? fallbackIDs : [])
    }

    /// Puts the ids of one word into `scratch`.
    ///
    /// - Parameter mapsBytes: the word is text, and its bytes stand for their characters of the byte-level alphabet.
    func encode(
        word: UnsafeBufferPointer<UInt8>, mapsBytes: Bool, into scratch: inout MergeScratch
    ) throws(TokenizerError) {
        scratch.removeAll()
        if mapsBytes {
            if options.ignoresMerges, let id = id(ofMapped: word) {
                scratch.append(id)
                return
            }
            if !coversAllBytes {
                var mapped: [UInt8] = []
                mapped.reserveCapacity(word.count * 2)
                ByteLevelAlphabet.append(word, to: &mapped)
                try withBytes(mapped) { (mapped) throws(TokenizerError) in
                    try encode(word: mapped, mapsBytes: false, into: &scratch)
                }
                return
            }
            for byte in word { scratch.append(byteLevelIDs[Int(byte)]) }
        } else {
            if options.ignoresMerges, let id = vocabulary.id(of: word) {
                scratch.append(id)
                return
            }
            try appendSymbols(of: word, to: &scratch)
        }
        scratch.merge(by: merges)
    }

    /// The id of a word whose bytes stand for their characters of the byte-level alphabet.
    private func id(ofMapped word: UnsafeBufferPointer<UInt8>) -> Int32? {
        // Two bytes at most for each.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * word.count) { mapped in
            vocabulary.id(of: UnsafeBufferPointer(rebasing: mapped[..<ByteLevelAlphabet.write(word, to: mapped)]))
        }
    }

    /// The symbols that the merges start from: one for each character, with the unknown token or bytes for characters
    /// that the vocabulary does not hold.
    private func appendSymbols(
        of word: UnsafeBufferPointer<UInt8>, to scratch: inout MergeScratch
    ) throws(TokenizerError) {
        // An unknown token waits for the next known character; byte fallback lets it wait on, so that it may come
        // after bytes that stand behind it in the text.
        var pendingUnknown: Int32?
        var index = 0
        while index < word.count {
            let length = UTF8Scalar.length(lead: word[index])
            let character = UnsafeBufferPointer(rebasing: word[index..<(index + length)])
            let isFirst = index == 0
            index += length
            let isLast = index == word.count
            if let id = id(ofCharacter: character, isFirst: isFirst, isLast: isLast) {
                if let unknown = pendingUnknown { scratch.append(unknown) }
                pendingUnknown = nil
                scratch.append(id)
                continue
            }
            if options.byteFallback {
                let bytes = decorated(character, isFirst: isFirst, isLast: isLast)
                if bytes.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
                    for byte in bytes { scratch.append(fallbackIDs[Int(byte)]) }
                    continue
                }
            }
            guard let token = options.unknownToken else { continue }
            if let unknown = pendingUnknown {
                if options.fusesUnknown { continue }
                scratch.append(unknown)
            }
            guard let unknownID else { throw .unknownTokenMissing(token: token) }
            pendingUnknown = unknownID
        }
        if let unknown = pendingUnknown { scratch.append(unknown) }
    }

    private func id(ofCharacter character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool) -> Int32? {
        if options.continuingSubwordPrefix.isEmpty && options.endOfWordSuffix.isEmpty {
            return vocabulary.id(of: character)
        }
        return vocabulary.id(of: decorated(character, isFirst: isFirst, isLast: isLast))
    }

    private func decorated(_ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool) -> [UInt8] {
        (isFirst ? [] : options.continuingSubwordPrefix) + Array(character) + (isLast ? options.endOfWordSuffix : [])
    }
}
