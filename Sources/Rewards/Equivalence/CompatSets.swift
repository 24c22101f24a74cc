extension CompatComparison {
    /// Where one is a set or a tuple.
    func areEqualSets(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        if first.isWrittenAsMatrix || second.isWrittenAsMatrix { return false }
        let gold = first.isSetOrTuple ? first : .set([first], braces: true)
        let answer = second.isSetOrTuple ? second : .set([second], braces: true)
        if case .interval(let low, let high, let opensLow, let opensHigh) = gold,
            case .interval(let a, let b, let opensA, let opensB) = answer
        {
            guard opensLow == opensA, opensHigh == opensB else { return false }
            return try areEqual(inOrder: [low, high], [a, b], &budget)
        }
        if gold == answer { return true }
        if gold.isSet, answer.isSet, !gold.listsRelations, !answer.listsRelations,
            let left = try RealSet(of: gold, budget: &budget),
            let right = try RealSet(of: answer, budget: &budget), try left.isEqual(to: right, budget: &budget)
        {
            return true
        }
        if gold.isFinite, answer.isFinite { return try areEqualFinite(gold, answer, &budget) }
        if case .interval(let low, let high, true, true) = gold, answer.isFinite {
            return try areEqualFinite(.tuple([low, high]), answer, &budget)
        }
        if case .interval(let low, let high, true, true) = answer, gold.isFinite {
            return try areEqualFinite(gold, .tuple([low, high]), &budget)
        }
        guard case .setOperation(let operation, let parts) = gold, case .setOperation(operation, let others) = answer
        else {
            return false
        }
        return parts == others
    }

    /// The elements of a gold set are paired with any of the answer's; those of a gold tuple stand in the answer's order, also
    /// where that is a set.
    private func areEqualFinite(
        _ gold: Expression, _ answer: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let (first, second) = (try gold.distinctMembers(&budget), try answer.distinctMembers(&budget))
        guard first.count == second.count else { return false }
        if case .set = gold {
            return try ElementMatching().areMatched(first, second, budget: &budget) {
                a, b, budget throws(StepBudgetError) in
                try areEqual(a, b, budget: &budget)
            }
        }
        if case .set(let written, _) = answer, written.count != second.count { return false }
        return try areEqual(inOrder: first, second, &budget)
    }

    private func areEqual(
        inOrder gold: [Expression], _ answer: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard gold.count == answer.count else { return false }
        for (a, b) in zip(gold, answer) where try !areEqual(a, b, budget: &budget) { return false }
        return true
    }
}

extension Expression {
    fileprivate var isWrittenAsMatrix: Bool {
        if case .matrix = self { return true }
        return false
    }

    fileprivate var isFinite: Bool {
        switch self {
        case .set, .tuple: true
        default: false
        }
    }

    /// The members of a tuple, and those of a set, each once as it is written.
    fileprivate func distinctMembers(_ budget: inout StepBudget) throws(StepBudgetError) -> [Expression] {
        switch self {
        case .tuple(let members): return members
        case .set(let members, _):
            try budget.spend(members.count * 4)
            var seen: Set<Expression> = []
            return members.filter { seen.insert($0).inserted }
        default: return []
        }
    }
}
