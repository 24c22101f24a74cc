import JSON

/// Which sequences a page shows token by token.
struct SequenceChoice: Sendable {
    /// Their numbers, ascending.
    let sequences: [Int]
    /// How many tokens from the front of each are shown, in the same order.
    let lengths: [Int]
    /// The mean divergence of the response of each, in the same order; NaN where it is not known.
    let means: [Double]

    /// Takes in turn the sequence of the most divergent token that is left, the one with the highest mean, and the first, until
    /// the page is full.
    ///
    /// - Parameter divergent: the sequences of the most divergent tokens, the most divergent first.
    init(_ tokens: DiagnosisTokens, divergent: [Int], limits: DiagnosisReport.Limits) {
        let count = max(0, tokens.offsets.count - 1)
        let means = (0..<count).map { sequence in
            tokens.mean(
                (tokens.offsets[sequence]..<tokens.offsets[sequence + 1]).lazy.filter {
                    tokens.response.contains(tokens.segments[$0])
                })
        }
        let ranked = (0..<count).sorted {
            (means[$0].isNaN ? -1 : means[$0], -$0) > (means[$1].isNaN ? -1 : means[$1], -$1)
        }
        var queues = [divergent.filter { (0..<count).contains($0) }, ranked, Array(0..<count)].map { $0.makeIterator() }
        var chosen: [Int: Int] = [:]
        var left = limits.tokens
        var isExhausted = false
        while !isExhausted, chosen.count < limits.sequences, left > 0 {
            isExhausted = true
            for index in queues.indices where chosen.count < limits.sequences && left > 0 {
                var found: Int?
                while let next = queues[index].next() {
                    if chosen[next] == nil, tokens.offsets[next] < tokens.offsets[next + 1] {
                        found = next
                        break
                    }
                }
                guard let found else { continue }
                isExhausted = false
                let length = min(tokens.offsets[found + 1] - tokens.offsets[found], limits.tokensOfSequence, left)
                chosen[found] = length
                left -= length
            }
        }
        sequences = chosen.keys.sorted()
        lengths = sequences.map { chosen[$0] ?? 0 }
        self.means = sequences.map { means[$0] }
    }

    /// How many tokens are shown.
    var tokenCount: Int { lengths.reduce(0, +) }
}
