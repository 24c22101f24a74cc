import Objectives

/// QUATRO's trust regions looked at again while a batch of rollouts is used: duals solved for the policy as it is, and queries
/// stopped that have reached their radius. Each time takes a forward pass of the whole batch, and where divergences are to
/// be exact two.
struct TrustRegionReview {
    private let objective: QUATROObjective

    /// - Returns: nil for an objective whose regions stay as they are.
    init?(_ objective: any Objective) throws(ObjectiveError) {
        guard var quatro = objective as? QUATROObjective, quatro.solving != .batch || quatro.stopping != .never else {
            return nil
        }
        // Neither a reference nor a bonus has anything to do with it.
        for term in ["beta", "entropy_coef"] { _ = try quatro.set(term, to: .number(0)) }
        self.objective = quatro
    }

    /// Whether the policy that sampled must be kept.
    var needsOldPolicy: Bool { objective.stopping == .exact }

    /// Whether regions are looked at before an update.
    ///
    /// - Parameters:
    ///   - update: its number among those of the batch, from 0; the first sees the policy that sampled.
    ///   - isFirst: whether it is the first of an iteration.
    func isDue(update: Int, isFirst: Bool) -> Bool { update > 0 && (isFirst || objective.solving == .update) }

    /// Gives the sequences of a batch their regions.
    ///
    /// - Parameters:
    ///   - window: all of them, with the log-probabilities of the policy that sampled.
    ///   - logProbs: for each the log-probabilities under the policy as it is.
    ///   - sums: for each the exact divergence; nil where it is not needed.
    /// - Returns: what there is to say of the regions.
    func renew(
        _ window: inout [TrainingSequence], logProbs: [[Double]], sums: [OldPolicyDivergence.Sums]?
    ) throws(ObjectiveError) -> [Metric] {
        var offsets = [0]
        for values in logProbs { offsets.append((offsets.last ?? 0) + values.count) }
        let batch = try RolloutBatch(
            offsets: offsets, logProbs: logProbs.flatMap { $0 }, oldLogProbs: window.flatMap { $0.oldLogProbs ?? [] },
            mask: window.flatMap { [Bool](repeating: $0.counts, count: $0.responseLength) },
            rewards: window.map(\.reward), groups: window.map(\.group))
        var divergences: [Double]?
        if let sums, let keys = batch.groups?.keys { divergences = self.divergences(window, sums, keys) }
        let regions = try objective.regions(batch, divergences: divergences)
        for index in window.indices { window[index].region = regions[index] }
        return RolloutAdvantages.metrics(of: try objective.evaluate(batch, regions: regions))
    }

    /// For each query the mean over its completions, or at the level of tokens over its tokens.
    private func divergences(
        _ window: [TrainingSequence], _ sums: [OldPolicyDivergence.Sums], _ keys: [Int]
    ) -> [Double] {
        var totals: [Int: (sum: Double, count: Int)] = [:]
        for (sequence, sum) in zip(window, sums) where sum.tokens > 0 {
            let before = totals[sequence.group] ?? (0, 0)
            totals[sequence.group] = (
                before.sum + sum.fromOld, before.count + (objective.level == .sequence ? 1 : sum.tokens)
            )
        }
        return keys.map { key in totals[key].map { $0.sum / Double($0.count) } ?? 0 }
    }
}
