import Glibc

/// Policy optimisation with a clipped importance ratio: GRPO, Dr.GRPO, DAPO, BNPO and GSPO.
///
/// For a token with the ratio rho = p / p of the policy that sampled, and the advantage A of its rollout,
///
///     loss = -min(rho A, clip(rho, 1 - epsilon, 1 + epsilonHigh) A) + beta k3
///
/// whose derivative by log p is -rho A where the first is the smaller, and 0 where the ratio is clipped. At the level
/// ``RatioLevel/sequence`` a rollout has one ratio, s = exp(mean over its tokens of log rho), and the derivative by each of
/// its n log-probabilities is -s A / n.
///
/// | method | ratio | normaliser | clip | scale | source |
/// |---|---|---|---|---|---|
/// | `grpo` | token | `sequence_mean` | 0.2 / 0.2 | group | arXiv 2402.03300, equation 3 |
/// | `dr_grpo` | token | `dr_grpo`, sum / (B L) | 0.2 / 0.2 | none | arXiv 2503.20783 |
/// | `dapo` | token | `token_mean` | 0.2 / 0.28 | group | arXiv 2503.14476 |
/// | `bnpo` | token | `token_mean` of the batch at hand | 0.2 / 0.2 | group | TRL's `bnpo` |
/// | `gspo` | sequence | `sequence_mean` | 3e-4 / 4e-4 | group | arXiv 2507.18071, equations 5 and 7 |
///
/// TRL's `loss_type: bnpo` normalises by the batch at hand, not by the update: BNPO knows no ``UpdateWindow``.
public struct ClippedObjective: Objective, Hashable {
    /// What an importance ratio is of.
    public enum RatioLevel: String, Sendable, CaseIterable {
        /// Of a token.
        case token
        /// Of a rollout.
        case sequence
    }

    /// What it is called.
    public let name: String
    /// How far below 1 a ratio counts, in 0...1.
    public var epsilon = 0.2
    /// How far above 1 a ratio counts, at least 0; nil for as far as below.
    public var epsilonHigh: Double?
    /// What a ratio is of.
    public var level = RatioLevel.token
    /// How advantages come from rewards.
    public var advantages = GroupAdvantages()
    /// Normaliser, penalty and bonus.
    public var terms: PolicyTerms

    private init(_ name: String, _ normalizer: Normalizer) {
        self.name = name
        terms = PolicyTerms(normalizer)
    }

    /// Group relative policy optimisation.
    public static let grpo = ClippedObjective("grpo", .sequenceMean)

    /// GRPO without its biases to long responses and to hard or easy queries.
    public static let drGRPO: ClippedObjective = {
        var objective = ClippedObjective("dr_grpo", .sequenceSumOverMaxLength)
        objective.advantages.scale = .none
        return objective
    }()

    /// Decoupled clip and dynamic sampling: its loss. What it samples again is ``EqualRewards``.
    public static let dapo: ClippedObjective = {
        var objective = ClippedObjective("dapo", .tokenMean)
        objective.epsilonHigh = 0.28
        return objective
    }()

    /// TRL's batch normalised policy optimisation.
    public static let bnpo = ClippedObjective("bnpo", .tokenMean)

    /// Group sequence policy optimisation.
    public static let gspo: ClippedObjective = {
        var objective = ClippedObjective("gspo", .sequenceMean)
        objective.level = .sequence
        objective.epsilon = 3e-4
        objective.epsilonHigh = 4e-4
        return objective
    }()

    /// The loss of a batch, which needs rewards and groups, or advantages.
    ///
    /// Metrics, as in TRL: `reward`, `reward_std`, `frac_reward_zero_std` (of groups), `clip_ratio/low_mean`,
    /// `clip_ratio/high_mean` and `clip_ratio/region_mean` (of tokens, or of rollouts at the level of sequences),
    /// `clip_ratio/low_min` and `clip_ratio/high_max` (over rollouts), `kl`, `entropy`. As in verl: `ppo_kl`, the mean of
    /// -log rho. Also `log_ratio/min`, `log_ratio/max` and `num_tokens`.
    public func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult {
        let (advantages, metrics) = try advantages.evaluate(batch, method: name)
        var result = ObjectiveResult(batch, advantages: advantages)
        result.metrics = metrics
        let weights = terms.normalization.tokenWeights(batch)
        var clips = ClipCounts()
        for rollout in 0..<batch.count where batch.tokenCounts[rollout] > 0 {
            switch level {
            case .token: try addTokens(of: rollout, batch, weights[rollout], &result, &clips)
            case .sequence: try addSequence(rollout, batch, weights[rollout], &result, &clips)
            }
        }
        clips.report(to: &result)
        try terms.finish(&result, batch)
        return result
    }

