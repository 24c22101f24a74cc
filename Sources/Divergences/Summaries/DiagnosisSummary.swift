import Evaluation
public import JSON

/// What a diagnosis says altogether: means with intervals over sequences, quantiles, groups of tokens, and what to distrust.
///
/// Everything but ``segments`` is about the tokens of the response: those of the expert prefix and the continuation, or of the
/// segments that the settings name. Numbers that are not finite do not enter means, and are counted; perplexities are infinite
/// where a token was impossible.
public struct DiagnosisSummary: Sendable {
    /// The shares of ``StatisticSummary/quantiles``: 0 is the minimum, 1 the maximum.
    public static var quantileShares: [Double] { StatisticSummary.shares }

    /// The diagnosis.
    public let path: String
    /// Its attribute `settings`: what was compared.
    public let comparison: JSONNode
    /// How it was summarised.
    public let settings: SummarySettings
    /// The segments that make the response.
    public let responseSegments: [Segment]
    /// How much there is.
    public let counts: SummaryCounts
    /// What to know before the numbers are used.
    public let warnings: [SummaryWarning]
    /// All statistics over the response, in the order of ``TokenStatistic``.
    public let statistics: [StatisticSummary]
    /// Segments that occur, prompts too.
    public let segments: [TokenGroup]
    /// Tokens with a high entropy under p, and the others; empty where entropies are not known.
    public let entropyGroups: [TokenGroup]
    /// By place in the response: 0, 1, 2-3, 4-7 and so on.
    public let positions: [TokenGroup]
    /// By share of the response, in ten equal parts.
    public let responseShares: [TokenGroup]
    /// Lengths, and sums over the response of each sequence: of kl_reference_policy, kl_policy_reference, log_ratio, k1, k2, k3
    /// and topk_kl.
    public let sequences: [SequenceStatistic]
    /// The estimators of KL from tokens beside the exact KL; nil where one of them is not known.
    public let estimators: EstimatorAudit?
    /// Effective sample sizes; nil without log-probabilities.
    public let importance: ImportanceWeights?
    /// Ratios outside the region of a clipped objective; nil without log-probabilities.
    public let clipping: ClipFractions?
    /// Agreement on the most probable tokens.
    public let agreement: PolicyAgreement
    /// The numbers of llama.cpp's report; nil without log-probabilities.
    public let llamaReport: LlamaReport?
    /// TrSFT's view of given tokens; nil without log-probabilities.
    public let trustRegion: TrustRegion?
    /// What rounding makes of the KL by itself.
    public let noise: NoiseReport
    /// The tokens of the response with the largest KL.
    public let divergentTokens: [DivergentToken]
    /// Token ids by their share of the total KL.
    public let divergentTokenIDs: [DivergentTokenID]

    /// Sums a diagnosis up.
    ///
    /// Columns are read one after another; a few of them, 8 bytes a token each, are in memory at a time. About linear in
    /// tokens, and in resamples times sequences (at most 256 bundles of these are drawn).
    ///
    /// - Throws: ``DivergenceError`` where the columns break the contract; `HDF5Error` where they cannot be read.
    public init(_ file: borrowing DiagnosisFile, settings: SummarySettings = SummarySettings()) throws {
        settings.check()
        let rows = try ResponseRows(file, segments: settings.segments)
        var means = SummaryMeans(rows, settings)
        let columns = try SummaryColumns(file, settings, &means)
        func mean(_ statistic: TokenStatistic) -> BootstrapInterval? { columns.statistics[statistic.index].mean }
        path = file.path
        comparison = file.settings
        self.settings = settings
        responseSegments = rows.chosen
        statistics = columns.statistics
        (segments, entropyGroups) = (columns.groups[0], columns.groups[1])
        (positions, responseShares) = (columns.groups[2], columns.groups[3])
        sequences = columns.sequences
        let isTopK = file.settings["coverage"] == .string("top-k")
        let kls = try file.statistic(isTopK ? .topKL : .klPQ)
        counts = try SummaryCounts(file, rows, columns.statistics)
        noise = try NoiseReport(file, kls, columns.statistics, rows)
        let logRatios = try file.statistic(.logRatio)
        estimators = isTopK ? nil : EstimatorAudit(logRatios, kls, &means)
        importance = columns.importance(logRatios, rows, cap: settings.weightCap)
        clipping = ClipFractions(
            try file.statistic(.ratio), advantages: try file.statistic(.advantage), settings, &means)
        agreement = try PolicyAgreement(
            file, topKL: mean(.topKL), topMassP: mean(.topMassP), topMassQ: mean(.topMassQ), &means)
        let logQ = try file.statistic(.logQ)
        trustRegion = TrustRegion(logQ, settings, &means)
        llamaReport = LlamaReport(
            columns.statistics, logP: try file.statistic(.logP), logQ: logQ, sameTop: agreement.top, rows)
        let divergent = try DivergentTokens(file, kls, rows, limit: settings.tokenLimit)
        (divergentTokens, divergentTokenIDs) = (divergent.tokens, divergent.ids)
        warnings = SummaryWarning.found(
            comparison: file.settings, isTopK: isTopK, counts: counts, noise: noise, estimators: estimators,
            statistics: columns.statistics, hasPrefix: columns.groups[0].contains { $0.name == Segment.prefix.name })
    }

    /// A statistic over the response.
    public subscript(statistic: TokenStatistic) -> StatisticSummary { statistics[statistic.index] }
}
