import Glibc

/// Policy optimisation in an exact trust region around each query's sampling policy (after QUATRO, arXiv 2602.04620).
///
/// Derived from the stated problem, not copied from the paper's formulas: with lambda and mu of ``TrustRegionDual``,
///
///     advantage = r - mu - lambda log rho        0 exactly where the policy is the problem's solution
///     loss      = -rho sg(advantage)             derivative by log p: -rho advantage
///
/// The last term of the advantage is the stabiliser: it pulls a policy back that has left the region, where a clipped ratio
/// would have no gradient. At rho 1 the gradient is the policy gradient with the baseline mu. There is no clip.
///
/// At the level of sequences, the exact problem, log rho is the sum over the rollout's tokens that count, delta is the radius
/// in nats of a whole response, and each rollout has one loss, which by default is averaged over rollouts. At the level of
/// tokens log rho is the token's, delta is a radius for each token, and the loss of tokens is averaged over each rollout, then
/// over rollouts.
///
/// The loss's value is that of a surrogate with the advantage held fixed: it is not what the gradient descends. The metric
/// `lagrangian` is: its derivatives are minus the gradient.
public struct QUATROObjective: Objective, Hashable {
    /// What the gradient is weighted by.
    public enum RatioWeight: String, Sendable, CaseIterable {
        /// rho, as derived.
        case importance
        /// rho held within exp(±ratioCap); the stabiliser sees the whole ratio.
        case capped
        /// 1
        case none
    }

    /// What becomes of groups with equal rewards.
    public enum EqualGroups: String, Sendable, CaseIterable {
        /// They have no gradient.
        case skip
        /// They have the stabiliser alone, whose target is log rho = 0.
        case stabilise
    }

    /// When a query's dual problem is solved.
    public enum DualSolving: String, Sendable, CaseIterable {
        /// Once for a batch of rollouts: the region lies around the policy that sampled.
        case batch
        /// Anew before each iteration through the batch, for the region around the policy as it is then.
        case iteration
        /// Anew before each update.
        case update
    }

    /// Whether a query that has reached its radius has a gradient.
    public enum Stopping: String, Sendable, CaseIterable {
        /// It always has, and the stabiliser with it.
        case never
        /// Not where the estimate rho log rho - rho + 1 of KL(pi || pi_old) over its rollouts is delta or more.
        case estimate
        /// Not where KL(pi_old || pi) over the whole vocabulary, summed over a response, is; the models tell, not the batch.
        case exact
    }

    /// What a ratio is of.
    public typealias RatioLevel = ClippedObjective.RatioLevel

    /// `quatro`, or `quatro-practical` of ``practical``
    public let name: String
    /// What a ratio is of.
    public var level = RatioLevel.sequence
    /// The radius of the region, in nats, above 0.
    public var delta = 0.1
    /// The lower bound of lambda, above 0, in units of reward: what lambda is where the constraint is slack.
    public var lambdaMin = 0.01
    /// Whether advantages are divided by lambda, so that the target is log rho = (r - mu) / lambda.
    public var isNormalizedByLambda = false
    /// What the gradient is weighted by.
    public var ratioWeight = RatioWeight.importance
    /// How far the logarithm of a ratio counts as a weight, where it is capped; at least 0.
    public var ratioCap = 0.7
    /// What becomes of groups with equal rewards.
    public var equalGroups = EqualGroups.skip
    /// When dual problems are solved.
    public var solving = DualSolving.batch
    /// Whether queries at their radius have a gradient.
    public var stopping = Stopping.never
    /// Whether a rollout's baseline mu is that of the query's other rollouts.
    public var isLeaveOneOut = false
    /// Normaliser, penalty and bonus.
    public var terms = PolicyTerms(.sequenceMean)

    private init(_ name: String) {
        self.name = name
    }

    /// As derived: radius 0.1, weighted by rho, groups with equal rewards left out.
    public static let derived = QUATROObjective("quatro")

    /// With what made small experiments stable: advantages over lambda, weights within exp(±0.7), groups with equal rewards
    /// kept with the stabiliser alone; radius 0.4, lambda at least 0.3.
    public static let practical: QUATROObjective = {
        var objective = QUATROObjective("quatro-practical")
        objective.delta = 0.4
        objective.lambdaMin = 0.3
        objective.isNormalizedByLambda = true
        objective.ratioWeight = .capped
        objective.equalGroups = .stabilise
        return objective
    }()

