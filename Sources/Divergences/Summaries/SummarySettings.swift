/// How a diagnosis is summarised.
public struct SummarySettings: Sendable, Hashable {
    /// A ratio below 1 - epsilonLow counts as clipped.
    public var epsilonLow = 0.2
    /// A ratio above 1 + epsilonHigh counts as clipped.
    public var epsilonHigh = 0.2
    /// rho: the share of tokens with the highest entropy under p, in (0, 1).
    public var highEntropyShare = 0.2
    /// tau: weights are clamped to [1 / tau, tau]; above 1.
    public var weightCap = 2.0
    /// alpha of TrSFT, in (0, 1].
    public var trustLevel = 0.1
    /// Draws of sequences for intervals; at least 1.
    public var resamples = 10_000
    /// Of the draws.
    public var seed: UInt64 = 0
    /// Of the intervals, in (0, 1).
    public var confidence = 0.95
    /// The segments that make the response; nil: all but the prompt, where there is anything else.
    public var segments: Set<Segment>?
    /// How many of the most divergent tokens are listed; at least 0.
    public var tokenLimit = 50

    /// The usual ones.
    public init() {}

    func check() {
        precondition(highEntropyShare > 0 && highEntropyShare < 1, "the share of high entropy is in (0, 1)")
        precondition(weightCap > 1 && trustLevel > 0 && trustLevel <= 1, "weights are clamped")
        precondition(epsilonLow >= 0 && epsilonHigh >= 0 && tokenLimit >= 0, "bounds are not negative")
    }
}
