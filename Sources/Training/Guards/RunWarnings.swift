/// Warnings of a run that goes wrong without failing. Each is given when its reason appears, and again only after it was gone.
struct RunWarnings {
    private var present: Set<String> = []
    private var firstEntropy: Double?

    /// What there is to say after an update.
    mutating func check(_ metrics: [Metric]) -> [String] {
        var values: [String: Double] = [:]
        for metric in metrics { values[metric.name] = metric.value }
        var warnings: [String] = []
        func note(_ name: String, _ holds: Bool, _ message: @autoclosure () -> String) {
            guard holds else {
                present.remove(name)
                return
            }
            if present.insert(name).inserted { warnings.append(message()) }
        }
        if let share = values["frac_reward_zero_std"] {
            note(
                "frac_reward_zero_std", share >= 1,
                "all groups have equal rewards, and no policy gradient: the problems are too easy or too hard for the policy, or the reward does not recognise its answers"
            )
        }
        if let share = values["completions/clipped_ratio"] {
            note(
                "completions/clipped_ratio", share >= 0.95,
                "\(Int((share * 100).rounded())) % of the completions were cut at max_completion_length: raise it, or see whether the policy knows the end of sequence"
            )
        }
        if let entropy = values["entropy"] {
            let first = firstEntropy ?? entropy
            firstEntropy = first
            note(
                "entropy", entropy < 0.01 && entropy < first / 10,
                "the entropy of the policy has collapsed, from \(first) to \(entropy) nats a token: lower the learning rate, or add a bonus (entropy_coef)"
            )
        }
        if let difference = values["sampling/sampling_logp_difference/mean"] {
            note(
                "sampling", difference > 0.1,
                "sampler and trainer disagree by \(difference) nats a token: ratios to the sampling policy mean little"
            )
        }
        return warnings
    }

    /// What there is to say of an update that has no token with a loss.
    mutating func check(_ window: [TrainingSequence]) -> String? {
        guard window.allSatisfy({ $0.countedLength == 0 }) else {
            present.remove("empty")
            return nil
        }
        guard present.insert("empty").inserted else { return nil }
        return "no token of an update has a loss: the prompts of its rows alone are longer than max_length"
    }

    /// Whether a reason that others have found is new, or nil where it is gone.
    mutating func isNew(_ name: String, _ holds: Bool) -> Bool {
        guard holds else {
            present.remove(name)
            return false
        }
        return present.insert(name).inserted
    }

    /// A new phase has an entropy of its own to begin with.
    mutating func beginPhase() {
        present = []
        firstEntropy = nil
    }
}
