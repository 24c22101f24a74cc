/// All that the demonstration does: problems, model and runs.
public struct DemonstrationPlan: Sendable {
    /// What everything drawn follows from.
    public let seed: UInt64
    /// Whether it only shows that everything works, in seconds: too little to learn anything.
    public let isQuick: Bool

    /// - Parameters:
    ///   - seed: of problems, weights, orders and samples.
    ///   - isQuick: whether a few updates are enough.
    public init(seed: UInt64 = 0, isQuick: Bool = false) {
        self.seed = seed
        self.isQuick = isQuick
    }

    // MARK: Problems

    /// Operations of the problems that models are tested on.
    public static let operations = 6
    /// The share of leaps in the expert's traces.
    public static let heterogeneity = 0.1
    /// Samples of each held-out problem.
    public static let samples = 8
    /// The most tokens of a response.
    public static let mostTokens = 48

    /// Problems that models are tested on.
    public var heldOutCount: Int { isQuick ? 16 : 400 }

    /// The names of the datasets, and which problems each has.
    public var datasets: [(name: String, count: Int, settings: ProblemSettings)] {
        func settings(_ number: UInt64, _ split: ProblemSettings.Split = .training) -> ProblemSettings {
            var settings = ProblemSettings()
            (settings.seed, settings.split) = (seed &+ number, split)
            (settings.operations, settings.heterogeneity) = (Self.operations, Self.heterogeneity)
            return settings
        }
        var warmUp = settings(0)
        warmUp.shortShare = 0.9
        return [
            ("warm-up", isQuick ? 1000 : 40_000, warmUp), ("train", isQuick ? 500 : 8000, settings(1)),
            ("held-out", heldOutCount, settings(2, .heldOut)),
        ]
    }

    // MARK: Runs

    /// The model that knows the steps and seldom gets through all six; the other runs begin with it.
    public var warmUp: RunPlan {
        RunPlan(
            "warm-up", "Warm-up", "imitates traces, nine in ten of 1 to 3 operations", start: nil,
            dataset: "warm-up", updates: isQuick ? 4 : 480,
            [("objective", "sft"), ("learning_rate", "1.0e-3"), ("per_device_train_batch_size", "64")])
    }

    /// The runs that learn from experts, from trying, and from both, with as many updates of as many responses.
    public var comparison: [RunPlan] {
        let updates = isQuick ? 2 : 100
        let shared = [("learning_rate", "3.0e-4"), ("per_device_train_batch_size", "128")]
        let sampling = [("num_generations", "8"), ("max_completion_length", "\(Self.mostTokens)")]
        return [
            RunPlan(
                "sft", "SFT", "imitates the expert's traces, token by token", start: "warm-up", dataset: "train",
                updates: updates, [("objective", "sft")] + shared),
            RunPlan(
                "grpo", "GRPO", "tries, and makes what was right more probable; sees no trace", start: "warm-up",
                dataset: "train", updates: updates, [("objective", "grpo")] + shared + sampling),
            RunPlan(
                "trapo", "TRAPO",
                "tries; where it fails it goes on from the beginning of an expert's trace, and learns both parts",
                start: "warm-up", dataset: "train", updates: updates,
                [("objective", "trapo"), ("alpha", "0.1")] + shared + sampling),
        ]
    }

    /// How often the runs of ``reuse`` go through a batch of rollouts, and in how many parts.
    public static let reuseIterations = 4
    /// The parts of a batch of rollouts in ``reuse``.
    public static let reuseParts = 4

    /// QUATRO's radius in ``reuse``, in nats a response.
    public static let radius = 0.4

    /// The runs that use each batch of rollouts for many updates.
    public var reuse: [RunPlan] {
        let updates = Self.reuseIterations * Self.reuseParts * (isQuick ? 1 : 6)
        let shared: [(String, String)] = [
            ("learning_rate", "1.0e-4"), ("per_device_train_batch_size", "128"), ("num_generations", "8"),
            ("max_completion_length", "\(Self.mostTokens)"), ("num_iterations", "\(Self.reuseIterations)"),
            ("steps_per_generation", "\(Self.reuseParts)"),
        ]
        return [
            RunPlan(
                "grpo-reused", "GRPO, reused", "clips each token's ratio to the policy that sampled", start: "warm-up",
                dataset: "train", updates: updates, [("objective", "grpo")] + shared),
            RunPlan(
                "quatro-reused", "QUATRO, reused",
                "holds each problem's responses within a radius of the policy that sampled", start: "warm-up",
                dataset: "train", updates: updates,
                [("objective", "quatro-practical"), ("delta", "\(Self.radius)")] + shared),
        ]
    }

    /// All runs in the order in which they can be done.
    public var runs: [RunPlan] { [warmUp] + comparison + reuse }
}
