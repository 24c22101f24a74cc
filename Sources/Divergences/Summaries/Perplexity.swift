import Evaluation

/// exp of a mean of -log-probabilities over tokens, and its interval.
public struct Perplexity: Sendable, Hashable {
    /// The perplexity. Infinite where a token has probability 0; of a ratio that of q over p, so 0 where such tokens are p's
    /// alone, and NaN where both have some.
    public let value: Double
    /// The lower end over sequences; as ``value`` where a token has probability 0.
    public let lower: Double
    /// The upper end.
    public let upper: Double
    /// Tokens with a finite log-probability; of a ratio, with two.
    public let tokens: Int
    /// Tokens of probability 0; of a ratio, under p or q.
    public let impossible: Int
    /// The perplexity of ``tokens`` alone; of a ratio, of those that are possible under both. nil where there are none.
    public let others: Interval?

    /// A perplexity of some of the tokens, and its interval over sequences.
    public struct Interval: Sendable, Hashable {
        /// The perplexity.
        public let value: Double
        /// The lower end.
        public let lower: Double
        /// The upper end.
        public let upper: Double
    }

    /// - Parameters:
    ///   - logs: log-probabilities, or log-ratios.
    ///   - impossible: tokens of probability 0.
    ///   - limit: what these make of it.
    fileprivate init?(minus logs: StatisticSummary, impossible: Int, limit: Double) {
        guard logs.tokens + impossible > 0 else { return nil }
        (tokens, self.impossible) = (logs.tokens, impossible)
        others = logs.mean.map {
            Interval(
                value: Exponential.of(-$0.mean), lower: Exponential.of(-$0.upper), upper: Exponential.of(-$0.lower))
        }
        guard impossible == 0, let others else {
            (value, lower, upper) = (limit, limit, limit)
            return
        }
        (value, lower, upper) = (others.value, others.lower, others.upper)
    }
}

extension DiagnosisSummary {
    /// exp of the mean of -log p over the response, and its interval; nil where log p is not known.
    public var perplexityP: Perplexity? {
        Perplexity(minus: self[.logP], impossible: counts.impossibleP, limit: .infinity)
    }

    /// exp of the mean of -log q over the response.
    public var perplexityQ: Perplexity? {
        Perplexity(minus: self[.logQ], impossible: counts.impossibleQ, limit: .infinity)
    }

    /// Their ratio, q's over p's, over the tokens that both know.
    public var perplexityRatio: Perplexity? {
        let limit: Double = counts.impossibleP == 0 ? .infinity : counts.impossibleQ == 0 ? 0 : .nan
        return Perplexity(minus: self[.logRatio], impossible: counts.impossible, limit: limit)
    }
}
