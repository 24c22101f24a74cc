import Glibc

/// Supervision inside a trust region on expert prefixes, and exploration on what follows (TRAPO, arXiv 2512.17636).
///
///     loss of a prefix token = -p / max(sg(p), alpha)    derivative by log p: -min(1, p / alpha)
///     loss of an own token   = -rho A                    derivative by log p: -rho A
///
/// summed over both and divided by L, without clip and without KL term. The prefix's loss is not multiplied by the advantage.
/// A = r - mean over all rollouts of the prompt, those with a prefix included, without a scale. An entropy bonus of 0.001 on
/// the mean over all tokens that count is on where the batch has entropies.
///
/// A prefix token is one of ``RolloutBatch/prefixMask``. It carries no loss where ``RolloutBatch/prefixLossMask`` of its
/// rollout is false; it then still counts in N and in the mean entropy, as in the public code. Who gets which prefix is
/// ``MicroGroupSchedule``.
///
/// The paper and its public code, whose name for the prefix's loss is `clip_low`, agree here. One appendix of the paper has
/// alpha 1, elsewhere it is 0.1.
public struct TRAPOObjective: Objective, Hashable {
    /// `trapo`, or `trapo-code` of ``code``
    public let name: String
    /// The probability from which on a prefix token counts in full, in 0...1: 0 is SFT, 1 is DFT's gradient.
    public var alpha = 0.1
    /// How advantages come from rewards.
    public var advantages = GroupAdvantages.trapo
    /// Normaliser, penalty and bonus.
    public var terms = PolicyTerms(.sumOverMaxLength, entropyBonus: EntropyBonus(standard: 0.001))

    /// Makes an objective; the paper's.
    public init() {
        name = "trapo"
    }

    private init(name: String) {
        self.name = name
    }

    /// The public code's. Its loss is the paper's; what differs is ``MicroGroupSchedule/code``.
    public static let code = TRAPOObjective(name: "trapo-code")

    /// The loss of a batch, which needs rewards and groups, or advantages.
    ///
    /// Metrics: `reward`, `reward_std`, `frac_reward_zero_std`, `entropy`, `kl`, `ppo_kl` (of all tokens that count, as in the
    /// public code), `log_ratio/min`, `log_ratio/max`, `num_tokens`; over prefix tokens with a loss and over own tokens
    /// `off_pg_loss`, `on_pg_loss`, `off_policy_prob`, `on_policy_prob`, `off_ratio_mean` and `num_prefix_tokens`; and
    /// `nll`, the mean of -log p over prefix tokens with a loss.
    public func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult {
        let (advantages, metrics) = try advantages.evaluate(batch, method: name)
        var result = ObjectiveResult(batch, advantages: advantages)
        result.metrics = metrics
        var mixed = MixedMetrics()
        var (likelihood, supervised) = (0.0, 0)
        let weights = terms.normalization.tokenWeights(batch)
        for rollout in 0..<batch.count {
            let advantage = advantages[rollout]
            let carriesLoss = batch.prefixLossMask?[rollout] ?? true
            var sum = 0.0
            for token in batch.tokens(of: rollout) where batch.mask[token] {
                let logProb = batch.logProbs[token]
                let isPrefix = batch.prefixMask?[token] ?? false
                if isPrefix, !carriesLoss { continue }
                let term: (loss: Double, gradient: Double)
                if isPrefix {
                    term = SupervisedObjective.term(.trustRegion(alpha: alpha), logProb)
                    likelihood -= logProb
                    supervised += 1
                } else {
                    let loss = advantage == 0 ? 0 : -exp(batch.logRatio(token)) * advantage
                    guard loss.isFinite else { throw batch.overflow(token, in: rollout, "the importance ratio") }
                    term = (loss, loss)
                }
                sum += term.loss
                result.gradients[token] = weights[rollout] * term.gradient
                mixed.add(isExpert: isPrefix, loss: term.loss, logProb: logProb, ratio: -term.loss)
            }
            result.loss += weights[rollout] * sum
        }
        mixed.report(to: &result)
        if supervised > 0 { result.report("nll", likelihood / Double(supervised)) }
        try terms.finish(&result, batch)
        return result
    }

    /// `alpha`, and those of ``PolicyTerms`` and ``GroupAdvantages``.
    public var settings: [ObjectiveSetting] {
        [ObjectiveSetting("alpha", alpha)] + advantages.settings + terms.settings
    }

    /// Changes a setting.
    public mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        if setting == "alpha" {
            alpha = try value.number(setting, 0...1)
            return true
        }
        if try advantages.set(setting, to: value) { return true }
        return try terms.set(setting, to: value)
    }
}
