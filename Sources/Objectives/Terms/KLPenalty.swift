import Glibc

/// A penalty on the divergence from a reference policy, estimated at the sampled tokens: beta times an estimate of
/// KL(policy || reference), added to each token's loss before the normaliser, as in TRL and verl.
public struct KLPenalty: Sendable, Hashable {
    /// How the divergence is estimated, and what its gradient is (Schulman 2020, <http://joschu.net/blog/kl-approx.html>),
    /// with l = log p - log p of the reference.
    public enum Estimator: String, Sendable, CaseIterable {
        /// l: unbiased, of either sign. Its gradient is 1 at every token, 0 in expectation: it regularises nothing.
        case k1
        /// l² / 2: biased, not negative. Its gradient, l, is in expectation that of the divergence.
        case k2
        /// exp(-l) + l - 1: unbiased and not negative; TRL's and GRPO's (arXiv 2402.03300, equation 4). Its gradient,
        /// 1 - exp(-l), is in expectation that of KL(reference || policy). verl holds l within ±20 and the estimate within
        /// ±10; here nothing is held.
        case k3
        /// The value of k1 and the gradient of k2, as verl's `k1+`.
        case k1WithGradientOfK2 = "k1+"
        /// The value of k3 and the gradient of k2, as verl's `k3+`.
        case k3WithGradientOfK2 = "k3+"

        /// The estimate.
        public func value(_ logRatio: Double) -> Double {
            switch self {
            case .k1, .k1WithGradientOfK2: logRatio
            case .k2: logRatio * logRatio / 2
            case .k3, .k3WithGradientOfK2: expm1MinusArgument(-logRatio)
            }
        }

        /// Its derivative by log p.
        public func gradient(_ logRatio: Double) -> Double {
            switch self {
            case .k1: 1
            case .k2, .k1WithGradientOfK2, .k3WithGradientOfK2: logRatio
            case .k3: -expm1(-logRatio)
            }
        }
    }

    /// beta, at least 0; 0 asks for no penalty and no reference.
    public var beta: Double
    /// How the divergence is estimated.
    public var estimator: Estimator

    /// Makes a penalty.
    public init(beta: Double = 0, estimator: Estimator = .k3) {
        self.beta = beta
        self.estimator = estimator
    }

    /// Adds the penalty to a result, and the metric `kl`, the mean of the estimate over the tokens that count. O(tokens).
    ///
    /// - Parameter weights: for each rollout what each of its tokens' losses is multiplied by.
    /// - Throws: ``ObjectiveError`` where the batch has no reference, or an estimate exceeds the range of doubles.
    public func add(
        to result: inout ObjectiveResult, _ batch: RolloutBatch, weights: [Double]
    ) throws(ObjectiveError) {
        guard beta > 0 else { return }
        guard let reference = batch.refLogProbs else {
            throw .missing(BatchField.refLogProbs, "a KL penalty (beta \(beta))")
        }
        var (sum, estimates) = (0.0, 0.0)
        for rollout in 0..<batch.count {
            var rolloutSum = 0.0
            let weight = beta * weights[rollout]
            for token in batch.tokens(of: rollout) where batch.mask[token] {
                let logRatio = batch.logProbs[token] - reference[token]
                let value = estimator.value(logRatio)
                let gradient = estimator.gradient(logRatio)
                guard value.isFinite, gradient.isFinite else {
                    throw batch.overflow(token, in: rollout, "the KL penalty")
                }
                rolloutSum += value
                result.gradients[token] += weight * gradient
            }
            sum += weight * rolloutSum
            estimates += rolloutSum
        }
        result.loss += sum
        if batch.tokenCount > 0 { result.report("kl", estimates / Double(batch.tokenCount)) }
    }
}

/// exp(x) - x - 1, never negative, exact to rounding also where x is near 0.
func expm1MinusArgument(_ x: Double) -> Double {
    guard x.magnitude < 0.01 else { return expm1(x) - x }
    // Where the difference of two nearly equal numbers would lose what counts, the series has it all by the term in x^8.
    return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7 * (1 + x / 8))))))
}
