/// What is rewarded. Keys in brackets.
public struct RewardSettings: Sendable, Equatable {
    /// The rewards by name, which are summed with ``weights`` [`reward_funcs`].
    public var names = ["accuracy"]
    /// The weight of each reward; nil for 1 each [`reward_weights`].
    public var weights: [Double]?
    /// The words of a command that computes the reward `process`: lines of JSON in, lines of JSON out; none where there is no
    /// such reward [`reward_command`].
    public var command: [String] = []
    /// Seconds that the command has for each response, above 0 [`reward_timeout`].
    public var timeout = 60.0
    /// Tokens before `max_completion_length` from which on the reward `soft_overlong_punishment` falls, at least 1
    /// [`soft_punish_cache`].
    public var overlongBuffer = 4096

    /// The rewards that there are: answer checking, open-r1's, DAPO's punishment of overlong responses, and the command's.
    public static let known = [
        "accuracy", "format", "tag_count", "reasoning_steps", "length", "cosine", "repetition_penalty",
        "soft_overlong_punishment", "process",
    ]

    /// The defaults.
    public init() {}

    static var settings: [Setting<Self>] {
        [
            .strings("reward_funcs", \.names), .optionalNumbers("reward_weights", \.weights),
            .strings("reward_command", \.command), .number("reward_timeout", \.timeout),
            .integer("soft_punish_cache", \.overlongBuffer),
        ]
    }
}
