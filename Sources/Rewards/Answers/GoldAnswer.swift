/// A gold answer, read once for many responses.
public struct GoldAnswer: Sendable {
    /// The answer as it was given.
    public let text: String
    /// What it says; nil where it cannot be read.
    let expression: Expression?
    /// How responses to it are read.
    let mode: AnswerMode

    /// Reads an answer: LaTeX without its environment, or text in which an answer stands.
    public init(_ text: String, mode: AnswerMode, steps: Int = AnswerChecker.defaultSteps) {
        self.text = text
        self.mode = mode
        var budget = StepBudget(steps: steps)
        expression = try? AnswerReading(mode: mode).read("$" + text + "$", budget: &budget).expression
    }

    /// Whether it could be read. No response to one that could not has a reward.
    public var isReadable: Bool { expression != nil }
}
