/// Finds answers in a text.
struct AnswerExtractor {
    let mode: AnswerMode

    /// Calls with the candidates of a text, the most likely first, until the body returns true.
    func candidates(
        in text: String, budget: inout StepBudget,
        _ body: (AnswerCandidate, inout StepBudget) throws(StepBudgetError) -> Bool
    ) throws(StepBudgetError) {}
}
