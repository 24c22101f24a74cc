/// The rewards that a response can have.
public enum RewardName: String, Sendable, CaseIterable {
    /// Whether the answer is the gold answer: ``AnswerChecker``.
    case answer
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
    case repetition
    /// ``SoftOverlongReward``
    case softOverlong = "soft_overlong"
    /// What a ``RewardProcess`` says
    case process

    /// Whether it depends on the answer being right.
    var needsAnswer: Bool { self == .answer || self == .length || self == .cosine }

    /// Whether it depends on the length of the response.
    public var needsLength: Bool { self == .length || self == .cosine || self == .softOverlong }
}
