/// What methods of policy optimisation have in common: the normaliser, a KL penalty and an entropy bonus.
public struct PolicyTerms: Sendable, Hashable {
    /// What the sum of the losses is divided by.
    public var normalization: Normalization
    /// The penalty on the divergence from a reference; off by default.
    public var klPenalty: KLPenalty
    /// The bonus for entropy; off by default but for TRAPO.
    public var entropyBonus: EntropyBonus

    /// Makes the terms.
    public init(
        _ normalizer: Normalizer, klPenalty: KLPenalty = KLPenalty(), entropyBonus: EntropyBonus = EntropyBonus()
    ) {
        normalization = Normalization(normalizer)
        self.klPenalty = klPenalty
        self.entropyBonus = entropyBonus
    }

    /// Adds penalty and bonus to a result that has the policy's own loss, and reports how far the policies are apart.
    func finish(_ result: inout ObjectiveResult, _ batch: RolloutBatch) throws(ObjectiveError) {
        try klPenalty.add(to: &result, batch, weights: normalization.tokenWeights(batch))
        try entropyBonus.add(to: &result, batch, window: normalization.window)
        guard result.loss.isFinite, result.gradients.allSatisfy(\.isFinite) else {
            throw ObjectiveError(.overflow, "loss", "a sum exceeds the range of double precision")
        }
        if let rollout = result.advantages.firstIndex(where: { !$0.isFinite }) {
            throw ObjectiveError(
                .overflow, BatchField.rewards, rollout: rollout, "the advantage exceeds the range of double precision")
        }
        result.report("num_tokens", Double(batch.tokenCount))
        guard batch.oldLogProbs != nil, batch.tokenCount > 0 else { return }
        var sum = 0.0
        var (lowest, highest) = (Double.infinity, -Double.infinity)
        for token in batch.mask.indices where batch.mask[token] {
            let logRatio = batch.logRatio(token)
            sum += logRatio
            lowest = min(lowest, logRatio)
            highest = max(highest, logRatio)
        }
        result.report("ppo_kl", -sum / Double(batch.tokenCount))
        result.report("log_ratio/min", lowest)
        result.report("log_ratio/max", highest)
    }

    var settings: [ObjectiveSetting] {
        normalization.settings + [
            ObjectiveSetting("beta", klPenalty.beta), ObjectiveSetting("kl_estimator", klPenalty.estimator.rawValue),
            ObjectiveSetting("entropy_coef", entropyBonus.coefficient ?? entropyBonus.standard),
        ]
    }

    mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        switch setting {
        case "beta": klPenalty.beta = try value.number(setting, 0...(.infinity))
        case "kl_estimator": klPenalty.estimator = try value.choice(setting, KLPenalty.Estimator.self)
        case "entropy_coef":
            entropyBonus.coefficient = try value.optionalNumber(setting, -Double.infinity...(.infinity))
        default: return try normalization.set(setting, to: value)
        }
        return true
    }
}