    /// What a ratio counts: the smaller product with the advantage, whether it is the unclipped one, and on which side the
    /// ratio is clipped.
    private func clipped(_ ratio: Double, _ advantage: Double) -> (
        value: Double, hasGradient: Bool, side: ClipCounts.Side?
    ) {
        // Without an advantage there is neither, not even where the ratio is infinite.
        guard advantage != 0 else { return (0, false, nil) }
        let (low, high) = (1 - epsilon, 1 + (epsilonHigh ?? epsilon))
        let free = ratio * advantage
        let held = min(max(ratio, low), high) * advantage
        let side: ClipCounts.Side? = ratio < low && advantage < 0 ? .low : ratio > high && advantage > 0 ? .high : nil
        return free <= held ? (free, true, side) : (held, false, side)
    }

    private func addTokens(
        of rollout: Int, _ batch: RolloutBatch, _ weight: Double, _ result: inout ObjectiveResult,
        _ clips: inout ClipCounts
    ) throws(ObjectiveError) {
        let advantage = result.advantages[rollout]
        var sum = 0.0
        var counts = ClipCounts.Counts()
        for token in batch.tokens(of: rollout) where batch.mask[token] {
            let found = clipped(exp(batch.logRatio(token)), advantage)
            guard found.value.isFinite else { throw batch.overflow(token, in: rollout, "the importance ratio") }
            sum -= found.value
            if found.hasGradient { result.gradients[token] = -weight * found.value }
            counts.add(found.side)
        }
        result.loss += weight * sum
        clips.add(counts)
    }

    private func addSequence(
        _ rollout: Int, _ batch: RolloutBatch, _ weight: Double, _ result: inout ObjectiveResult,
        _ clips: inout ClipCounts
    ) throws(ObjectiveError) {
        let count = Double(batch.tokenCounts[rollout])
        let found = clipped(exp(batch.logRatioSum(of: rollout) / count), result.advantages[rollout])
        guard found.value.isFinite else {
            throw batch.overflow(batch.offsets[rollout], in: rollout, "the importance ratio of the rollout")
        }
        // Each of the rollout's tokens has the loss of the rollout, so that normalisers weigh both levels alike.
        result.loss -= weight * count * found.value
        if found.hasGradient {
            let gradient = -weight * found.value
            for token in batch.tokens(of: rollout) where batch.mask[token] { result.gradients[token] = gradient }
        }
        var counts = ClipCounts.Counts()
        counts.add(found.side)
        clips.add(counts)
    }

    /// `epsilon`, `epsilon_high`, `importance_sampling_level`, and those of ``PolicyTerms`` and ``GroupAdvantages``.
    public var settings: [ObjectiveSetting] {
        let all =
            [
                ObjectiveSetting("epsilon", epsilon), ObjectiveSetting("epsilon_high", epsilonHigh ?? epsilon),
                ObjectiveSetting("importance_sampling_level", level.rawValue),
            ] + advantages.settings + terms.settings
        return name == "bnpo" ? all.filter { !$0.name.hasPrefix("window_") } : all
    }

    /// Changes a setting.
    public mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        switch setting {
        case "epsilon": epsilon = try value.number(setting, 0...(.infinity))
        case "epsilon_high": epsilonHigh = try value.optionalNumber(setting, 0...(.infinity))
        case "importance_sampling_level": level = try value.choice(setting, RatioLevel.self)
        case "window_tokens", "window_rollouts":
            guard name != "bnpo" else { return false }
            return try terms.set(setting, to: value)
        default:
            if try advantages.set(setting, to: value) { return true }
            return try terms.set(setting, to: value)
        }
        return true
    }
}
