import Glibc

/// What a batch of rollouts is like, under TRL's names, and TRAPO's for micro-groups.
struct RolloutMetrics {
    private let rollouts: [Rollout]

    init(_ rollouts: [Rollout]) {
        self.rollouts = rollouts
    }

    /// All of them.
    func metrics(rewardNames: [String], microGroups: Int) -> [Metric] {
        rewards(rewardNames) + lengths + (microGroups > 1 ? prefixes(microGroups) + solved : [])
    }

    private func rewards(_ names: [String]) -> [Metric] {
        names.enumerated().flatMap { index, name -> [Metric] in
            let values = rollouts.compactMap { $0.rewardParts[index] }
            // Counted only where some are: a name for each function that is complete would say nothing.
            let missing = rollouts.count - values.count
            let counted = missing > 0 ? [Metric("rewards/\(name)/missing", Double(missing))] : []
            guard !values.isEmpty else { return counted }
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
            return [Metric("rewards/\(name)/mean", mean), Metric("rewards/\(name)/std", deviation)] + counted
        }
    }

    /// Of what the policy wrote; a response that is all an expert's is none of it.
    private var lengths: [Metric] {
        let own = rollouts.filter { !$0.completion.isEmpty }
        guard !own.isEmpty else { return [] }
        let all = own.map { Double($0.completion.count) }
        var metrics = [
            Metric("completions/mean_length", Self.mean(all)), Metric("completions/min_length", all.min() ?? 0),
            Metric("completions/max_length", all.max() ?? 0),
            Metric("completions/clipped_ratio", Double(own.count(where: \.isTruncated)) / Double(own.count)),
        ]
        let ended = own.filter { !$0.isTruncated }.map { Double($0.completion.count) }
        if let least = ended.min(), let most = ended.max() {
            metrics += [
                Metric("completions/mean_terminated_length", Self.mean(ended)),
                Metric("completions/min_terminated_length", least), Metric("completions/max_terminated_length", most),
            ]
        }
        return metrics
    }

    /// For each micro-group the share of its rollouts that got a prefix, and the share of their tokens that it was.
    private func prefixes(_ microGroups: Int) -> [Metric] {
        (0..<microGroups).flatMap { number -> [Metric] in
            let members = rollouts.filter { $0.microGroup == number }
            guard !members.isEmpty else { return [] }
            let prefix = members.reduce(0) { $0 + $1.prefix.count }
            let tokens = members.reduce(0) { $0 + $1.length }
            return [
                Metric(
                    "batch/hint_level_\(number)", Double(members.count { !$0.prefix.isEmpty }) / Double(members.count)),
                Metric("batch/prefix_share_\(number)", tokens > 0 ? Double(prefix) / Double(tokens) : 0),
            ]
        }
    }

    /// Shares of prompts: one that has a reward above 0 is solved.
    private var solved: [Metric] {
        var groups: [Int: [Rollout]] = [:]
        for rollout in rollouts { groups[rollout.group, default: []].append(rollout) }
        guard !groups.isEmpty else { return [] }
        func share(_ holds: ([Rollout]) -> Bool) -> Double {
            Double(groups.values.count(where: holds)) / Double(groups.count)
        }
        return [
            Metric("batch/solve_none", share { $0.allSatisfy { $0.reward <= 0 } }),
            Metric("batch/solve_all", share { $0.allSatisfy { $0.reward > 0 } }),
            Metric("batch/solved", share { $0.contains { $0.reward > 0 } }),
            Metric("batch/failed", share { $0.contains { $0.reward <= 0 } }),
            Metric("batch/on_solved", share { $0.contains { $0.reward > 0 && $0.prefix.isEmpty } }),
            Metric("batch/off_solved", share { $0.contains { $0.reward > 0 && !$0.prefix.isEmpty } }),
        ]
    }

    /// How far the sampler's log-probabilities are from the trainer's.
    ///
    /// - Parameter trained: for each rollout the trainer's log-probability of each token of its response.
    func drift(_ trained: [[Double]]) -> [Metric] {
        var (sum, most, count) = (0.0, 0.0, 0.0)
        var (least, mean, greatest) = (Double.infinity, 0.0, -Double.infinity)
        for (rollout, logProbs) in zip(rollouts, trained) {
            for (sampled, found) in zip(rollout.samplingLogProbs, logProbs.dropFirst(rollout.prefix.count)) {
                let difference = found - Double(sampled)
                sum += abs(difference)
                most = max(most, abs(difference))
                let ratio = exp(difference)
                least = min(least, ratio)
                greatest = max(greatest, ratio)
                mean += ratio
                count += 1
            }
        }
        guard count > 0 else { return [] }
        return [
            Metric("sampling/sampling_logp_difference/mean", sum / count),
            Metric("sampling/sampling_logp_difference/max", most),
            Metric("sampling/importance_sampling_ratio/min", least),
            Metric("sampling/importance_sampling_ratio/mean", mean / count),
            Metric("sampling/importance_sampling_ratio/max", greatest),
        ]
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
