public import Evaluation

/// How far two policies agree on the most probable tokens.
public struct PolicyAgreement: Sendable, Hashable {
    /// k.
    public let topWidth: Int
    /// The share of tokens where both have the same most probable token.
    public let top: BootstrapInterval?
    /// The mean share of the k most probable tokens that both have; of fewer where one lists fewer.
    public let topOverlap: BootstrapInterval?
    /// The mean KL over the k most probable tokens under p and the rest as one outcome.
    public let topKL: BootstrapInterval?
    /// What p gives to these tokens.
    public let topMassP: BootstrapInterval?
    /// What q gives to them.
    public let topMassQ: BootstrapInterval?
    /// The share of tokens that are the most probable one under p.
    public let greedyP: BootstrapInterval?
    /// The share of tokens that are the most probable one under q.
    public let greedyQ: BootstrapInterval?

    init(
        _ file: borrowing DiagnosisFile, topKL: BootstrapInterval?, topMassP: BootstrapInterval?,
        topMassQ: BootstrapInterval?, _ means: inout SummaryMeans
    ) throws {
        let listed = try Self.listed(file)
        let (agrees, overlap) = (try file.column(.topAgrees), try file.column(.topOverlap))
        let (rankP, rankQ) = (try file.column(.rankP), try file.column(.rankQ))
        let found = means.means(of: [
            { Double(agrees[$0]) }, { listed[$0] == 0 ? .nan : Double(overlap[$0]) / Double(listed[$0]) },
            { rankP[$0] == 0 ? .nan : rankP[$0] == 1 ? 1 : 0 }, { rankQ[$0] == 0 ? .nan : rankQ[$0] == 1 ? 1 : 0 },
        ])
        topWidth = file.topWidth
        (top, topOverlap, greedyP, greedyQ) = (found[0], found[1], found[2], found[3])
        (self.topKL, self.topMassP, self.topMassQ) = (topKL, topMassP, topMassQ)
    }

    /// How many of the most probable tokens both list, at most, for each token.
    private static func listed(_ file: borrowing DiagnosisFile) throws -> [Int32] {
        let width = file.topWidth
        var counts: [Int32] = []
        counts.reserveCapacity(file.count)
        let step = max(1, (1 << 20) / max(1, width))
        for start in stride(from: 0, to: file.count, by: step) {
            let rows = start..<min(start + step, file.count)
            let top = try file.topTokens(rows: rows)
            for row in 0..<rows.count {
                let places = row * width..<(row + 1) * width
                let (p, q) = (top.p[places].count { $0 >= 0 }, top.q[places].count { $0 >= 0 })
                counts.append(Int32(clamping: min(p, q)))
            }
        }
        return counts
    }
}

/// The numbers of llama.cpp's report on two policies (`llama-perplexity --kl-divergence`); its base is p. Shares, where it
/// prints percentages.
public struct LlamaReport: Sendable, Hashable {
    /// exp of the mean of -log p; infinite where a token has probability 0.
    public let perplexityBase: Double
    /// exp of the mean of -log q; infinite where a token has probability 0.
    public let perplexity: Double
    /// The mean of log p - log q: the log of the ratio of the perplexities, q's over p's. Infinite where one of these is, NaN
    /// where both are.
    public let logPerplexityRatio: Double
    /// Pearson's correlation of log p and log q over tokens where both are finite.
    public let logPerplexityCorrelation: Double
    /// KL(p || q) over tokens.
    public let kl: Spread
    /// q - p of the tokens.
    public let deltaP: Spread
    /// The root of the mean of (q - p)^2.
    public let rootMeanSquareDeltaP: Double
    /// The share of tokens with the same most probable token.
    public let sameTopToken: Double

    /// A statistic's mean and quantiles.
    public struct Spread: Sendable, Hashable {
        /// Of the finite numbers.
        public let mean: Double
        /// The least number.
        public let minimum: Double
        /// The greatest number.
        public let maximum: Double
        /// Percentages, and the numbers below which so many per cent lie, descending.
        public let percentiles: [Percentile]
    }

    /// A percentage, and the number below which so many per cent lie.
    public struct Percentile: Sendable, Hashable {
        /// From 0 to 100.
        public let percent: Double
        /// The number.
        public let value: Double
    }

    /// - Returns: nil without log-probabilities.
    init?(
        _ statistics: [StatisticSummary], logP: [Double], logQ: [Double], sameTop: BootstrapInterval?,
        _ rows: ResponseRows
    ) {
        let places = (0..<rows.count).filter { rows.contains($0) && !logP[$0].isNaN && !logQ[$0].isNaN }
        guard !places.isEmpty else { return nil }
        let (first, second) = (places.map { logP[$0] }, places.map { logQ[$0] })
        func spread(_ statistic: TokenStatistic, _ percents: [Double]) -> Spread {
            let found = statistics[statistic.index]
            return Spread(
                mean: found.mean?.mean ?? .nan, minimum: found.quantiles.first ?? .nan,
                maximum: found.quantiles.last ?? .nan,
                percentiles: percents.compactMap { percent in
                    StatisticSummary.shares.firstIndex { abs($0 * 100 - percent) < 1e-9 }
                        .map { Percentile(percent: percent, value: found.quantiles[$0]) }
                })
        }
        let delta = statistics[TokenStatistic.deltaP.index]
        let (meanDelta, deviation) = (delta.mean?.mean ?? .nan, delta.standardDeviation)
        func mean(_ logs: [Double]) -> Double { logs.contains(-.infinity) ? -.infinity : Moments(logs).mean }
        let (meanP, meanQ) = (mean(first), mean(second))
        perplexityBase = Exponential.of(-meanP)
        perplexity = Exponential.of(-meanQ)
        logPerplexityRatio =
            meanP.isFinite && meanQ.isFinite ? Moments(zip(first, second).map { $0 - $1 }).mean : meanP - meanQ
        logPerplexityCorrelation = Moments.correlation(first, second)
        kl = spread(.klPQ, [99.9, 99, 95, 90, 50, 10, 5, 1, 0.1])
        deltaP = spread(.deltaP, [99.9, 99, 95, 90, 75, 50, 25, 10, 5, 1, 0.1])
        rootMeanSquareDeltaP = (meanDelta * meanDelta + deviation * deviation).squareRoot()
        sameTopToken = sameTop?.mean ?? .nan
    }
}
