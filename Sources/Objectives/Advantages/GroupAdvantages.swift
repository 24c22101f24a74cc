/// The advantage of a rollout: its reward against the others' of its query.
///
/// A rollout whose group has equal rewards, and so one that is alone in its group, has the advantage 0, exactly. (verl and the
/// public code of LUFFY give a rollout that is alone its reward as the advantage.)
public struct GroupAdvantages: Sendable, Hashable {
    /// What a reward is compared with.
    public enum Baseline: String, Sendable, CaseIterable {
        /// The mean of the group (GRPO, arXiv 2402.03300).
        case groupMean = "group_mean"
        /// The mean of the others of the group (RLOO, arXiv 2402.14740).
        case leaveOneOut = "leave_one_out"
        /// The mean of the group's rollouts that hold no expert token, of which the standard deviation is also taken:
        /// `grpo_split` in the public code of LUFFY. Of the whole group where there are none.
        case onPolicy = "on_policy"
    }

    /// What the difference is divided by.
    public enum Scale: String, Sendable, CaseIterable {
        /// The sample standard deviation of the group's rewards, plus ``GroupAdvantages/epsilon``.
        case group
        /// The sample standard deviation of all rewards of the batch, plus ``GroupAdvantages/epsilon`` (REINFORCE++ and TRL).
        case batch
        /// Nothing (Dr.GRPO, arXiv 2503.20783).
        case none
    }

    /// What a reward is compared with.
    public var baseline: Baseline
    /// What the difference is divided by.
    public var scale: Scale
    /// What is added to the standard deviation, above 0: 1e-4 in TRL, 1e-6 in verl.
    public var epsilon: Double

    /// Makes an estimator; GRPO's by default.
    public init(baseline: Baseline = .groupMean, scale: Scale = .group, epsilon: Double = 1e-4) {
        self.baseline = baseline
        self.scale = scale
        self.epsilon = epsilon
    }

    /// TRAPO's: the reward minus the mean over all rollouts of the prompt, those with a prefix included, and no scale.
    public static let trapo = GroupAdvantages(scale: .none)

    /// The advantages. O(rollouts).
    ///
    /// - Parameters:
    ///   - rewards: for each rollout, finite.
    ///   - groups: which rollouts belong to one query.
    ///   - isOnPolicy: for each rollout whether the policy wrote all of it; nil says all.
    /// - Returns: for each rollout its advantage; not finite only where rewards lie further apart than doubles' squares reach.
    /// - Precondition: the arguments are of the same number of rollouts.
    public func advantages(_ rewards: [Double], _ groups: RolloutGroups, isOnPolicy: [Bool]? = nil) -> [Double] {
        precondition(rewards.count == groups.positions.count, "rewards and groups are of different numbers of rollouts")
        var advantages = [Double](repeating: 0, count: rewards.count)
        let batchDeviation = scale == .batch ? Moments(rewards).deviation : 0
        for members in groups.members {
            let all = members.map { rewards[$0] }
            guard let lowest = all.min(), let highest = all.max(), lowest < highest else { continue }
            var own = all
            if baseline == .onPolicy, let isOnPolicy {
                let found = members.filter { isOnPolicy[$0] }.map { rewards[$0] }
                if !found.isEmpty { own = found }
            }
            let moments = Moments(own)
            var factor = baseline == .leaveOneOut ? Double(all.count) / Double(all.count - 1) : 1
            switch scale {
            case .group:
                // Only rollouts that are not of the baseline differ here; the public code of LUFFY divides by 1 then.
                factor /= (moments.deviation == 0 ? 1 : moments.deviation) + epsilon
            case .batch: factor /= batchDeviation + epsilon
            case .none: break
            }
            // A deviation beyond the range of doubles must not make all advantages 0.
            if factor == 0 { factor = .nan }
            for rollout in members { advantages[rollout] = (rewards[rollout] - moments.mean) * factor }
        }
        return advantages
    }

    /// A batch's advantages, given or computed, and the metrics `reward`, `reward_std` and `frac_reward_zero_std`.
    func evaluate(_ batch: RolloutBatch, method: String) throws(ObjectiveError) -> (
        advantages: [Double], metrics: [ObjectiveMetric]
    ) {
        if let advantages = batch.advantages { return (advantages, GroupAdvantages.metrics(batch)) }
        guard let rewards = batch.rewards else { throw .missing(BatchField.rewards, method) }
        guard let groups = batch.groups else { throw .missing(BatchField.groups, method) }
        let isOnPolicy: [Bool]? = batch.prefixMask.map { prefix in
            (0..<batch.count).map { rollout in !prefix[batch.tokens(of: rollout)].contains(true) }
        }
        let advantages = advantages(rewards, groups, isOnPolicy: isOnPolicy)
        return (advantages, GroupAdvantages.metrics(batch))
    }

    /// What a batch's rewards say, where it has them.
    static func metrics(_ batch: RolloutBatch) -> [ObjectiveMetric] {
        guard let rewards = batch.rewards else { return [] }
        let moments = Moments(rewards)
        var metrics = [("reward", moments.mean), ("reward_std", moments.deviation)]
        if let groups = batch.groups {
            let equal = EqualRewards(rewards, groups)
            metrics.append(("frac_reward_zero_std", Double(equal.groups.count) / Double(groups.count)))
        }
        return metrics.filter(\.1.isFinite).map { ObjectiveMetric(name: $0.0, value: $0.1) }
    }

    var settings: [ObjectiveSetting] {
        [
            ObjectiveSetting("scale_rewards", scale.rawValue), ObjectiveSetting("baseline", baseline.rawValue),
            ObjectiveSetting("std_epsilon", epsilon),
        ]
    }

    mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        switch setting {
        case "scale_rewards":
            switch value {
            // As TRL reads a truth value.
            case .flag(let isScaled): scale = isScaled ? .group : .none
            case .null: scale = .none
            default: scale = try value.choice(setting, Scale.self)
            }
        case "baseline": baseline = try value.choice(setting, Baseline.self)
        case "std_epsilon": epsilon = try value.number(setting, .leastNonzeroMagnitude...(.infinity))
        default: return false
        }
        return true
    }
}

/// Mean and sample standard deviation.
struct Moments {
    let mean: Double
    /// With n - 1 below the root; 0 for one value.
    let deviation: Double

    /// - Precondition: there is a value.
    init(_ values: [Double]) {
        if let first = values.first, values.allSatisfy({ $0 == first }) {
            // Rounding must not make a deviation of what is equal.
            mean = first
            deviation = 0
            return
        }
        let mean = values.reduce(0, +) / Double(values.count)
        var squares = 0.0
        for value in values { squares += (value - mean) * (value - mean) }
        self.mean = mean
        deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
    }
}
