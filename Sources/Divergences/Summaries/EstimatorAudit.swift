public import Evaluation

/// How well the estimators k1, k2 and k3 tell KL(p || q) from the tokens alone, beside the exact KL of the same places.
///
/// The estimators (Schulman, "Approximating KL divergence", 2020) are about tokens that were sampled from p.
public struct EstimatorAudit: Sendable, Hashable {
    /// An estimator.
    public struct Row: Sendable, Hashable {
        /// k1, k2 or k3.
        public let statistic: TokenStatistic
        /// Its mean and interval over sequences.
        public let mean: BootstrapInterval?
        /// Its mean less the mean exact KL, and the interval of the difference.
        public let bias: BootstrapInterval?
        /// Over tokens.
        public let standardDeviation: Double
        /// Of the estimator against the exact KL, token by token.
        public let rootMeanSquareError: Double
        /// Pearson's, of the estimator and the exact KL over tokens; NaN where one does not vary.
        public let correlation: Double
        /// How many tokens, were they independent, bring the standard error to a tenth of the mean exact KL:
        /// (10 · standard deviation / KL)^2; not finite where the KL is 0, or of a single token.
        public let tokensForTenPercent: Double
    }

    /// Tokens with a finite log-ratio and a finite exact KL.
    public let tokens: Int
    /// Their mean exact KL.
    public let exact: BootstrapInterval?
    /// k1, k2, k3.
    public let rows: [Row]

    /// - Returns: nil where there are no such tokens.
    init?(_ logRatios: [Double], _ exact: [Double], _ means: inout SummaryMeans) {
        let rows = means.rows
        let places = (0..<rows.count).filter {
            rows.contains($0) && logRatios[$0].isFinite && exact[$0].isFinite
        }
        guard !places.isEmpty else { return nil }
        func isKnown(_ row: Int) -> Bool { logRatios[row].isFinite && exact[row].isFinite }
        let kinds: [(TokenStatistic, (Double) -> Double)] = [
            (.k1, { -$0 }), (.k2, { $0 * $0 / 2 }), (.k3, { Exponential.minusOneMinus($0) }),
        ]
        var functions: [(Int) -> Double] = [{ isKnown($0) ? exact[$0] : .nan }]
        for (_, estimate) in kinds {
            functions.append { isKnown($0) ? estimate(logRatios[$0]) : .nan }
            functions.append { isKnown($0) ? estimate(logRatios[$0]) - exact[$0] : .nan }
        }
        let intervals = means.means(of: functions)
        let known = places.map { exact[$0] }
        let exactMean = Moments(known).mean
        tokens = places.count
        self.exact = intervals[0]
        self.rows = kinds.enumerated().map { index, kind in
            let values = places.map { kind.1(logRatios[$0]) }
            let deviation = Moments(values).standardDeviation
            var squares = 0.0
            for (value, truth) in zip(values, known) { squares += (value - truth) * (value - truth) }
            // One number has a deviation of 0, which says nothing of how much such numbers vary.
            let needed = values.count > 1 ? 10 * deviation / exactMean : .nan
            return Row(
                statistic: kind.0, mean: intervals[1 + 2 * index], bias: intervals[2 + 2 * index],
                standardDeviation: deviation, rootMeanSquareError: (squares / Double(values.count)).squareRoot(),
                correlation: Moments.correlation(values, known), tokensForTenPercent: needed * needed)
        }
    }
}
