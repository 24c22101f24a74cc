/// The tokens of updates: what a phase puts through the model at once, and in all.
struct PassExtent {
    /// Tokens of a sequence in the mean; with rollouts that of the longest prompt that counts and a completion of full length.
    private(set) var meanLength = 0.0
    /// The most tokens of a pass.
    private(set) var mostTokens = 0.0
    /// The most scored tokens of a pass.
    private(set) var mostScored = 0.0
    /// The longest sequence.
    private(set) var longest = 0.0
    /// The longest prompt that counts.
    private(set) var longestPrompt = 0.0
    /// Rows that count.
    private(set) var rows = 0

    /// - Parameter lengths: of each row the tokens of the prompt and of the expert's trace.
    init(_ phase: TrainingPhase, _ lengths: [(prompt: Int, expert: Int)]) {
        var sequences: [(length: Double, scored: Double)] = []
        for (prompt, expert) in lengths where prompt >= 0 && expert >= 0 {
            let (p, e) = (Double(prompt), Double(expert))
            if phase.isSupervised {
                let length = min(p + e, phase.data.maxLength.map(Double.init) ?? .infinity)
                sequences.append((length, phase.data.isCompletionOnly ? max(0, length - p) : max(0, length - 1)))
            } else {
                guard p <= phase.rollouts.maxPromptLength.map(Double.init) ?? .infinity else { continue }
                let completion = Double(phase.rollouts.maxCompletionLength)
                longestPrompt = max(longestPrompt, p)
                sequences.append((p + completion, completion))
            }
        }
        rows = sequences.count
        guard !sequences.isEmpty else { return }
        longest = sequences.reduce(0) { max($0, $1.length) }
        meanLength = sequences.reduce(0) { $0 + $1.length } / Double(sequences.count)
        let count = phase.optimization.batchSize
        if phase.isSupervised {
            // The longest rows may meet in one pass.
            let largest = sequences.sorted { $0.length > $1.length }
            mostTokens = Self.sum(largest.map(\.length), count)
            mostScored = Self.sum(sequences.map(\.scored).sorted(by: >), count)
        } else {
            mostTokens = Double(count) * longest
            mostScored = Double(count) * Double(phase.rollouts.maxCompletionLength)
        }
        if let limit = phase.optimization.maxTokensPerPass {
            mostTokens = min(mostTokens, max(Double(limit), longest))
            mostScored = min(mostScored, mostTokens)
        }
    }

    /// The sum of the first `count`, which begin anew where there are fewer: small datasets come again within a pass.
    private static func sum(_ values: [Double], _ count: Int) -> Double {
        let rounds = count / values.count
        return Double(rounds) * values.reduce(0, +) + values.prefix(count % values.count).reduce(0, +)
    }
}
