/// Says whether an answer is the gold answer.
struct ExpressionComparison {
    let mode: AnswerMode

    /// - Throws: where the budget ends.
    func areEqual(gold: Expression, answer: Expression, budget: inout StepBudget) throws(StepBudgetError) -> Bool {
        gold == answer
    }
}
