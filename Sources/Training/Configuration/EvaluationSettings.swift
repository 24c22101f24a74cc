/// How the policy is tested while it is trained. Keys in brackets.
///
/// Each prompt of a dataset that is held out is answered some times, with random numbers of its own, which are the same each
/// time: evaluating changes nothing about training, and two evaluations differ by the policy alone. The rewards are the phase's.
public struct EvaluationSettings: Sendable, Equatable {
    /// A prefix dataset, whose prompts are answered; nil for no evaluation [`eval_dataset_name`].
    public var path: String?
    /// When the policy is tested [`eval_strategy`].
    public var strategy = Strategy.steps
    /// After how many updates, at least 1; nil for the last of a phase only [`eval_steps`].
    public var steps: Int?
    /// Whether the policy is tested before the first update of the run too [`eval_on_start`].
    public var isAtStart = true
    /// Completions of each prompt, at least 1; nil for `num_generations` [`num_generations_eval`].
    public var generations: Int?
    /// What logits are divided by, above 0; nil for `temperature` [`eval_temperature`].
    public var temperature: Double?

    /// When a policy is tested.
    public enum Strategy: String, Sendable, CaseIterable {
        /// Never.
        case no
        /// At the start, after each ``EvaluationSettings/steps`` updates, and after the last update of a phase.
        case steps
    }

    /// The defaults.
    public init() {}

    /// Whether the policy is tested at all.
    public var isWanted: Bool { path != nil && strategy == .steps }

    static var settings: [Setting<Self>] {
        [
            .optionalString("eval_dataset_name", \.path), .choice("eval_strategy", \.strategy),
            .optionalInteger("eval_steps", \.steps), .flag("eval_on_start", \.isAtStart),
            .optionalInteger("num_generations_eval", \.generations),
            .optionalNumber("eval_temperature", \.temperature),
        ]
    }

    /// What a supervised phase says of completions and rewards only where it is evaluated.
    static let shared: Set<String> = [
        "num_generations", "max_prompt_length", "max_completion_length", "temperature", "top_p", "top_k", "min_p",
    ]
}
