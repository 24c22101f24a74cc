import Evaluation
import JSON

extension EstimatorAudit {
    var json: JSONNode {
        [
            "tokens": .count(tokens), "exact": .estimate(exact),
            "rows": .array(
                rows.map {
                    [
                        "name": .string($0.statistic.rawValue), "mean": .number($0.mean?.mean),
                        "lower": .number($0.mean?.lower), "upper": .number($0.mean?.upper),
                        "bias": .number($0.bias?.mean), "bias_lower": .number($0.bias?.lower),
                        "bias_upper": .number($0.bias?.upper), "standard_deviation": .number($0.standardDeviation),
                        "root_mean_square_error": .number($0.rootMeanSquareError),
                        "correlation": .number($0.correlation),
                        "tokens_for_ten_percent": .number($0.tokensForTenPercent),
                    ]
                }),
        ]
    }
}

extension ImportanceWeights {
    var json: JSONNode {
        func size(_ found: SampleSize) -> JSONNode {
            [
                "count": .count(found.count), "raw": .number(found.raw), "clamped": .number(found.clamped),
                "maximum_log_weight": .number(found.maximumLogWeight),
                "minimum_log_weight": .number(found.minimumLogWeight),
            ]
        }
        return ["token": size(token), "sequence": size(sequence)]
    }
}

extension ClipFractions {
    var json: JSONNode {
        func shares(_ found: Shares) -> [(key: String, value: JSONNode)] {
            [
                (key: "low", value: .estimate(found.low)), (key: "high", value: .estimate(found.high)),
                (key: "outside", value: .estimate(found.outside)),
            ]
        }
        return [
            "tokens": .count(ratio.tokens), "ratio": .object(shares(ratio)),
            "objective": objective.map { .object([(key: "tokens", value: .count($0.tokens))] + shares($0)) } ?? .null,
        ]
    }
}

extension TrustRegion {
    var json: JSONNode {
        [
            "trust_level": .double(level),
            "segment": .string(isExpertPrefix ? Segment.prefix.name : "response"), "tokens": .count(tokens),
            "below": .estimate(below), "mean_weight": .estimate(meanWeight),
        ]
    }
}

extension PolicyAgreement {
    var json: JSONNode {
        [
            "top_k": .count(topWidth), "top_1": .estimate(top), "top_k_overlap": .estimate(topOverlap),
            "top_k_kl": .estimate(topKL), "top_k_mass_p": .estimate(topMassP), "top_k_mass_q": .estimate(topMassQ),
            "greedy_p": .estimate(greedyP), "greedy_q": .estimate(greedyQ),
        ]
    }
}

extension LlamaReport {
    var json: JSONNode {
        func percentiles(_ spread: Spread) -> JSONNode {
            .array(spread.percentiles.map { ["percent": .double($0.percent), "value": .number($0.value)] })
        }
        return [
            "perplexity_base": .number(perplexityBase), "perplexity": .number(perplexity),
            "perplexity_ratio": .number(Exponential.of(logPerplexityRatio)),
            "log_perplexity_ratio": .number(logPerplexityRatio),
            "log_perplexity_correlation": .number(logPerplexityCorrelation), "mean_kl": .number(kl.mean),
            "maximum_kl": .number(kl.maximum), "minimum_kl": .number(kl.minimum), "kl_percentiles": percentiles(kl),
            "mean_delta_p": .number(deltaP.mean), "rms_delta_p": .number(rootMeanSquareDeltaP),
            "maximum_delta_p": .number(deltaP.maximum), "minimum_delta_p": .number(deltaP.minimum),
            "delta_p_percentiles": percentiles(deltaP), "same_top_token": .number(sameTopToken),
        ]
    }
}

extension DivergentToken {
    var json: JSONNode {
        [
            "row": .count(row), "sequence": .count(sequence), "sequence_id": .string(sequenceID),
            "position": .count(position), "segment": .string(segment.name),
            "token_id": tokenID.map { .int(Int64($0)) } ?? .null, "text": text.map { .string($0) } ?? .null,
            "infinite": .bool(kl.isInfinite), "kl": .number(kl), "kl_qp": .number(klQP),
            "entropy_p": .number(entropyP), "entropy_q": .number(entropyQ), "log_p": .number(logP),
            "log_q": .number(logQ),
        ]
    }
}

extension DivergentTokenID {
    var json: JSONNode {
        [
            "token_id": .int(Int64(tokenID)), "text": text.map { .string($0) } ?? .null, "tokens": .count(tokens),
            "infinite": .count(infinite), "mean_kl": .number(meanKL), "total_kl": .number(totalKL),
            "share": .number(share),
        ]
    }
}
