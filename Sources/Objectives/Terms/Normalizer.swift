/// What the sum of the losses of tokens is divided by.
public enum Normalizer: String, Sendable, CaseIterable {
    /// The mean over the tokens that count: sum / N (DAPO, arXiv 2503.14476; TRL's `dapo` and `bnpo`, verl's `token-mean`).
    case tokenMean = "token_mean"
    /// The mean over rollouts of the mean over their tokens (GRPO, arXiv 2402.03300; TRL's `grpo`, verl's
    /// `seq-mean-token-mean`). A rollout without tokens that count is one with loss 0, as in TRL; verl leaves it out.
    case sequenceMean = "sequence_mean"
    /// The sum divided by the longest response's length: sum / L (the public code of LUFFY and TRAPO).
    case sumOverMaxLength = "sum_over_max_length"
    /// The mean over rollouts of that: sum / (B L) (Dr.GRPO, arXiv 2503.20783; TRL's `dr_grpo`, verl's
    /// `seq-mean-token-sum-norm`).
    case sequenceSumOverMaxLength = "dr_grpo"
    /// The sum itself.
    case sum

    /// The normaliser of this name, under ours, TRL's or verl's names; nil for others.
    public init?(named name: String) {
        switch name {
        case "dapo", "bnpo", "cispo", "token-mean": self = .tokenMean
        case "grpo", "seq-mean-token-mean": self = .sequenceMean
        case "seq-mean-token-sum-norm": self = .sequenceSumOverMaxLength
        case "token-sum": self = .sum
        default:
            guard let found = Normalizer(rawValue: name) else { return nil }
            self = found
        }
    }
}

/// What an update holds beyond the batch at hand.
///
/// A batch that is a part of an update is normalised by the whole update, so that losses and gradients of the parts add up.
public struct UpdateWindow: Sendable, Hashable {
    /// N, the tokens that count in the update; nil for those of the batch.
    public var tokens: Double?
    /// B, the rollouts in the update; nil for those of the batch.
    public var rollouts: Double?

    /// Makes a window; a number that is nil is the batch's own.
    public init(tokens: Double? = nil, rollouts: Double? = nil) {
        self.tokens = tokens
        self.rollouts = rollouts
    }
}

/// A normaliser with what it needs to know.
public struct Normalization: Sendable, Hashable {
    /// What the sum is divided by.
    public var normalizer: Normalizer
    /// L, the longest response in tokens, at least 1; nil for that of the batch's longest rollout, as in the public code of
    /// LUFFY and TRAPO, which divides by the width of the padded batch. Give it where a batch is a part of an update.
    public var maxLength: Double?
    /// What the update holds.
    public var window: UpdateWindow

    /// Makes a normalisation.
    public init(_ normalizer: Normalizer, maxLength: Double? = nil, window: UpdateWindow = UpdateWindow()) {
        self.normalizer = normalizer
        self.maxLength = maxLength
        self.window = window
    }

    /// For each rollout what each of its tokens' losses is multiplied by. O(rollouts).
    public func tokenWeights(_ batch: RolloutBatch) -> [Double] {
        switch normalizer {
        case .sequenceMean:
            let rollouts = rolloutCount(batch)
            return batch.tokenCounts.map { $0 > 0 ? 1 / (rollouts * Double($0)) : 0 }
        case .tokenMean, .sumOverMaxLength, .sequenceSumOverMaxLength, .sum:
            return [Double](repeating: rolloutWeight(batch), count: batch.count)
        }
    }

    /// What a loss is multiplied by that each rollout has one of: 1 / B for ``Normalizer/sequenceMean``, otherwise what a
    /// token's is.
    public func rolloutWeight(_ batch: RolloutBatch) -> Double {
        let length = maxLength ?? Double(max(batch.longest, 1))
        return switch normalizer {
        case .tokenMean: 1 / tokenCount(batch)
        case .sequenceMean: 1 / rolloutCount(batch)
        case .sumOverMaxLength: 1 / length
        case .sequenceSumOverMaxLength: 1 / (rolloutCount(batch) * length)
        case .sum: 1
        }
    }

    /// N, at least 1.
    func tokenCount(_ batch: RolloutBatch) -> Double { window.tokens ?? Double(max(batch.tokenCount, 1)) }

    /// B.
    private func rolloutCount(_ batch: RolloutBatch) -> Double { window.rollouts ?? Double(batch.count) }
}

extension Normalization {
    /// The settings in force.
    var settings: [ObjectiveSetting] {
        [
            ObjectiveSetting("loss_type", normalizer.rawValue), ObjectiveSetting("max_length", maxLength),
            ObjectiveSetting("window_tokens", window.tokens), ObjectiveSetting("window_rollouts", window.rollouts),
        ]
    }

    /// Changes a setting; returns whether there is one of this name.
    mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool {
        switch setting {
        case "loss_type":
            guard case .text(let word) = value, let found = Normalizer(named: word) else {
                let names = Normalizer.allCases.map(\.rawValue).joined(separator: ", ")
                throw ObjectiveError(.invalidSetting, setting, "wants one of \(names); not \(value)")
            }
            normalizer = found
        case "max_length": maxLength = try value.optionalNumber(setting, 1...(.infinity))
        case "window_tokens": window.tokens = try value.optionalNumber(setting, 1...(.infinity))
        case "window_rollouts": window.rollouts = try value.optionalNumber(setting, 1...(.infinity))
        default: return false
        }
        return true
    }
}
