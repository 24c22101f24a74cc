/// Sequences of token ids end to end, without padding, and which of their tokens are to be scored.
public struct PackedSequences: Sendable {
    /// T ids of tokens, those of all sequences.
    public let tokens: [Int32]
    /// Sequence i is `tokens[offsets[i] ..< offsets[i + 1]]`.
    public let offsets: [Int]
    /// The tokens whose log-probabilities are wanted: places in ``tokens``, ascending. Each is predicted from those before it
    /// in its sequence, so none is the first of one.
    public let targets: [Int]
    /// For each token its place in its sequence, from 0.
    let positions: [Int32]

    /// - Parameters:
    ///   - sequences: the ids of each sequence; empty ones are left out.
    ///   - targets: for each sequence the places in it that are scored; nil for all but the first.
    /// - Throws: `invalidRequest` for no tokens at all, an id that is not below the size of the vocabulary, or a target that is
    ///   not a place after the first.
    public init(_ sequences: [[Int32]], targets: [[Int]]? = nil, vocabularySize: Int) throws(TransformerError) {
        guard targets == nil || targets?.count == sequences.count else {
            throw TransformerError(
                .invalidRequest, path: "token ids",
                "\(sequences.count) sequences, and targets for \(targets?.count ?? 0)")
        }
        var (tokens, offsets, positions): ([Int32], [Int], [Int32]) = ([], [0], [])
        var places: [Int] = []
        for (index, sequence) in sequences.enumerated() where !sequence.isEmpty {
            if let bad = sequence.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
                throw TransformerError(
                    .invalidRequest, path: "token ids",
                    "sequence \(index) has the token id \(bad), and the model knows 0 to \(vocabularySize - 1)")
            }
            let start = tokens.count
            tokens += sequence
            positions += (0..<Int32(sequence.count))
            offsets.append(tokens.count)
            guard let targets else {
                places += start + 1..<tokens.count
                continue
            }
            var last = 0
            for target in targets[index] {
                guard target > last, target < sequence.count else {
                    throw TransformerError(
                        .invalidRequest, path: "token ids",
                        "target \(target) of sequence \(index): targets ascend from 1 to \(sequence.count - 1)")
                }
                places.append(start + target)
                last = target
            }
        }
        guard !tokens.isEmpty else { throw TransformerError(.invalidRequest, path: "token ids", "there are no tokens") }
        self.tokens = tokens
        self.offsets = offsets
        self.positions = positions
        self.targets = places
    }

    /// T: the tokens of all sequences.
    public var tokenCount: Int { tokens.count }
    /// The length of the longest sequence.
    public var longest: Int { zip(offsets.dropFirst(), offsets).reduce(0) { max($0, $1.0 - $1.1) } }
}
