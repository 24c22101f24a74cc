/// How much a diagnosis has.
public struct SummaryCounts: Sendable, Hashable {
    /// Tokens with an infinite KL.
    public struct Infinite: Sendable, Hashable {
        /// How many.
        public let tokens: Int
        /// The mean over these of the probability that makes it infinite; NaN where there are none.
        public let mass: Double
    }

    /// All rows.
    public let tokens: Int
    /// All sequences.
    public let sequences: Int
    /// Tokens of the response.
    public let responseTokens: Int
    /// Sequences with such tokens.
    public let responseSequences: Int
    /// Of these tokens, those whose log-probabilities are known under both, 0 included.
    public let knownTokens: Int
    /// Of the response, tokens of probability 0 under p.
    public let impossibleP: Int
    /// Of the response, tokens of probability 0 under q.
    public let impossibleQ: Int
    /// Of the response, tokens of probability 0 under one of them or both.
    public let impossible: Int
    /// Where q = 0 < p.
    public let infiniteKLPQ: Infinite
    /// Where p = 0 < q.
    public let infiniteKLQP: Infinite

    init(_ file: borrowing DiagnosisFile, _ rows: ResponseRows, _ statistics: [StatisticSummary]) throws {
        func infinite(_ kl: TokenStatistic, _ mass: TokenStatistic) throws -> Infinite {
            guard statistics[kl.index].infinite > 0 else { return Infinite(tokens: 0, mass: .nan) }
            let (kls, masses) = (try file.statistic(kl), try file.statistic(mass))
            let places = kls.indices.filter { rows.contains($0) && kls[$0].isInfinite }
            return Infinite(tokens: places.count, mass: Moments(places.map { masses[$0] }).mean)
        }
        tokens = rows.count
        sequences = rows.sequenceCount
        responseTokens = rows.responseCount
        responseSequences = rows.responseSequenceCount
        impossibleP = statistics[TokenStatistic.logP.index].infinite
        impossibleQ = statistics[TokenStatistic.logQ.index].infinite
        let ratios = statistics[TokenStatistic.logRatio.index]
        var both = 0
        if impossibleP > 0, impossibleQ > 0 {
            let (logP, logQ) = (try file.statistic(.logP), try file.statistic(.logQ))
            both = logP.indices.count { rows.contains($0) && logP[$0] == -.infinity && logQ[$0] == -.infinity }
        }
        impossible = impossibleP + impossibleQ - both
        // Two zeros have no ratio.
        knownTokens = rows.responseCount - ratios.unknown + both
        infiniteKLPQ = try infinite(.klPQ, .unsupportedPQ)
        infiniteKLQP = try infinite(.klQP, .unsupportedQP)
    }
}

/// What rounding of the inputs makes of the KL by itself, and whether they were log-probabilities.
public struct NoiseReport: Sendable, Hashable {
    /// Tokens whose noise floor and KL are known and finite.
    public let tokens: Int
    /// The mean noise floor over these; NaN where there are none.
    public let floor: Double
    /// The mean KL over these.
    public let kl: Double
    /// The greatest magnitude of the log of a sum of exponentials of p's numbers: near 0 for log-probabilities.
    public let maximumLogNormaliserP: Double
    /// The same of q's.
    public let maximumLogNormaliserQ: Double

    /// The floor over the KL.
    public var ratio: Double { floor / kl }

    init(
        _ file: borrowing DiagnosisFile, _ kls: [Double], _ statistics: [StatisticSummary], _ rows: ResponseRows
    ) throws {
        let floors = try file.statistic(.noiseFloor)
        let places = kls.indices.filter { rows.contains($0) && floors[$0].isFinite && kls[$0].isFinite }
        func greatest(_ statistic: TokenStatistic) -> Double {
            let quantiles = statistics[statistic.index].quantiles
            return max((quantiles.first ?? .nan).magnitude, (quantiles.last ?? .nan).magnitude)
        }
        tokens = places.count
        floor = Moments(places.map { floors[$0] }).mean
        kl = Moments(places.map { kls[$0] }).mean
        maximumLogNormaliserP = greatest(.logNormaliserP)
        maximumLogNormaliserQ = greatest(.logNormaliserQ)
    }
}
