import Glibc

/// What the weights q / p do to the size of a sample from p.
public struct ImportanceWeights: Sendable, Hashable {
    /// The weights of tokens, or of sequences.
    public struct SampleSize: Sendable, Hashable {
        /// How many weights.
        public let count: Int
        /// The effective sample size (Kish 1965) as a share: (sum w)^2 / sum w^2 / count, from 0 to 1; NaN where there are no
        /// weights, all are 0, or one is infinite.
        public let raw: Double
        /// The same with each weight clamped to [1 / tau, tau].
        public let clamped: Double
        /// The log of the greatest weight; -infinity where there are none.
        public let maximumLogWeight: Double
        /// The log of the least weight; infinity where there are none.
        public let minimumLogWeight: Double

        /// O(weights).
        init(logWeights: [Double], cap: Double) {
            let logs = logWeights.filter { !$0.isNaN }
            let bound = log(cap)
            count = logs.count
            raw = Self.share(logs)
            clamped = Self.share(logs.map { min(max($0, -bound), bound) })
            maximumLogWeight = logs.max() ?? -.infinity
            minimumLogWeight = logs.min() ?? .infinity
        }

        private static func share(_ logs: [Double]) -> Double {
            guard let greatest = logs.max(), greatest.isFinite else { return .nan }
            var (sum, squares) = (0.0, 0.0)
            for value in logs {
                // Shares of the greatest weight: sequences of thousands of tokens have weights beyond any number.
                let weight = exp(value - greatest)
                sum += weight
                squares += weight * weight
            }
            return sum * sum / squares / Double(logs.count)
        }
    }

    /// Of tokens: exp(l).
    public let token: SampleSize
    /// Of sequences: exp of the sum of l over the response.
    public let sequence: SampleSize
}