    /// The dual solution of each group, in the order of the groups.
    ///
    /// Those of the sampling policy, whatever ``solving`` is.
    ///
    /// - Throws: ``ObjectiveError`` where the batch lacks rewards or groups.
    public func duals(_ batch: RolloutBatch) throws(ObjectiveError) -> [TrustRegionDual] {
        guard let rewards = batch.rewards else { throw .missing(BatchField.rewards, name) }
        guard let groups = batch.groups else { throw .missing(BatchField.groups, name) }
        return groups.members.map { members in
            TrustRegionDual(rewards: members.map { rewards[$0] }, delta: delta, lambdaMin: lambdaMin)
        }
    }

    /// The loss of a batch that holds whole groups, which needs rewards and groups.
    ///
    /// ``ObjectiveResult/advantages`` are with the stabiliser; at the level of tokens their mean over the rollout's tokens.
    /// Metrics: `reward`, `reward_std`, `frac_reward_zero_std`, `frac_slack` (the share of groups with unequal rewards whose
    /// constraint is slack), `lambda/mean`, `lambda/min`, `lambda/max` and `mu/mean` over groups with unequal rewards,
    /// `kl_old`, the estimate rho log rho - rho + 1 of KL(pi || pi_old) at the level of the ratio, its mean over rollouts or
    /// tokens, `capped_fraction` where weights are capped, `frac_stopped`, the share of groups that are stopped, where any may be,
    /// `lagrangian`, and those of ``PolicyTerms``.
    public func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult {
        try evaluate(batch, regions: regions(batch))
    }

    /// The loss of a batch with dual solutions from before, for a batch that does not hold whole groups: as ``evaluate(_:)``,
    /// with baselines of whole groups, and nobody stopped.
    ///
    /// - Parameter duals: for each of the batch's groups, in the order in which they first appear.
    public func evaluate(
        _ batch: RolloutBatch, duals: [TrustRegionDual]
    ) throws(ObjectiveError) -> ObjectiveResult {
        guard let groups = batch.groups else { throw .missing(BatchField.groups, name) }
        guard duals.count == groups.count else {
            throw ObjectiveError(
                .lengthMismatch, BatchField.groups, "there are \(groups.count) groups and \(duals.count) dual solutions"
            )
        }
        return try evaluate(batch, regions: groups.positions.map { TrustRegion(duals[$0]) })
    }

    /// The loss of a batch with trust regions from before, for a batch that does not hold whole groups: as ``evaluate(_:)``.
    ///
    /// - Parameter regions: for each rollout, of ``regions(_:divergences:)`` for whole groups.
    public func evaluate(
        _ batch: RolloutBatch, regions: [TrustRegion]
    ) throws(ObjectiveError) -> ObjectiveResult {
        guard let rewards = batch.rewards else { throw .missing(BatchField.rewards, name) }
        guard let groups = batch.groups else { throw .missing(BatchField.groups, name) }
        guard regions.count == batch.count else {
            throw ObjectiveError(
                .lengthMismatch, BatchField.groups,
                "there are \(batch.count) rollouts and \(regions.count) trust regions")
        }
        let duals = groups.members.map { regions[$0[0]].dual }
        var result = ObjectiveResult(batch, advantages: [Double](repeating: 0, count: batch.count))
        result.metrics = GroupAdvantages.metrics(batch)
        result.duals = duals
        var sums = TrustRegionSums()
        let tokenWeights = terms.normalization.tokenWeights(batch)
        let rolloutWeight = terms.normalization.rolloutWeight(batch)
        for rollout in 0..<batch.count {
            let (region, dual) = (regions[rollout], regions[rollout].dual)
            let isSkipped = region.isStopped || (dual.isEqual && equalGroups == .skip)
            let gain = rewards[rollout] - region.baseline + dual.lambda * region.centre
            let term = TrustRegionTerm(self, dual, gain: gain, isSkipped: isSkipped)
            switch level {
            case .sequence: try addSequence(rollout, batch, term, rolloutWeight, &result, &sums)
            case .token: try addTokens(of: rollout, batch, term, tokenWeights[rollout], &result, &sums)
            }
        }
        sums.report(duals, isCapped: ratioWeight == .capped, to: &result)
        if stopping != .never {
            let stopped = groups.members.count { regions[$0[0]].isStopped }
            result.report("frac_stopped", Double(stopped) / Double(groups.count))
        }
        try terms.finish(&result, batch)
        return result
    }

