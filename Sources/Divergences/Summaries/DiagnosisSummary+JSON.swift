import Evaluation
public import JSON

extension DiagnosisSummary {
    /// The name and version of the contract of ``json``: schemas/diagnosis-summary.v1.json.
    public static let contract = "kedge.diagnosis-summary"
    /// The version of the contract.
    public static let contractVersion = 1

    /// The summary as JSON; numbers that are not finite, or do not exist, are null.
    public var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = []
        func add(_ key: String, _ value: JSONNode?) { members.append((key: key, value: value ?? .null)) }
        add("format", .string(Self.contract))
        add("version", .count(Self.contractVersion))
        add("diagnosis", .string(path))
        add("comparison", comparison)
        add("settings", settings.json(responseSegments))
        add("counts", counts.json)
        add(
            "warnings",
            .array(warnings.map { ["code": .string($0.code.rawValue), "message": .string($0.message)] }))
        add("quantile_shares", .array(Self.quantileShares.map { .double($0) }))
        add("statistics", .array(statistics.map(\.json)))
        add("groups", groupsJSON)
        add(
            "sequences",
            [
                "statistics": .array(sequences.map(\.json)), "perplexity_p": Self.json(perplexityP),
                "perplexity_q": Self.json(perplexityQ), "perplexity_ratio": Self.json(perplexityRatio),
            ])
        add("estimators", estimators?.json)
        add("importance", importance?.json)
        add("clipping", clipping?.json)
        add("agreement", agreement.json)
        add("llama_cpp", llamaReport?.json)
        add("trust_region", trustRegion?.json)
        add("noise", noise.json)
        add("divergent_tokens", .array(divergentTokens.map(\.json)))
        add("divergent_token_ids", .array(divergentTokenIDs.map(\.json)))
        return .object(members)
    }

    private var groupsJSON: JSONNode {
        [
            "segments": .array(segments.map(\.json)), "entropy": .array(entropyGroups.map(\.json)),
            "positions": .array(positions.map(\.json)), "response_shares": .array(responseShares.map(\.json)),
        ]
    }

    private static func json(_ perplexity: Perplexity?) -> JSONNode {
        [
            "value": .number(perplexity?.value), "lower": .number(perplexity?.lower),
            "upper": .number(perplexity?.upper), "tokens": .count(perplexity?.tokens ?? 0),
            "impossible": .count(perplexity?.impossible ?? 0),
            "others": [
                "value": .number(perplexity?.others?.value), "lower": .number(perplexity?.others?.lower),
                "upper": .number(perplexity?.others?.upper),
            ],
        ]
    }
}

extension SummarySettings {
    fileprivate func json(_ response: [Segment]) -> JSONNode {
        [
            "segments": .array(response.map { .string($0.name) }), "epsilon_low": .double(epsilonLow),
            "epsilon_high": .double(epsilonHigh), "high_entropy_share": .double(highEntropyShare),
            "weight_cap": .double(weightCap), "trust_level": .double(trustLevel), "resamples": .count(resamples),
            "seed": Int64(exactly: seed).map { .int($0) } ?? .unsigned(seed), "confidence": .double(confidence),
        ]
    }
}

extension SummaryCounts {
    fileprivate var json: JSONNode {
        func infinite(_ found: Infinite) -> JSONNode { ["tokens": .count(found.tokens), "mass": .number(found.mass)] }
        return [
            "tokens": .count(tokens), "sequences": .count(sequences), "response_tokens": .count(responseTokens),
            "response_sequences": .count(responseSequences), "known_tokens": .count(knownTokens),
            "infinite_kl_reference_policy": infinite(infiniteKLPQ),
            "infinite_kl_policy_reference": infinite(infiniteKLQP), "impossible_reference": .count(impossibleP),
            "impossible_policy": .count(impossibleQ), "impossible": .count(impossible),
        ]
    }
}

extension StatisticSummary {
    fileprivate var json: JSONNode {
        [
            "name": .string(statistic.rawValue), "tokens": .count(tokens), "infinite": .count(infinite),
            "unknown": .count(unknown), "mean": .number(mean?.mean), "lower": .number(mean?.lower),
            "upper": .number(mean?.upper), "standard_deviation": .number(standardDeviation),
            "quantiles": .array(quantiles.map { .number($0) }),
        ]
    }
}

extension TokenGroup {
    fileprivate var json: JSONNode {
        [
            "name": .string(name), "from": .number(from), "to": .number(to), "tokens": .count(tokens),
            "sequences": .count(sequences),
            "statistics": .array(
                statistics.map {
                    [
                        "name": .string($0.statistic.rawValue), "tokens": .count($0.tokens),
                        "infinite": .count($0.infinite), "mean": .number($0.mean?.mean),
                        "lower": .number($0.mean?.lower),
                        "upper": .number($0.mean?.upper),
                    ]
                }),
        ]
    }
}

extension SequenceStatistic {
    fileprivate var json: JSONNode {
        [
            "name": .string(name), "sequences": .count(sequences), "infinite": .count(infinite),
            "mean": .number(mean?.mean), "lower": .number(mean?.lower), "upper": .number(mean?.upper),
            "standard_deviation": .number(standardDeviation), "minimum": .number(minimum),
            "maximum": .number(maximum),
        ]
    }
}

extension NoiseReport {
    fileprivate var json: JSONNode {
        [
            "floor": .number(floor), "kl": .number(kl), "ratio": .number(ratio), "tokens": .count(tokens),
            "maximum_log_normaliser_reference": .number(maximumLogNormaliserP),
            "maximum_log_normaliser_policy": .number(maximumLogNormaliserQ),
        ]
    }
}

extension JSONNode {
    /// A number, or null where it is not finite or there is none.
    static func number(_ value: Double?) -> JSONNode {
        value.flatMap { $0.isFinite ? .double($0) : nil } ?? .null
    }

    /// A number of things.
    static func count(_ value: Int) -> JSONNode { .int(Int64(value)) }

    /// A mean and its interval.
    static func estimate(_ interval: BootstrapInterval?) -> JSONNode {
        ["mean": .number(interval?.mean), "lower": .number(interval?.lower), "upper": .number(interval?.upper)]
    }
}
