/// What a phase samples. Keys in brackets.
///
/// As in TRL, ``OptimizationSettings/batchSize`` counts rollouts, not prompts: a batch of rollouts is `batchSize` times
/// ``stepsPerGeneration`` (nil: the accumulation steps) of them, ``groupSize`` for each prompt.
public struct RolloutSettings: Sendable, Equatable {
    /// Rollouts of a prompt, at least 2; for TRAPO as many as the schedule has [`num_generations`].
    public var groupSize = 8
    /// The longest prompt in tokens; rows with longer ones are left out; nil for no limit [`max_prompt_length`].
    public var maxPromptLength: Int? = 1024
    /// The most tokens of a completion, an expert's prefix included, at least 1: L of the normaliser [`max_completion_length`].
    public var maxCompletionLength = 256
    /// What logits are divided by, above 0 [`temperature`].
    public var temperature = 1.0
    /// The share of the probability that is sampled from, in 0...1 without 0 [`top_p`].
    public var topP = 1.0
    /// How many of the most probable tokens are sampled from; 0 for all [`top_k`].
    public var topK = 0
    /// The least probability relative to the largest, in 0...1; nil for none [`min_p`].
    public var minP: Double?
    /// How often a batch of rollouts is gone through, at least 1 [`num_iterations`].
    public var iterations = 1
    /// Passes that a batch of rollouts feeds in each iteration, a multiple of the accumulation steps; nil for one update
    /// [`steps_per_generation`].
    public var stepsPerGeneration: Int?
    /// Whether rollouts that reached the limit without an end have no loss [`mask_truncated_completions`].
    public var masksTruncated = false
    /// Whether prompts whose rewards are all equal are replaced by others [`dynamic_sampling`].
    public var isSamplingDynamic = false
    /// How many batches of prompts dynamic sampling may take for one, at least 1, before the run fails
    /// [`max_num_gen_batches`].
    public var maxGenerationBatches = 10
    /// Whether the exact divergence of the policy from the one that sampled is measured after the last update of each batch:
    /// two forward passes more, and a copy of what is trained; nil: where a batch is gone through so often that this is little
    /// beside it, ``fewestIterations`` times or more [`log_kl_old`].
    public var logsOldDivergence: Bool?
    /// TRAPO's micro-groups [`micro_group_sizes`, `micro_group_ratios`, `micro_group_thresholds`]; those of the paper or, for
    /// `trapo-code`, of the public code.
    public var schedule = MicroGroups.paper

    /// The iterations from which on the divergence from the sampling policy is measured unless told otherwise.
    public static let fewestIterations = 4

    /// The defaults.
    public init() {}

    /// Whether the exact divergence from the sampling policy is measured.
    public var measuresOldDivergence: Bool { logsOldDivergence ?? (iterations >= Self.fewestIterations) }

    static var settings: [Setting<Self>] {
        [
            .integer("num_generations", \.groupSize), .optionalInteger("max_prompt_length", \.maxPromptLength),
            .integer("max_completion_length", \.maxCompletionLength), .number("temperature", \.temperature),
            .number("top_p", \.topP), .integer("top_k", \.topK), .optionalNumber("min_p", \.minP),
            .integer("num_iterations", \.iterations), .optionalInteger("steps_per_generation", \.stepsPerGeneration),
            .flag("mask_truncated_completions", \.masksTruncated), .flag("dynamic_sampling", \.isSamplingDynamic),
            .integer("max_num_gen_batches", \.maxGenerationBatches), .optionalFlag("log_kl_old", \.logsOldDivergence),
            .optionalIntegers("micro_group_sizes", \.schedule.sizes),
            .optionalNumbers("micro_group_ratios", \.schedule.ratios),
            .optionalNumbers("micro_group_thresholds", \.schedule.thresholds),
        ]
    }
}
