/// Mixed-policy GRPO with policy shaping (LUFFY, arXiv 2504.14945): whole expert traces among the rollouts of a group.
///
///     loss of an expert's token = -A f(p),  f(p) = p / (p + 0.1)
///     loss of an own token      = -rho A
///
/// summed over both and divided by L. A = r - mean over the group, the expert's trace included, without a scale. Neither is
/// clipped; the paper's formula clips own tokens, and the published runs do not (`loss_remove_clip`). They also have an
/// entropy bonus of 0.001, which is off here unless set.
///
/// An expert's token is one of ``RolloutBatch/prefixMask``. With ``GroupAdvantages/Baseline/onPolicy`` the mean is over the
/// policy's own rollouts, the code's `grpo_split`.
public struct LUFFYObjective: Objective, Hashable {
    /// `luffy`
    public var name: String { "luffy" }
    /// What takes the place of p.
    public var offPolicyReshape = Reshaping.pDivP(gamma: 0.1)
    /// w of ``offPolicyReshape``.
    public var offPolicyWeight = 1.0
    /// e of ``offPolicyReshape``.
    public var offPolicyExponent = 0.5
    /// The least that f(p) counts as; nil for no bound. Below it there is no gradient.
    public var offPolicyMinClip: Double?
    /// The most that f(p) counts as; nil for no bound. Above it there is no gradient.
    public var offPolicyMaxClip: Double?
    /// What takes the place of rho.
    public var onPolicyReshape = Reshaping.noReshape
    /// w of ``onPolicyReshape``.
    public var onPolicyWeight = 1.0
    /// e of ``onPolicyReshape``.
    public var onPolicyExponent = 0.5
    /// Whether own tokens go without a clip.
    public var isUnclipped = true
    /// How far below 1 a ratio counts, where it is clipped.
    public var epsilon = 0.2
    /// How far above 1 a ratio counts, where it is clipped; nil for as far as below.
    public var epsilonHigh: Double?
    /// The largest probability of a token that counts; nil for all. Others lose their loss, and their place in a token mean.
    public var allMaxClip: Double?
    /// How advantages come from rewards.
    public var advantages = GroupAdvantages(scale: .none)
    /// Normaliser, penalty and bonus.
    public var terms = PolicyTerms(.sumOverMaxLength)

    /// Makes an objective.
    public init() {}

    /// The loss of a batch, which needs rewards and groups, or advantages.
    ///
    /// Metrics: `reward`, `reward_std`, `frac_reward_zero_std`, `clip_ratio/*` of own tokens where they are clipped, `kl`,
    /// `entropy`, `ppo_kl`, `log_ratio/min`, `log_ratio/max`, `num_tokens`, and as in its public code, over expert and own
    /// tokens, `off_pg_loss`, `on_pg_loss`, `off_policy_prob`, `on_policy_prob` and `off_ratio_mean`.
    public func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult {
        let (advantages, metrics) = try advantages.evaluate(batch, method: name)
        var result = ObjectiveResult(batch, advantages: advantages)
        result.metrics = metrics
        var mixed = MixedMetrics()
        var clips = ClipCounts()
        let counting = try counting(batch)
        let weights = terms.normalization.tokenWeights(counting)
        for rollout in 0..<batch.count {
            var sum = 0.0
            var counts = ClipCounts.Counts()
            for token in batch.tokens(of: rollout) where counting.mask[token] {
                let isExpert = batch.prefixMask?[token] ?? false
                let found =
                    isExpert
                    ? expertToken(batch, token, advantages[rollout])
                    : ownToken(batch, token, advantages[rollout], &counts)
                guard found.loss.isFinite, found.gradient.isFinite else {
                    throw batch.overflow(token, in: rollout, "the loss of the token")
                }
                sum += found.loss
                result.gradients[token] = weights[rollout] * found.gradient
                mixed.add(isExpert: isExpert, loss: found.loss, logProb: batch.logProbs[token], ratio: found.ratio)
            }
            result.loss += weights[rollout] * sum
            clips.add(counts)
        }
        if !isUnclipped { clips.report(to: &result) }
        mixed.report(to: &result)
        try terms.finish(&result, batch)
        return result
    }

    /// The batch without the tokens that ``allMaxClip`` leaves out of the policy's loss; penalty and bonus keep them.
    private func counting(_ batch: RolloutBatch) throws(ObjectiveError) -> RolloutBatch {
        guard let allMaxClip else { return batch }
        return try batch.masking { SupervisedObjective.term(.probability, batch.logProbs[$0]).gradient >= -allMaxClip }
    }

    private typealias Term = (loss: Double, gradient: Double, ratio: Double)

