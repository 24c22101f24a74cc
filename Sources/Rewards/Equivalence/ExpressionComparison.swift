/// Says whether an answer is the gold answer.
struct ExpressionComparison {
    let mode: AnswerMode
    /// In strict mode, a decimal may be a rounding where it is written with so many significant digits or more.
    var significantDigits = 6

    /// - Throws: where the budget ends.
    func areEqual(gold: Expression, answer: Expression, budget: inout StepBudget) throws(StepBudgetError) -> Bool {
        switch mode {
        case .strict:
            try StrictComparison(significantDigits: significantDigits).areEqual(gold, answer, budget: &budget)
        case .compat:
            try CompatComparison().areEqual(gold, answer, budget: &budget)
        }
    }
}
