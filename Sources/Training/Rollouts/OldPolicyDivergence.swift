import Glibc
import Kernels
import Transformers

/// The exact divergence of a policy from the one that sampled, over the whole vocabulary, at the states that the latter
/// visited: those before each token of a completion, at the temperature of the rollouts.
///
/// The sum of KL(pi_old || pi) over a completion's tokens has KL(pi_old || pi) of whole completions as its mean over
/// completions (the chain rule); that of KL(pi || pi_old) is what the same states say of the other direction, and is the
/// divergence of whole completions only as far as both policies visit the same states. Tokens that an expert wrote are
/// left out: pi_old did not choose to be there.
///
/// Memory: two matrices of final hidden states, [tokens of a pass, width], and two blocks of logits.
struct OldPolicyDivergence {
    /// The sums over a completion's tokens, in nats.
    struct Sums: Equatable {
        /// Of KL(pi_old || pi).
        var fromOld = 0.0
        /// Of KL(pi || pi_old).
        var toOld = 0.0
        /// How many tokens they are over.
        var tokens = 0
    }

    private let old: TransformerPass
    private let policy: TransformerPass
    private let temperature: Double

    /// Bytes of the logits of one policy that are in memory at a time, unless ``fewestRows`` take more.
    private static let logitBytes = 32 << 20
    private static let fewestRows = 16

    /// - Parameters:
    ///   - old: the policy that sampled.
    ///   - policy: the one that it became: another pass, of the same shape, on the same team.
    init(old: TransformerPass, policy: TransformerPass) {
        self.old = old
        self.policy = policy
        temperature = Double(policy.settings.temperature)
    }

    /// Compares the policies.
    ///
    /// - Parameter parts: what each pass takes of the sequences.
    /// - Returns: for each sequence its sums; NaN where a policy gives no distribution.
    /// - Throws: `CancellationError`.
    func measure(_ sequences: [TrainingSequence], parts: [Range<Int>]) throws -> [Sums] {
        var found: [Sums] = []
        for part in parts {
            let targets = sequences[part].map { Array(($0.promptLength + $0.expertLength)..<$0.tokens.count) }
            let rows = try compare(sequences[part].map(\.tokens), targets)
            var next = 0
            for own in targets {
                var sums = Sums(tokens: own.count)
                for row in rows[next..<next + own.count] {
                    sums.fromOld += row.klPQ
                    sums.toOld += row.klQP
                }
                next += own.count
                found.append(sums)
            }
        }
        return found
    }

    private func compare(_ tokens: [[Int32]], _ targets: [[Int]]) throws -> [RowDivergence] {
        let configuration = policy.weights.configuration
        let batch = try PackedSequences(tokens, targets: targets, vocabularySize: configuration.vocabularySize)
        let (count, width, vocabulary) = (
            batch.targets.count, configuration.hiddenSize, configuration.vocabularySize
        )
        guard count > 0 else { return [] }
        let states = (
            FloatBuffer(count: count * width).matrix(rows: count, columns: width),
            FloatBuffer(count: count * width).matrix(rows: count, columns: width)
        )
        try old.hiddenStates(batch) { states.0.copy($0) }
        try policy.hiddenStates(batch) { states.1.copy($0) }
        let chunk = min(count, max(Self.fewestRows, Self.logitBytes / (4 * vocabulary)))
        let logits = (
            FloatBuffer(count: chunk * vocabulary).matrix(rows: chunk, columns: vocabulary),
            FloatBuffer(count: chunk * vocabulary).matrix(rows: chunk, columns: vocabulary)
        )
        var rows: [RowDivergence] = []
        for start in stride(from: 0, to: count, by: chunk) {
            try Task.checkCancellation()
            let range = start..<min(start + chunk, count)
            rows += compare(
                (states.0.rows(range), states.1.rows(range)),
                (logits.0.rows(0..<range.count), logits.1.rows(0..<range.count)))
        }
        return rows
    }

    private func compare(_ states: (Matrix, Matrix), _ logits: (Matrix, Matrix)) -> [RowDivergence] {
        old.logits(ofHiddenStates: states.0, into: logits.0)
        policy.logits(ofHiddenStates: states.1, into: logits.1)
        do throws(LogitRowError) {
            return try DivergenceRows.measure(
                policy.team, reference: LogitRows(logits.0), policy: LogitRows(logits.1),
                targets: [Int32](repeating: -1, count: states.0.rows),
                settings: .init(vocabularySize: logits.0.columns, temperature: temperature, topWidth: 1)
            ).rows
        } catch {
            // The next update stops the run, and says more.
            var unknown = RowDivergence()
            unknown.klPQ = .nan
            unknown.klQP = .nan
            return [RowDivergence](repeating: unknown, count: states.0.rows)
        }
    }
}

extension OldPolicyDivergence.Sums {
    /// For each group with a completion of its own the mean of its sums.
    static func byGroup(_ sums: [Self], groups: [Int]) -> [Int: (fromOld: Double, toOld: Double)] {
        var totals: [Int: (fromOld: Double, toOld: Double, count: Double)] = [:]
        for (sum, group) in zip(sums, groups) where sum.tokens > 0 {
            let before = totals[group] ?? (0, 0, 0)
            totals[group] = (before.fromOld + sum.fromOld, before.toOld + sum.toOld, before.count + 1)
        }
        return totals.mapValues { ($0.fromOld / $0.count, $0.toOld / $0.count) }
    }

    /// Mean, quantile of 95 % and largest over queries, of each direction; none where no query has a completion.
    static func metrics(_ sums: [Self], groups: [Int]) -> [Metric] {
        // In the order of the queries, so that a mean has the same bits each time.
        let found = byGroup(sums, groups: groups).sorted { $0.key < $1.key }.map(\.value)
        guard !found.isEmpty else { return [] }
        return metrics("kl_old_exact", found.map(\.fromOld)) + metrics("kl_old_exact/reverse", found.map(\.toOld))
    }

    private static func metrics(_ name: String, _ values: [Double]) -> [Metric] {
        guard values.allSatisfy({ !$0.isNaN }) else {
            return ["mean", "p95", "max"].map { Metric("\(name)/\($0)", .nan) }
        }
        let sorted = values.sorted()
        let mean = values.reduce(0, +) / Double(values.count)
        let place = Int((Double(values.count - 1) * 0.95).rounded())
        return [
            Metric("\(name)/mean", mean), Metric("\(name)/p95", sorted[place]),
            Metric("\(name)/max", sorted[sorted.count - 1]),
        ]
    }
}