    private func expertToken(_ batch: RolloutBatch, _ token: Int, _ advantage: Double) -> Term {
        var (value, gradient) = offPolicyReshape.expert(
            batch.logProbs[token], weight: offPolicyWeight, exponent: offPolicyExponent)
        if let offPolicyMaxClip, value > offPolicyMaxClip { (value, gradient) = (offPolicyMaxClip, 0) }
        if let offPolicyMinClip, value < offPolicyMinClip { (value, gradient) = (offPolicyMinClip, 0) }
        return (-advantage * value, -advantage * gradient, value)
    }

    private func ownToken(
        _ batch: RolloutBatch, _ token: Int, _ advantage: Double, _ counts: inout ClipCounts.Counts
    ) -> Term {
        let (value, gradient) = onPolicyReshape.own(
            batch.logProbs[token], logRatio: batch.logRatio(token), weight: onPolicyWeight, exponent: onPolicyExponent)
        guard advantage != 0 else {
            counts.add(nil)
            return (0, 0, value)
        }
        guard !isUnclipped else { return (-advantage * value, -advantage * gradient, value) }
        let (low, high) = (1 - epsilon, 1 + (epsilonHigh ?? epsilon))
        counts.add(value < low && advantage < 0 ? .low : value > high && advantage > 0 ? .high : nil)
        let held = min(max(value, low), high)
        return -advantage * value >= -advantage * held
            ? (-advantage * value, -advantage * gradient, value) : (-advantage * held, 0, value)
    }

    /// Those under the names of the public code, and those of ``PolicyTerms`` and ``GroupAdvantages``.
    public var settings: [ObjectiveSetting] {
        [
            ObjectiveSetting("off_policy_reshape", offPolicyReshape.description),
            ObjectiveSetting("off_policy_reshape_weight", offPolicyWeight),
            ObjectiveSetting("off_policy_reshape_pow_exp", offPolicyExponent),
            ObjectiveSetting("off_policy_min_clip", offPolicyMinClip),
            ObjectiveSetting("off_policy_max_clip", offPolicyMaxClip),
            ObjectiveSetting("on_policy_reshape", onPolicyReshape.description),
            ObjectiveSetting("on_policy_reshape_weight", onPolicyWeight),
            ObjectiveSetting("on_policy_reshape_pow_exp", onPolicyExponent),
            ObjectiveSetting("all_max_clip", allMaxClip), ObjectiveSetting("loss_remove_clip", isUnclipped),
            ObjectiveSetting("epsilon", epsilon), ObjectiveSetting("epsilon_high", epsilonHigh ?? epsilon),
        ] + advantages.settings + terms.settings
    }

    /// Changes a setting.
    public mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        let anyNumber = -Double.infinity...Double.infinity
        switch setting {
        case "off_policy_reshape": offPolicyReshape = try LUFFYObjective.reshaping(setting, value)
        case "off_policy_reshape_weight": offPolicyWeight = try value.number(setting, anyNumber)
        case "off_policy_reshape_pow_exp": offPolicyExponent = try value.number(setting, anyNumber)
        case "off_policy_min_clip": offPolicyMinClip = try LUFFYObjective.bound(setting, value)
        case "off_policy_max_clip": offPolicyMaxClip = try LUFFYObjective.bound(setting, value)
        case "on_policy_reshape":
            let reshaping = try LUFFYObjective.reshaping(setting, value)
            guard !reshaping.isForExpertsOnly else {
                throw ObjectiveError(.invalidSetting, setting, "\(reshaping) is for experts' tokens only")
            }
            onPolicyReshape = reshaping
        case "on_policy_reshape_weight": onPolicyWeight = try value.number(setting, anyNumber)
        case "on_policy_reshape_pow_exp": onPolicyExponent = try value.number(setting, anyNumber)
        case "all_max_clip": allMaxClip = try LUFFYObjective.bound(setting, value)
        case "loss_remove_clip": isUnclipped = try value.flag(setting)
        case "epsilon": epsilon = try value.number(setting, 0...(.infinity))
        case "epsilon_high": epsilonHigh = try value.optionalNumber(setting, 0...(.infinity))
        default:
            if try advantages.set(setting, to: value) { return true }
            return try terms.set(setting, to: value)
        }
        return true
    }

    private static func reshaping(_ setting: String, _ value: SettingValue) throws(ObjectiveError) -> Reshaping {
        if case .text(let word) = value, let found = Reshaping(named: word) { return found }
        throw ObjectiveError(.invalidSetting, setting, "wants one of \(Reshaping.names); not \(value)")
    }

    /// A bound, which the public code leaves out with -1.
    private static func bound(_ setting: String, _ value: SettingValue) throws(ObjectiveError) -> Double? {
        if value == .number(-1) { return nil }
        return try value.optionalNumber(setting, 0...(.infinity))
    }
}
