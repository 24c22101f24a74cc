import Glibc

/// What the public code of LUFFY and TRAPO reports of expert and own tokens, apart.
struct MixedMetrics {
    private struct Sums {
        var count = 0.0
        var loss = 0.0
        var probability = 0.0
        var ratio = 0.0
    }

    private var expert = Sums()
    private var own = Sums()

    mutating func add(isExpert: Bool, loss: Double, logProb: Double, ratio: Double) {
        if isExpert {
            expert.count += 1
            expert.loss += loss
            expert.probability += exp(logProb)
            expert.ratio += ratio
        } else {
            own.count += 1
            own.loss += loss
            own.probability += exp(logProb)
        }
    }

    func report(to result: inout ObjectiveResult) {
        result.report("off_pg_loss", expert.loss / expert.count)
        result.report("on_pg_loss", own.loss / own.count)
        result.report("off_policy_prob", expert.probability / expert.count)
        result.report("on_policy_prob", own.probability / own.count)
        result.report("off_ratio_mean", expert.ratio / expert.count)
        result.report("num_prefix_tokens", expert.count)
    }
}
