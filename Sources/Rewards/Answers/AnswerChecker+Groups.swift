extension AnswerChecker {
    /// The rewards of several responses to one prompt, and which of them have the same answer.
    ///
    /// Answers that can be read are the same where they are equal in ``mode``, judged against the first of each kind; others
    /// where their texts are equal but for white space. Each comparison has a budget of its own; one that runs out tells
    /// answers apart. Quadratic in the number of different answers.
    ///
    /// - Parameter gold: read in the mode of this checker.
    /// - Returns: a score for each response, and for each the place of the first response with its answer; nil where it has
    ///   none.
    public func scores(_ responses: [String], gold: GoldAnswer) -> (scores: [AnswerScore], firstAlike: [Int?]) {
        var scores: [AnswerScore] = []
        var firsts: [(place: Int, answer: AnswerReading.Found)] = []
        var firstAlike: [Int?] = []
        for (place, response) in responses.enumerated() {
            var budget = StepBudget(steps: steps)
            let found = read(response, budget: &budget)
            scores.append(judge(found, gold: gold, budget: &budget))
            guard let found, found.source != nil else {
                firstAlike.append(nil)
                continue
            }
            if let known = firsts.first(where: { areAlike($0.answer, found) }) {
                firstAlike.append(known.place)
            } else {
                firsts.append((place, found))
                firstAlike.append(place)
            }
        }
        return (scores, firstAlike)
    }

    private func areAlike(_ first: AnswerReading.Found, _ second: AnswerReading.Found) -> Bool {
        guard let left = first.expression, let right = second.expression else {
            guard first.expression == nil, second.expression == nil else { return false }
            return words(first.source) == words(second.source)
        }
        var budget = StepBudget(steps: steps)
        let comparison = ExpressionComparison(mode: mode, significantDigits: significantDigits)
        return (try? comparison.areEqual(gold: left, answer: right, budget: &budget)) ?? false
    }

    private func words(_ text: String?) -> [[UInt8]] {
        (text ?? "").unicodeScalars.split { $0.properties.isWhitespace }.map { Array(String($0).utf8) }
    }
}
