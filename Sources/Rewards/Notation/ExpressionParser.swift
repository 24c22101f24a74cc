/// Reads answers.
struct ExpressionParser {
    let mode: AnswerMode

    /// What a part of a candidate says; nil where it cannot be read.
    ///
    /// - Throws: where the budget ends.
    func parse(_ text: String, form: AnswerCandidate.Form, budget: inout StepBudget) throws(StepBudgetError)
        -> Expression?
    {
        nil
    }
}
