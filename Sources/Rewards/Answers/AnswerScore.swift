/// How answers are extracted and compared.
public enum AnswerMode: String, Sendable, CaseIterable {
    /// What is equal in mathematics: exact numbers stay exact.
    case strict
    /// What Math-Verify says, with its roundings.
    case compat
}

/// What became of one response.
public struct AnswerScore: Sendable, Equatable {
    /// 1 where the answer is the gold answer, 0 where it is not, nil where the gold answer cannot be read.
    public let reward: Double?
    /// The answer as it stands in the response; nil where none was found.
    public let extracted: String?
    /// Why.
    public let reason: AnswerReason
}

/// Why a response has its reward.
public enum AnswerReason: String, Sendable, CaseIterable {
    /// The answers are equal.
    case equal
    /// The answers were read and are different.
    case different
    /// The response has no answer.
    case noAnswer = "no_answer"
    /// The response has an answer that cannot be read.
    case unreadableAnswer = "unreadable_answer"
    /// The gold answer cannot be read; there is no reward.
    case unreadableGold = "unreadable_gold"
    /// Reading or comparing would have taken more steps than the budget.
    case stepBudget = "step_budget"
}
