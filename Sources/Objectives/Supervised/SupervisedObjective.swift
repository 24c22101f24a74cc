import Glibc

/// Losses of expert tokens: SFT, DFT and TrSFT.
///
/// | method | loss | derivative by log p | source |
/// |---|---|---|---|
/// | SFT | -sum m log p / N | -1 / N | maximum likelihood |
/// | DFT | -sum m sg(p) log p / N | -p / N | arXiv 2508.05629 |
/// | TrSFT | -sum m p / max(sg(p), alpha) / N | -min(1, p / alpha) / N | TRAPO, arXiv 2512.17636 |
///
/// m is the mask, sg stops the gradient, N is the number of tokens that count. With alpha towards 0 TrSFT has SFT's gradient,
/// with 1 DFT's. Its value is no negative log-likelihood, and neither is DFT's: the metric `nll` is.
public struct SupervisedObjective: Objective, Hashable {
    /// How much a token counts.
    public enum Weight: Sendable, Hashable {
        /// As any other: SFT.
        case one
        /// As its probability: DFT.
        case probability
        /// As its probability over alpha, at most 1: TrSFT. alpha is in 0...1.
        case trustRegion(alpha: Double)
    }

    /// The loss and its derivative by log p, for a log-probability.
    static func term(_ weight: Weight, _ logProb: Double) -> (loss: Double, gradient: Double) {
        switch weight {
        case .one: return (-logProb, -1)
        case .probability:
            let probability = exp(logProb)
            return (-probability * logProb, -probability)
        case .trustRegion(let alpha):
            // Also for alpha 0, where a probability that underflows would be 0 / 0.
            let probability = exp(logProb)
            let share = probability < alpha ? probability / alpha : 1
            return (-share, -share)
        }
    }

    /// How much a token counts.
    public var weight: Weight
    /// What the sum is divided by: the mean over tokens unless said otherwise.
    public var normalization = Normalization(.tokenMean)

    /// `sft`, `dft` or `trsft`
    public var name: String {
        switch weight {
        case .one: "sft"
        case .probability: "dft"
        case .trustRegion: "trsft"
        }
    }

    /// Makes an objective.
    public init(_ weight: Weight) {
        self.weight = weight
    }

    /// Supervised fine-tuning.
    public static let sft = SupervisedObjective(.one)
    /// Dynamic fine-tuning.
    public static let dft = SupervisedObjective(.probability)
    /// Trust-region supervised fine-tuning, with the alpha of TRAPO's public code.
    public static let trsft = SupervisedObjective(.trustRegion(alpha: 0.1))

    /// The loss of a batch, of which only log-probabilities and the mask count.
    ///
    /// Metrics: `nll`, the mean of -log p over the tokens that count; `mean_token_prob`, of p; `num_tokens`; for TrSFT
    /// `frac_below_alpha`, the share of tokens whose probability is below alpha.
    public func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult {
        var result = ObjectiveResult(batch)
        let weights = normalization.tokenWeights(batch)
        var (likelihood, probability, below) = (0.0, 0.0, 0)
        for rollout in 0..<batch.count {
            var sum = 0.0
            for token in batch.tokens(of: rollout) where batch.mask[token] {
                let logProb = batch.logProbs[token]
                let term = SupervisedObjective.term(weight, logProb)
                sum += term.loss
                result.gradients[token] = weights[rollout] * term.gradient
                likelihood -= logProb
                probability += exp(logProb)
                if term.gradient > -1 { below += 1 }
            }
            result.loss += weights[rollout] * sum
        }
        guard result.loss.isFinite else {
            throw ObjectiveError(.overflow, "loss", "the sum exceeds the range of double precision")
        }
        if batch.tokenCount > 0 {
            result.report("nll", likelihood / Double(batch.tokenCount))
            result.report("mean_token_prob", probability / Double(batch.tokenCount))
            if case .trustRegion = weight {
                result.report("frac_below_alpha", Double(below) / Double(batch.tokenCount))
            }
        }
        result.report("num_tokens", Double(batch.tokenCount))
        return result
    }

    /// `loss_type`, `max_length`, `window_tokens`, `window_rollouts`, and for TrSFT `alpha`.
    public var settings: [ObjectiveSetting] {
        guard case .trustRegion(let alpha) = weight else { return normalization.settings }
        return normalization.settings + [ObjectiveSetting("alpha", alpha)]
    }

    /// Changes a setting.
    public mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        if setting == "alpha", case .trustRegion = weight {
            weight = .trustRegion(alpha: try value.number(setting, 0...1))
            return true
        }
        return try normalization.set(setting, to: value)
    }
}
