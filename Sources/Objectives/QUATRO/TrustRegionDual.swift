import Glibc

/// The solution of a query's dual problem: how far a trust region lets its rewards move the policy.
///
/// The problem is to maximise the mean reward over policies whose divergence KL(pi || pi_old) is at most delta. Its solution
/// is pi* = pi_old exp((r - mu) / lambda) with
///
///     lambda = argmin over lambda > 0 of lambda delta + lambda log mean_i exp(r_i / lambda)
///     mu     = lambda log mean_i exp(r_i / lambda)
///
/// the mean being over rollouts sampled from pi_old. With w = softmax(r / lambda), lambda is where sum_i w_i log(G w_i), which
/// falls strictly as lambda grows, is delta: bisection on log lambda finds it to the last bits.
///
/// - Where delta is at least log(G / rollouts with the greatest reward), even all weight on those stays within the region: the
///   constraint is slack, and lambda is its lower bound.
/// - Where rewards are all equal there is nothing to gain: lambda is its lower bound, and mu the reward.
public struct TrustRegionDual: Sendable, Hashable {
    /// The price of divergence, in units of reward a nat; at least the lower bound.
    public let lambda: Double
    /// The baseline, in units of reward: at least the mean reward and at most the greatest.
    public let mu: Double
    /// The divergence of w from uniform weights at ``lambda``, in nats; delta where neither bound nor slack holds.
    public let divergence: Double
    /// Whether the constraint does not bind: also the greatest rewards alone are within the region.
    public let isSlack: Bool
    /// Whether the rewards are all equal.
    public let isEqual: Bool
    /// The number of rollouts.
    public let count: Int

    /// Solves a query's problem. O(G) for each of some hundred steps.
    ///
    /// - Parameters:
    ///   - rewards: of the query's rollouts, finite, at least one.
    ///   - logMasses: for each rollout the logarithm of what it counts in the mean, finite, but for a factor that all share;
    ///     nil for all alike, as sampled.
    ///   - delta: the radius in nats, above 0.
    ///   - lambdaMin: the lower bound of lambda, above 0.
    /// - Precondition: there is a reward, and delta and the bound are above 0.
    public init(rewards: [Double], logMasses: [Double]? = nil, delta: Double, lambdaMin: Double) {
        precondition(logMasses == nil || logMasses?.count == rewards.count, "every reward has a mass")
        precondition(!rewards.isEmpty && delta > 0 && lambdaMin > 0, "a dual problem without rewards, radius or bound")
        count = rewards.count
        // A rollout that counts for nothing, as far as a binary64 tells, has no say in the range; one at least counts in full.
        var (rewards, masses) = (rewards, Self.masses(logMasses, count: rewards.count))
        if masses.contains(0) {
            rewards = zip(rewards, masses).filter { $0.1 > 0 }.map(\.0)
            masses.removeAll { $0 == 0 }
        }
        var (lowest, highest) = (rewards[0], rewards[0])
        for reward in rewards {
            lowest = min(lowest, reward)
            highest = max(highest, reward)
        }
        isEqual = lowest == highest
        var best = 0.0
        for (reward, mass) in zip(rewards, masses) where reward == highest { best += mass }
        let range = highest - lowest
        guard range > 0 else {
            (lambda, mu, divergence, isSlack) = (lambdaMin, highest, 0, true)
            return
        }
        isSlack = delta >= log(masses.reduce(0, +) / best)
        // In units of the range, so that the bracket below holds for rewards of any size.
        let scaled = rewards.map { ($0 - highest) / range }
        var solution = lambdaMin / range
        if !isSlack { solution = max(solution, TrustRegionDual.bisect(scaled, masses, delta)) }
        let found = TrustRegionDual.weights(scaled, masses, solution)
        lambda = max(lambdaMin, solution * range)
        mu = highest + found.mu * range
        divergence = found.divergence
    }

    /// mu without one rollout, at the same ``lambda``: what it says of a rollout then does not depend on that rollout's own
    /// reward but through lambda. The whole mu where there is no other. O(G)
    ///
    /// - Parameters:
    ///   - rewards: those that the problem was solved for, in their order.
    ///   - logMasses: as there.
    ///   - index: the rollout.
    func mu(of rewards: [Double], logMasses: [Double]?, leavingOut index: Int) -> Double {
        var masses = Self.masses(logMasses, count: rewards.count)
        masses[index] = 0
        let rest = rewards.indices.filter { masses[$0] > 0 }
        let own = rest.map { rewards[$0] }
        guard let highest = own.max(), let lowest = own.min() else { return mu }
        let range = highest - lowest
        guard range > 0 else { return highest }
        let scaled = own.map { ($0 - highest) / range }
        return highest + range * Self.weights(scaled, rest.map { masses[$0] }, lambda / range).mu
    }

    private static func masses(_ logMasses: [Double]?, count: Int) -> [Double] {
        guard let logMasses, let most = logMasses.max() else { return [Double](repeating: 1, count: count) }
        return logMasses.map { exp($0 - most) }
    }

    /// lambda where the divergence is delta, for rewards from -1 to 0.
    private static func bisect(_ rewards: [Double], _ masses: [Double], _ delta: Double) -> Double {
        // By Hoeffding's lemma the divergence is at most 1 / (8 lambda²) for rewards within a range of 1.
        var high = log((1 / (8 * delta)).squareRoot()) + 1
        var low = high - 1
        while weights(rewards, masses, exp(low)).divergence < delta, low > -700 {
            high = low
            low -= 2
        }
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { return exp(middle) }
            if weights(rewards, masses, exp(middle)).divergence > delta { low = middle } else { high = middle }
        }
    }

    /// The divergence of weights in proportion to mass times exp(r / lambda) from those in proportion to mass, and
    /// lambda log mean exp(r / lambda).
    private static func weights(
        _ rewards: [Double], _ masses: [Double], _ lambda: Double
    ) -> (divergence: Double, mu: Double) {
        let count = masses.reduce(0, +)
        var mean = 0.0
        for (reward, mass) in zip(rewards, masses) { mean += mass * reward }
        mean /= count
        // Around the mean both terms of the divergence are small where lambda is large, so that little cancels.
        if 1 / lambda < 1 {
            var (excess, moment) = (0.0, 0.0)
            for (reward, mass) in zip(rewards, masses) {
                let logit = (reward - mean) / lambda
                // The sum of the logits is 0, and is left out of both.
                excess += mass * expm1MinusArgument(logit)
                moment += mass * (expm1(logit) * logit)
            }
            let logMean = log1p(excess / count)
            return (max(0, moment / (count + excess) - logMean), mean + lambda * logMean)
        }
        var (sum, moment) = (0.0, 0.0)
        for (reward, mass) in zip(rewards, masses) {
            let logit = reward / lambda
            let weight = mass * exp(logit)
            sum += weight
            // Where lambda is so small that the logit is infinite the weight is 0, and so is their product.
            if weight > 0 { moment += weight * logit }
        }
        let logMean = log(sum / count)
        return (max(0, moment / sum - logMean), lambda * logMean)
    }
}
