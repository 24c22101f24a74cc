public import Evaluation

/// How many tokens have a ratio q / p outside the region of a clipped objective.
public struct ClipFractions: Sendable, Hashable {
    /// Shares of tokens.
    public struct Shares: Sendable, Hashable {
        /// Tokens that the shares are of.
        public let tokens: Int
        /// The ratio is below 1 - epsilonLow.
        public let low: BootstrapInterval?
        /// The ratio is above 1 + epsilonHigh.
        public let high: BootstrapInterval?
        /// Either.
        public let outside: BootstrapInterval?
    }

    /// By ratio alone.
    public let ratio: Shares
    /// Where a clipped objective has no gradient: low counts where the advantage is negative, high where it is positive; nil
    /// without advantages.
    public let objective: Shares?

    /// - Returns: nil without ratios.
    init?(_ ratios: [Double], advantages: [Double], _ settings: SummarySettings, _ means: inout SummaryMeans) {
        let rows = means.rows
        let (lowest, highest) = (1 - settings.epsilonLow, 1 + settings.epsilonHigh)
        func share(_ isCounted: @escaping (Int) -> Bool, _ meets: @escaping (Int) -> Bool) -> (Int) -> Double {
            { !isCounted($0) ? .nan : meets($0) ? 1 : 0 }
        }
        let isKnown: (Int) -> Bool = { !ratios[$0].isNaN }
        let isJudged: (Int) -> Bool = { !ratios[$0].isNaN && !advantages[$0].isNaN }
        let isLow: (Int) -> Bool = { ratios[$0] < lowest && advantages[$0] < 0 }
        let isHigh: (Int) -> Bool = { ratios[$0] > highest && advantages[$0] > 0 }
        let counts = (0..<rows.count).reduce(into: (known: 0, judged: 0)) {
            guard rows.contains($1) else { return }
            $0.known += isKnown($1) ? 1 : 0
            $0.judged += isJudged($1) ? 1 : 0
        }
        guard counts.known > 0 else { return nil }
        let found = means.means(of: [
            share(isKnown) { ratios[$0] < lowest }, share(isKnown) { ratios[$0] > highest },
            share(isKnown) { ratios[$0] < lowest || ratios[$0] > highest },
            share(isJudged, isLow), share(isJudged, isHigh), share(isJudged) { isLow($0) || isHigh($0) },
        ])
        ratio = Shares(tokens: counts.known, low: found[0], high: found[1], outside: found[2])
        objective =
            counts.judged > 0
            ? Shares(tokens: counts.judged, low: found[3], high: found[4], outside: found[5]) : nil
    }
}

/// TrSFT's view of tokens that are given: its trust level says below which probability a token's gradient grows no further
/// (TRAPO, arXiv 2512.17636).
public struct TrustRegion: Sendable, Hashable {
    /// alpha.
    public let level: Double
    /// Whether only tokens of the expert prefix count; where no token is marked so, the response counts.
    public let isExpertPrefix: Bool
    /// How many tokens.
    public let tokens: Int
    /// The share of these with a probability below the level under q.
    public let below: BootstrapInterval?
    /// The mean of TrSFT's weight, min(1, q / level).
    public let meanWeight: BootstrapInterval?

    /// - Returns: nil without log-probabilities.
    init?(_ logQ: [Double], _ settings: SummarySettings, _ means: inout SummaryMeans) {
        let rows = means.rows
        let level = settings.trustLevel
        let hasPrefix = (0..<rows.count).contains { rows.contains($0) && rows.segments[$0] == .prefix }
        func probability(_ row: Int) -> Double {
            hasPrefix && rows.segments[row] != .prefix ? .nan : Exponential.of(logQ[row])
        }
        let count = (0..<rows.count).count { rows.contains($0) && !probability($0).isNaN }
        guard count > 0 else { return nil }
        let found = means.means(of: [
            { row in
                let value = probability(row)
                return value.isNaN ? .nan : value < level ? 1 : 0
            },
            { row in
                let value = probability(row)
                // min would take the 1 of a NaN.
                return value.isNaN ? .nan : min(1, value / level)
            },
        ])
        (self.level, isExpertPrefix, tokens) = (level, hasPrefix, count)
        (below, meanWeight) = (found[0], found[1])
    }
}