    private func addSequence(
        _ rollout: Int, _ batch: RolloutBatch, _ term: TrustRegionTerm, _ weight: Double,
        _ result: inout ObjectiveResult, _ sums: inout TrustRegionSums
    ) throws(ObjectiveError) {
        let found = term.at(batch.logRatioSum(of: rollout))
        result.advantages[rollout] = found.advantage
        guard batch.tokenCounts[rollout] > 0 else { return }
        guard found.isFinite else {
            throw batch.overflow(batch.offsets[rollout], in: rollout, "the importance ratio of the rollout")
        }
        result.loss += weight * found.loss
        sums.add(found, weight)
        for token in batch.tokens(of: rollout) where batch.mask[token] { result.gradients[token] = weight * found.loss }
    }

    private func addTokens(
        of rollout: Int, _ batch: RolloutBatch, _ term: TrustRegionTerm, _ weight: Double,
        _ result: inout ObjectiveResult, _ sums: inout TrustRegionSums
    ) throws(ObjectiveError) {
        var (loss, advantage) = (0.0, 0.0)
        for token in batch.tokens(of: rollout) where batch.mask[token] {
            let found = term.at(batch.logRatio(token))
            guard found.isFinite else { throw batch.overflow(token, in: rollout, "the importance ratio") }
            loss += found.loss
            advantage += found.advantage
            sums.add(found, weight)
            result.gradients[token] = weight * found.loss
        }
        result.loss += weight * loss
        let count = batch.tokenCounts[rollout]
        result.advantages[rollout] = count > 0 ? advantage / Double(count) : term.at(0).advantage
    }
}

extension QUATROObjective {
    /// `delta`, `ratio_level`, `normalise_by_lambda`, `ratio_weight`, `ratio_cap`, `equal_groups`, `lambda_min`,
    /// `solve_duals`, `stop_at_delta`, `leave_one_out`, and those of ``PolicyTerms``.
    public var settings: [ObjectiveSetting] {
        [
            ObjectiveSetting("delta", delta), ObjectiveSetting("ratio_level", level.rawValue),
            ObjectiveSetting("normalise_by_lambda", isNormalizedByLambda),
            ObjectiveSetting("ratio_weight", ratioWeight.rawValue), ObjectiveSetting("ratio_cap", ratioCap),
            ObjectiveSetting("equal_groups", equalGroups.rawValue), ObjectiveSetting("lambda_min", lambdaMin),
            ObjectiveSetting("solve_duals", solving.rawValue), ObjectiveSetting("stop_at_delta", stopping.rawValue),
            ObjectiveSetting("leave_one_out", isLeaveOneOut),
        ] + terms.settings
    }

    /// Changes a setting.
    public mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        let aboveZero = Double.leastNonzeroMagnitude...Double.infinity
        switch setting {
        case "delta": delta = try value.number(setting, aboveZero)
        case "ratio_level": level = try value.choice(setting, RatioLevel.self)
        case "normalise_by_lambda": isNormalizedByLambda = try value.flag(setting)
        case "ratio_weight": ratioWeight = try value.choice(setting, RatioWeight.self)
        case "ratio_cap": ratioCap = try value.number(setting, 0...(.infinity))
        case "equal_groups": equalGroups = try value.choice(setting, EqualGroups.self)
        case "lambda_min": lambdaMin = try value.number(setting, aboveZero)
        case "solve_duals": solving = try value.choice(setting, DualSolving.self)
        case "stop_at_delta": stopping = try value.choice(setting, Stopping.self)
        case "leave_one_out": isLeaveOneOut = try value.flag(setting)
        default: return try terms.set(setting, to: value)
        }
        return true
    }
}
