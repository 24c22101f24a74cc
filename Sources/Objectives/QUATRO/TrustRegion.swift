import Glibc

/// The trust region as a rollout sees it: its query's dual solution, and where that leaves the rollout itself.
public struct TrustRegion: Sendable, Hashable {
    /// The solution of the query's dual problem.
    public let dual: TrustRegionDual
    /// mu; of all rollouts of the query, or of the others alone (``QUATROObjective/isLeaveOneOut``).
    public let baseline: Double
    /// log rho of the rollout where the dual problem was solved: 0 for the policy that sampled.
    public let centre: Double
    /// Whether the query has reached its radius, and has no gradient while it is there.
    public let isStopped: Bool

    /// The region around the policy that sampled, with the baseline mu.
    init(_ dual: TrustRegionDual) {
        self.init(dual, baseline: dual.mu, centre: 0, isStopped: false)
    }

    init(_ dual: TrustRegionDual, baseline: Double, centre: Double, isStopped: Bool) {
        self.dual = dual
        self.baseline = baseline
        self.centre = centre
        self.isStopped = isStopped
    }
}

extension QUATROObjective {
    /// The trust region of each rollout of a batch that holds whole groups, for the policy of the batch's log-probabilities.
    ///
    /// Where ``solving`` is `batch`, dual solutions follow from rewards alone, and the policy decides only who is stopped.
    /// Otherwise each query's problem is that of the region around the policy as it is: the mean over rollouts is weighted by
    /// rho, self-normalised, and the target is log rho = centre + (r - mu) / lambda. Queries with equal rewards keep the
    /// target log rho = 0.
    ///
    /// - Parameter divergences: for each group the exact divergence between the policy and the one that sampled, in nats, of
    ///   a response or at the level of tokens of a token; needed where ``stopping`` is `exact` and the policy has changed.
    /// - Throws: ``ObjectiveError`` where the batch lacks rewards or groups, divergences are missing or as many as groups, and
    ///   where duals are to be solved anew at the level of tokens, which have no regions of their own to be centred.
    /// - Complexity: O(tokens), and O(G²) in the largest group where baselines leave one out.
    public func regions(
        _ batch: RolloutBatch, divergences: [Double]? = nil
    ) throws(ObjectiveError) -> [TrustRegion] {
        guard let rewards = batch.rewards else { throw .missing(BatchField.rewards, name) }
        guard let groups = batch.groups else { throw .missing(BatchField.groups, name) }
        guard solving == .batch || level == .sequence else {
            throw ObjectiveError(.invalidSetting, "solve_duals", "wants ratio_level sequence, unless it is batch")
        }
        let stopped = try stoppedGroups(batch, groups, divergences)
        var regions: [TrustRegion?] = Array(repeating: nil, count: batch.count)
        for (group, members) in groups.members.enumerated() {
            let own = members.map { rewards[$0] }
            let centres = solving == .batch ? nil : members.map { batch.logRatioSum(of: $0) }
            let dual = TrustRegionDual(rewards: own, logMasses: centres, delta: delta, lambdaMin: lambdaMin)
            for (place, rollout) in members.enumerated() {
                let baseline = isLeaveOneOut ? dual.mu(of: own, logMasses: centres, leavingOut: place) : dual.mu
                regions[rollout] = TrustRegion(
                    dual, baseline: baseline, centre: dual.isEqual ? 0 : centres?[place] ?? 0,
                    isStopped: stopped[group])
            }
        }
        return regions.compactMap { $0 }
    }

    private func stoppedGroups(
        _ batch: RolloutBatch, _ groups: RolloutGroups, _ divergences: [Double]?
    ) throws(ObjectiveError) -> [Bool] {
        switch stopping {
        case .never: return groups.members.map { _ in false }
        // What is too large for a number is beyond the radius too.
        case .estimate: return groups.members.map { !(estimate(batch, $0) < delta) }
        case .exact:
            if let divergences {
                guard divergences.count == groups.count else {
                    throw ObjectiveError(
                        .lengthMismatch, BatchField.groups,
                        "there are \(groups.count) groups and \(divergences.count) exact divergences")
                }
                return divergences.map { !($0 < delta) }
            }
            let isChanged = batch.mask.indices.contains { batch.mask[$0] && batch.logRatio($0) != 0 }
            guard !isChanged else {
                throw ObjectiveError(
                    .invalidSetting, "stop_at_delta",
                    "exact divergences need the models, which a batch does not hold; estimate does without")
            }
            return groups.members.map { _ in false }
        }
    }

    /// The mean of rho log rho - rho + 1 over a query's rollouts, or its tokens: an estimate of KL(pi || pi_old), at least 0.
    private func estimate(_ batch: RolloutBatch, _ members: [Int]) -> Double {
        var (sum, count) = (0.0, 0)
        func add(_ logRatio: Double) {
            sum += exp(logRatio) * logRatio - expm1(logRatio)
            count += 1
        }
        for rollout in members where batch.tokenCounts[rollout] > 0 {
            switch level {
            case .sequence: add(batch.logRatioSum(of: rollout))
            case .token: for token in batch.tokens(of: rollout) where batch.mask[token] { add(batch.logRatio(token)) }
            }
        }
        return count > 0 ? sum / Double(count) : 0
    }
}
