import Evaluation
import JSON

/// Something to know before the numbers of a summary are used.
public struct SummaryWarning: Sendable, Hashable {
    /// What about.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// There are no tokens in the response.
        case noTokens = "no_tokens"
        /// Rounding of the inputs makes as much KL as was measured, or a tenth of it.
        case noiseFloor = "noise_floor"
        /// The policies are the same in every number, so that there is no KL to distrust.
        case samePolicies = "same_policies"
        /// Numbers that should be log-probabilities do not sum to 1.
        case logNormaliser = "log_normaliser"
        /// KLs are infinite, and not in the finite means.
        case infiniteKL = "infinite_kl"
        /// Tokens have probability 0 under one of the policies: perplexities are infinite, and means are over the others.
        case impossibleTokens = "impossible_tokens"
        /// Only the most probable tokens were compared.
        case topK = "top_k"
        /// Too few sequences for intervals.
        case fewSequences = "few_sequences"
        /// The tokens were given, not sampled from p.
        case notSampled = "not_sampled"
        /// Log-probabilities of tokens are not known.
        case unknownTokens = "unknown_tokens"
    }

    /// What about.
    public let code: Code
    /// For people.
    public let message: String

    static func found(
        comparison: JSONNode, isTopK: Bool, counts: SummaryCounts, noise: NoiseReport, estimators: EstimatorAudit?,
        statistics: [StatisticSummary], hasPrefix: Bool
    ) -> [SummaryWarning] {
        guard counts.responseTokens > 0 else { return [Self(code: .noTokens, message: "the response has no tokens")] }
        var found: [SummaryWarning] = []
        func warn(_ code: Code, _ message: String) { found.append(Self(code: code, message: message)) }
        if Self.areSame(statistics, counts, isTopK: isTopK) {
            warn(.samePolicies, "the policies are the same in every number" + (isTopK ? " that both list" : ""))
        } else if noise.floor > 0, noise.floor >= noise.kl {
            warn(.noiseFloor, "rounding of the inputs alone makes a KL as large as the one measured: it says nothing")
        } else if noise.floor > 0, noise.floor >= noise.kl / 10 {
            warn(.noiseFloor, "rounding of the inputs alone makes more than a tenth of the KL measured")
        }
        for (side, name, value) in [
            ("reference", "p", noise.maximumLogNormaliserP), ("policy", "q", noise.maximumLogNormaliserQ),
        ] where Self.areLogProbs(comparison[side]) && value > 1e-3 {
            warn(
                .logNormaliser,
                "the log-probabilities of \(name) do not sum to 1: the log of a sum is off by up to \(Self.brief(value))"
            )
        }
        found += infinite(counts, statistics)
        if isTopK {
            let mass = statistics[TokenStatistic.topMassP.index].mean?.mean ?? .nan
            warn(
                .topK,
                "only listed tokens were compared: KLs are lower bounds, on tokens that have "
                    + "\(Self.brief(mass * 100)) % of p on average")
        }
        if counts.responseSequences < 30 {
            warn(
                .fewSequences,
                counts.responseSequences == 1
                    ? "one sequence makes no intervals; 30 or more are wanted"
                    : "intervals from \(counts.responseSequences) sequences are too narrow; 30 or more are wanted")
        }
        if counts.knownTokens == 0 {
            warn(.unknownTokens, "no token ids: nothing is known of log-probabilities, ratios and ranks")
        } else if counts.knownTokens < counts.responseTokens {
            let missing = counts.responseTokens - counts.knownTokens
            warn(.unknownTokens, "the log-probabilities of \(Self.tokens(missing)) are not known")
        }
        found += notSampled(comparison, counts, estimators, hasPrefix: hasPrefix)
        return found
    }

    private static func notSampled(
        _ comparison: JSONNode, _ counts: SummaryCounts, _ estimators: EstimatorAudit?, hasPrefix: Bool
    ) -> [SummaryWarning] {
        guard counts.knownTokens > 0 else { return [] }
        let consequence = "k1, k2, k3, effective sample sizes and sequence KLs are about tokens sampled from p"
        if comparison["dataset"] != nil, comparison["dataset"] != .null {
            return [
                Self(
                    code: .notSampled, message: "the tokens are a dataset's traces, not samples from p: \(consequence)")
            ]
        }
        if hasPrefix {
            return [
                Self(code: .notSampled, message: "tokens of an expert prefix are not samples from p: \(consequence)")
            ]
        }
        let k1 = estimators?.rows.first
        // Twice as far from 0 as the interval reaches, so that samples from p are hardly ever accused.
        if let bias = k1?.bias, counts.responseSequences >= 30, bias.mean.magnitude > bias.upper - bias.lower {
            return [
                Self(
                    code: .notSampled,
                    message: "the tokens do not look like samples from p, as the mean of k1 is off the exact KL by "
                        + "\(brief(bias.mean)): \(consequence)")
            ]
        }
        return []
    }

    /// What is infinite, and where.
    private static func infinite(_ counts: SummaryCounts, _ statistics: [StatisticSummary]) -> [SummaryWarning] {
        var found: [SummaryWarning] = []
        let total = tokens(counts.responseTokens)
        let kls = [("KL(p || q)", TokenStatistic.klPQ), ("KL(q || p)", .klQP), ("top-k KL", .topKL)]
            .map { ($0, statistics[$1.index].infinite) }.filter { $1 > 0 }
        // With all tokens known, the KL of the most probable ones is infinite only where KL(p || q) is.
        let told = kls.count > 1 ? kls.filter { $0.0 != "top-k KL" } : kls
        if !told.isEmpty {
            let places = told.map { "\($0) is infinite at \($1) of \(total)" }.joined(separator: ", ")
            found.append(Self(code: .infiniteKL, message: places + "; finite means are over the others"))
        }
        if counts.impossible > 0 {
            let sides = [("p", counts.impossibleP), ("q", counts.impossibleQ)].filter { $1 > 0 }
            let places = sides.map {
                "\($0) gives probability 0 to \($1) of \(total)" + ($0 == "p" ? ", which it cannot have sampled" : "")
            }.joined(separator: "; ")
            found.append(
                Self(
                    code: .impossibleTokens,
                    message: places
                        + ": perplexities are infinite; means of log-probabilities, log ratios and estimators "
                        + "are over the others"))
        }
        return found
    }

    /// Whether nothing differs at any token.
    private static func areSame(_ statistics: [StatisticSummary], _ counts: SummaryCounts, isTopK: Bool) -> Bool {
        let divergences: [TokenStatistic] = isTopK ? [.topKL] : [.klPQ, .klQP, .jensenShannon, .totalVariation]
        let areZero = divergences.allSatisfy {
            let found = statistics[$0.index]
            return found.tokens == counts.responseTokens && found.quantiles.first == 0 && found.quantiles.last == 0
        }
        let ratios = statistics[TokenStatistic.logRatio.index]
        let areEven = ratios.tokens == 0 || (ratios.quantiles.first == 0 && ratios.quantiles.last == 0)
        return areZero && areEven && ratios.infinite == 0
    }

    private static func tokens(_ count: Int) -> String { count == 1 ? "1 token" : "\(count) tokens" }

    private static func areLogProbs(_ input: JSONNode?) -> Bool {
        guard let kind = input?["kind"] else { return false }
        return [.string("log-probs"), .string("llama.cpp")].contains(kind)
    }

    /// Three significant digits or so.
    private static func brief(_ value: Double) -> String {
        guard value.isFinite, value != 0, value.magnitude < 1e15 else { return "\(value)" }
        var scale = 1.0
        while (value * scale).magnitude < 100 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
