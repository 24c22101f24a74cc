import Objectives

/// What the rewards of a whole batch of rollouts come to, before it is divided into updates.
struct RolloutAdvantages {
    /// For each rollout its advantage.
    let advantages: [Double]
    /// QUATRO's trust region of each rollout; nil for other objectives.
    let regions: [TrustRegion]?
    /// What the objective says of rewards and duals.
    let metrics: [Metric]

    /// - Parameter rollouts: whole groups.
    init(_ objective: any Objective, _ rollouts: [Rollout]) throws(ObjectiveError) {
        // Advantages depend on rewards, groups and on who has a prefix: one token each, which does not count, carries that.
        let batch = try RolloutBatch(
            offsets: Array(0...rollouts.count), logProbs: rollouts.map { _ in 0 },
            mask: rollouts.map { _ in false }, prefixMask: rollouts.map { !$0.prefix.isEmpty },
            rewards: rollouts.map(\.reward), groups: rollouts.map(\.group), entropies: rollouts.map { _ in 0 })
        // Neither a reference nor a length has anything to do with it.
        var objective = objective
        _ = try objective.set("beta", to: .number(0))
        let result = try objective.evaluate(batch)
        advantages = result.advantages
        regions = try (objective as? QUATROObjective)?.regions(batch)
        metrics = Self.metrics(of: result)
    }

    /// What a batch of whole groups says of rewards and duals.
    static func metrics(of result: ObjectiveResult) -> [Metric] {
        let wanted: Set<String> = [
            "reward", "reward_std", "frac_reward_zero_std", "frac_slack", "lambda/mean", "lambda/min", "lambda/max",
            "mu/mean", "frac_stopped",
        ]
        var metrics = result.metrics.filter { wanted.contains($0.name) }.map { Metric($0.name, $0.value) }
        let lambdas = result.duals.filter { !$0.isEqual }.map(\.lambda).sorted()
        if !lambdas.isEmpty {
            for (name, share) in [("lambda/p10", 0.1), ("lambda/p50", 0.5), ("lambda/p90", 0.9)] {
                metrics.append(Metric(name, lambdas[Int((Double(lambdas.count - 1) * share).rounded())]))
            }
            metrics.append(Metric("skipped_groups", Double(result.duals.count - lambdas.count)))
        }
        return metrics
    }
}
