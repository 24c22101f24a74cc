/// A number that a diagnosis keeps of each token; the raw value is the column's name in the file.
///
/// p is the reference policy's distribution over the vocabulary and q that of the policy, at one place of a sequence; x and y
/// are their probabilities of the token that stands there. Everything is in nats. NaN stands for what is not known.
public enum TokenStatistic: String, Sendable, Hashable, CaseIterable {
    /// KL(p || q); at least 0, and infinite where q = 0 < p.
    case klPQ = "kl_reference_policy"
    /// KL(q || p).
    case klQP = "kl_policy_reference"
    /// The Jensen-Shannon divergence, from 0 to log 2.
    case jensenShannon = "js"
    /// Half the sum of |p - q|, from 0 to 1.
    case totalVariation = "total_variation"
    /// The sum of (p - q)^2 / q.
    case chiSquarePQ = "chi_square"
    /// The sum of (p - q)^2 / p.
    case chiSquareQP = "chi_square_policy_reference"
    /// The Hellinger distance, from 0 to 1.
    case hellinger
    /// The entropy of p.
    case entropyP = "entropy_reference"
    /// The entropy of q.
    case entropyQ = "entropy_policy"
    /// The cross-entropy - sum p log q.
    case crossEntropyPQ = "cross_entropy_reference_policy"
    /// The cross-entropy - sum q log p.
    case crossEntropyQP = "cross_entropy_policy_reference"
    /// The variance of log p under p.
    case varentropyP = "varentropy_reference"
    /// The variance of log q under q.
    case varentropyQ = "varentropy_policy"
    /// log x.
    case logP = "log_prob_reference"
    /// log y.
    case logQ = "log_prob_policy"
    /// l = log y - log x.
    case logRatio = "log_ratio"
    /// The importance ratio y / x.
    case ratio
    /// y - x.
    case deltaP = "delta_p"
    /// The estimator k1 of KL(p || q) from tokens that were sampled from p: -l.
    case k1
    /// l^2 / 2.
    case k2
    /// exp(l) - l - 1.
    case k3
    /// The probability that p gives to tokens of probability 0 under q.
    case unsupportedPQ = "unsupported_mass_reference"
    /// The probability that q gives to tokens of probability 0 under p.
    case unsupportedQP = "unsupported_mass_policy"
    /// KL(p || q) of the k most probable tokens under p and all others as one: a lower bound of ``klPQ``.
    case topKL = "topk_kl"
    /// What p gives to the k tokens of ``topKL``.
    case topMassP = "topk_mass_reference"
    /// What q gives to them.
    case topMassQ = "topk_mass_policy"
    /// The log of the sum of the exponentials of p's numbers in the input: near 0 where they are log-probabilities.
    case logNormaliserP = "log_normaliser_reference"
    /// The same of q.
    case logNormaliserQ = "log_normaliser_policy"
    /// The KL that rounding to the types of the inputs makes by itself, to be expected on average.
    case noiseFloor = "noise_floor"
    /// The advantage that the input gave the token.
    case advantage

    /// The place of the statistic among all.
    public var index: Int { Self.places[self] ?? 0 }

    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}

/// A whole number that a diagnosis keeps of each token; the raw value is the column's name in the file.
public enum TokenCount: String, Sendable, Hashable, CaseIterable {
    /// The id of the token; -1 where it is not known.
    case tokenID = "token"
    /// Its place in its sequence, from 0.
    case position
    /// Its sequence, from 0; never descends.
    case sequence
    /// 1 and how many tokens are more probable under p; 0 where it is not known.
    case rankP = "rank_reference"
    /// The same under q.
    case rankQ = "rank_policy"
    /// 1 where the most probable token is the same under both, else 0.
    case topAgrees = "top1_agree"
    /// How many of the k most probable tokens are common to both.
    case topOverlap = "topk_overlap"
    /// The ``Segment``.
    case segment

    /// The place of the column among all.
    public var index: Int { Self.places[self] ?? 0 }

    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
