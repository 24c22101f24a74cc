/// Two distributions over a vocabulary, p = softmax(x / temperature) and q = softmax(y / temperature), compared at one place
/// of a text; everything in nats and binary64.
///
/// p is the reference (or the behaviour policy, that tokens were sampled from), q the policy that is compared with it.
public struct RowDivergence: Sendable, Hashable {
    /// KL(p || q) = sum p log(p / q), from the non-negative sum p (exp(-d) - 1 + d), d = log p - log q; infinite where q = 0 < p.
    public var klPQ = 0.0
    /// KL(q || p).
    public var klQP = 0.0
    /// The Jensen-Shannon divergence, (KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2; at most log 2.
    public var jensenShannon = 0.0
    /// sum |p - q| / 2, from 0 to 1.
    public var totalVariation = 0.0
    /// sum (p - q)^2 / q.
    public var chiSquarePQ = 0.0
    /// sum (p - q)^2 / p: what E[(q / p)^2] - 1 is under p.
    public var chiSquareQP = 0.0
    /// The Hellinger distance, sqrt(sum (sqrt p - sqrt q)^2 / 2), from 0 to 1.
    public var hellinger = 0.0
    /// - sum p log p.
    public var entropyP = 0.0
    /// - sum q log q.
    public var entropyQ = 0.0
    /// - sum p log q.
    public var crossEntropyPQ = 0.0
    /// - sum q log p.
    public var crossEntropyQP = 0.0
    /// The variance of log p under p.
    public var varentropyP = 0.0
    /// The variance of log q under q.
    public var varentropyQ = 0.0
    /// log p of the target; NaN without a target.
    public var logP = Double.nan
    /// log q of the target; NaN without a target.
    public var logQ = Double.nan
    /// log q - log p of the target, more exactly than the difference of the two where they are close; NaN without a target, and
    /// where both are -infinity.
    public var logRatio = Double.nan
    /// 1 and how many tokens are more probable than the target under p; 0 without a target.
    public var rankP: Int32 = 0
    /// The same under q.
    public var rankQ: Int32 = 0
    /// log sum exp(x / temperature).
    public var logNormaliserP = 0.0
    /// log sum exp(y / temperature).
    public var logNormaliserQ = 0.0
    /// sum p (x / temperature)^2: what rounding of the numbers in a file is worth follows from it.
    public var squareP = 0.0
    /// sum q (y / temperature)^2.
    public var squareQ = 0.0
    /// The probability that p gives to tokens of probability 0 under q.
    public var unsupportedPQ = 0.0
    /// The probability that q gives to tokens of probability 0 under p.
    public var unsupportedQP = 0.0
    /// Whether the most probable token is the same under both; of several the one with the lowest id counts.
    public var topAgrees = false
    /// How many of the k most probable tokens are common to both.
    public var topOverlap: Int32 = 0
    /// KL(p || q) over the k most probable tokens under p, with the remaining probability as one more outcome: at most ``klPQ``.
    public var topKL = 0.0
    /// What p gives to its k most probable tokens.
    public var topMassP = 0.0
    /// What q gives to these same tokens.
    public var topMassQ = 0.0

    /// Identical distributions, without a target.
    public init() {}
}

/// The most probable tokens of rows under one distribution, the most probable first; of equal ones the lower id.
public struct TopTokens: Sendable, Hashable {
    /// k: tokens of each row.
    public var width: Int
    /// [rows, k] ids; -1 where there are fewer.
    public var ids: [Int32] = []
    /// [rows, k] log-probabilities; -infinity where there are fewer.
    public var logProbs: [Float] = []

    /// No rows.
    public init(width: Int) {
        self.width = width
    }
}
