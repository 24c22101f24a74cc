/// The rewards that a response can have, under the names that open-r1 has for them.
public enum RewardName: String, Sendable, CaseIterable {
    /// Whether the answer is the gold answer: ``AnswerChecker``.
    case accuracy
    /// ``FormatReward``
    case format
    /// ``TagCountReward``
    case tagCount = "tag_count"
    /// ``ReasoningStepsReward``
    case reasoningSteps = "reasoning_steps"
    /// ``LengthReward``, of the rows of a group
    case length
    /// ``CosineReward``
    case cosine
    /// ``RepetitionReward``
    case repetition = "repetition_penalty"
    /// ``SoftOverlongReward``
    case softOverlong = "soft_overlong_punishment"
    /// What a ``RewardProcess`` says
    case process

    /// Whether it depends on the answer being right.
    var needsAnswer: Bool { self == .accuracy || self == .length || self == .cosine }

    /// Whether it depends on the length of the response.
    public var needsLength: Bool { self == .length || self == .cosine || self == .softOverlong }
}
