/// From a text to what its answer says.
struct AnswerReading {
    /// What was found in a text.
    struct Found {
        /// What the answer says; nil where none of the candidates could be read.
        var expression: Expression?
        /// The answer as it stands in the text: of the candidate that was read, or else the first; nil where there is none.
        var source: String?
    }

    let mode: AnswerMode

    /// The first candidate that can be read.
    ///
    /// - Throws: where the budget ends.
    func read(_ text: String, budget: inout StepBudget) throws(StepBudgetError) -> Found {
        let parser = ExpressionParser(mode: mode)
        var found = Found()
        try AnswerExtractor(mode: mode).candidates(in: text, budget: &budget) {
            candidate, budget throws(StepBudgetError) in
            if found.source == nil { found.source = candidate.source }
            guard let expression = try expression(of: candidate, parser, &budget) else { return false }
            found = Found(expression: expression, source: candidate.source)
            return true
        }
        return found
    }

    /// Several parts are a set where all can be read, and the first alone where not.
    private func expression(
        of candidate: AnswerCandidate, _ parser: ExpressionParser, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression? {
        var read: [Expression?] = []
        for part in candidate.parts {
            let expression = try parser.parse(part.text, form: candidate.form, budget: &budget)
            read.append(part.isPercentage ? expression.map { .percentage($0) } : expression)
        }
        let whole = read.compactMap { $0 }
        guard whole.count == read.count, whole.count > 1 else { return read.first ?? nil }
        var elements: [Expression] = []
        for expression in whole {
            if case .set(let members, _) = expression { elements += members } else { elements.append(expression) }
        }
        return .set(elements, braces: false)
    }
}
