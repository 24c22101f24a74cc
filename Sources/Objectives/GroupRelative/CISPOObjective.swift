import Glibc

/// Policy gradient weighted by a clipped importance ratio (MiniMax-M1, arXiv 2506.13585, equations 4 and 5):
///
///     loss = -sg(clip(rho, 1 - epsilon, 1 + epsilonHigh)) A log p + beta k3
///
/// Every token has a gradient, -clip(rho) A, also where the ratio is clipped. Token mean.
///
/// The paper sets no lower bound, which is `epsilon` 1. The defaults, 0.2 and 0.2, are verl's. TRL's `epsilon_high` is the
/// bound itself, and there is none below: TRL's 5 is `epsilon` 1 with `epsilon_high` 4 here.
public struct CISPOObjective: Objective, Hashable {
    /// `cispo`
    public var name: String { "cispo" }
    /// How far below 1 a ratio counts, at least 0; 1 and more for no bound.
    public var epsilon = 0.2
    /// How far above 1 a ratio counts, at least 0; nil for as far as below.
    public var epsilonHigh: Double?
    /// How advantages come from rewards.
    public var advantages = GroupAdvantages()
    /// Normaliser, penalty and bonus.
    public var terms = PolicyTerms(.tokenMean)

    /// Makes an objective.
    public init() {}

    /// The loss of a batch, which needs rewards and groups, or advantages.
    ///
    /// Metrics: those of ``ClippedObjective``, but for `clip_ratio/low_mean` and `clip_ratio/high_mean`, which count ratios
    /// outside the bounds whatever the advantage, as in verl; and TRL's `cispo_clip_ratio`, the share of tokens with an
    /// advantage above 0 and a ratio above the upper bound.
    public func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult {
        let (advantages, metrics) = try advantages.evaluate(batch, method: name)
        var result = ObjectiveResult(batch, advantages: advantages)
        result.metrics = metrics
        let weights = terms.normalization.tokenWeights(batch)
        let (low, high) = (1 - epsilon, 1 + (epsilonHigh ?? epsilon))
        var clips = ClipCounts()
        var pushed = 0
        for rollout in 0..<batch.count {
            let advantage = advantages[rollout]
            var sum = 0.0
            var counts = ClipCounts.Counts()
            for token in batch.tokens(of: rollout) where batch.mask[token] {
                let ratio = exp(batch.logRatio(token))
                let slope = advantage == 0 ? 0 : -min(max(ratio, low), high) * advantage
                guard slope.isFinite else { throw batch.overflow(token, in: rollout, "the importance ratio") }
                sum += slope * batch.logProbs[token]
                result.gradients[token] = weights[rollout] * slope
                counts.add(ratio < low ? .low : ratio > high ? .high : nil)
                if ratio > high, advantage > 0 { pushed += 1 }
            }
            result.loss += weights[rollout] * sum
            clips.add(counts)
        }
        clips.report(to: &result)
        if batch.tokenCount > 0 { result.report("cispo_clip_ratio", Double(pushed) / Double(batch.tokenCount)) }
        try terms.finish(&result, batch)
        return result
    }

    /// `epsilon`, `epsilon_high`, and those of ``PolicyTerms`` and ``GroupAdvantages``.
    public var settings: [ObjectiveSetting] {
        [ObjectiveSetting("epsilon", epsilon), ObjectiveSetting("epsilon_high", epsilonHigh ?? epsilon)]
            + advantages.settings + terms.settings
    }

    /// Changes a setting.
    public mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        switch setting {
        case "epsilon": epsilon = try value.number(setting, 0...(.infinity))
        case "epsilon_high": epsilonHigh = try value.optionalNumber(setting, 0...(.infinity))
        default:
            if try advantages.set(setting, to: value) { return true }
            return try terms.set(setting, to: value)
        }
        return true
    }
}
