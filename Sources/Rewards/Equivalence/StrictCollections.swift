extension StrictComparison {
    /// Sets, tuples, intervals and matrices.
    func areEqualCollections(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        switch (first, second) {
        case (.set(let gold, let goldBraces), .set(let answer, let answerBraces)):
            if gold.assignsSeveral != answer.assignsSeveral {
                // x = 2, y = 3 is a point, and never a set.
                let (point, list, braces) =
                    gold.assignsSeveral ? (gold, answer, answerBraces) : (answer, gold, goldBraces)
                guard !braces, !list.contains(where: \.isRelation) else { return false }
                return try areEqual(inOrder: point.assignedValues, list, &budget)
            }
            let matching = ElementMatching()
            let isMatched = try matching.areMatched(gold, answer, budget: &budget) {
                a, b, budget throws(StepBudgetError) in
                try areEqual(a, b, budget: &budget)
            }
            if isMatched { return true }
        case (
            .interval(let low, let high, let opensLow, let opensHigh), .interval(let a, let b, let opensA, let opensB)
        ):
            guard opensLow == opensA, opensHigh == opensB else { return false }
            return try areEqual(inOrder: [low, high], [a, b], &budget)
        default: break
        }
        if let gold = first.orderedMembers, let answer = second.orderedMembers {
            return try areEqual(inOrder: gold, answer, &budget)
        }
        // Several answers without braces are those of a tuple where they are in its order.
        if case .set(let gold, false) = first, gold.areValues, let answer = second.orderedMembers {
            return try areEqual(inOrder: gold.assignedValues, answer, &budget)
        }
        if let gold = first.orderedMembers, case .set(let answer, false) = second, answer.areValues {
            return try areEqual(inOrder: gold, answer.assignedValues, &budget)
        }
        if first.isMatrixLike || second.isMatrixLike { return try areEqualMatrices(first, second, &budget) }
        if let gold = try RealSet(of: first, budget: &budget), let answer = try RealSet(of: second, budget: &budget) {
            return try gold.isEqual(to: answer, budget: &budget)
        }
        if case .setOperation(let operation, let gold) = first, case .setOperation(let other, let answer) = second,
            operation == other
        {
            if operation == .difference { return try areEqual(inOrder: gold, answer, &budget) }
            return try ElementMatching().areMatched(gold, answer, budget: &budget) {
                a, b, budget throws(StepBudgetError) in
                try areEqual(a, b, budget: &budget)
            }
        }
        return false
    }

    func areEqual(
        inOrder gold: [Expression], _ answer: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard gold.count == answer.count else { return false }
        for (a, b) in zip(gold, answer) where try !areEqual(a, b, budget: &budget) { return false }
        return true
    }

    private func areEqualMatrices(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let gold = try MatrixValue(of: first, budget: &budget)
        let answer = try MatrixValue(of: second, budget: &budget)
        if let gold, let answer {
            guard gold.rows == answer.rows, gold.columns == answer.columns else { return false }
            return try areEqual(inOrder: gold.elements, answer.elements, &budget)
        }
        if let vector = gold, vector.isVector, let members = second.orderedMembers {
            return try areEqual(inOrder: vector.elements, members, &budget)
        }
        if let vector = answer, vector.isVector, let members = first.orderedMembers {
            return try areEqual(inOrder: members, vector.elements, &budget)
        }
        return false
    }
}

extension Expression {
    /// The members of a tuple, or the ends of an open interval, which may be an ordered pair.
    var orderedMembers: [Expression]? {
        switch self {
        case .tuple(let members): members
        case .interval(let lower, let upper, true, true): [lower, upper]
        default: nil
        }
    }

    /// What stands to the right of a name and an equals sign, or this.
    fileprivate var assignedValue: Expression { assignedSymbol?.value ?? self }

    fileprivate var assignedSymbol: (name: String, value: Expression)? {
        guard case .relation(let sides, [.equal]) = self, sides.count == 2, case .symbol(let name) = sides[0] else {
            return nil
        }
        return (name, sides[1])
    }

    fileprivate var isMatrixLike: Bool {
        switch self {
        case .matrix, .function(.transpose, _): true
        case .sum(let parts), .product(let parts): parts.contains { $0.isMatrixLike }
        case .power(let base, _): base.isMatrixLike
        default: false
        }
    }
}

extension [Expression] {
    /// Whether values are given to several symbols; x_1 and x_2 are roots of one.
    fileprivate var assignsSeveral: Bool {
        Set(compactMap { $0.assignedSymbol?.name.prefix { $0 != "_" } }).count > 1
    }

    /// Whether each is a value, also one that is given a name, and none an inequality.
    fileprivate var areValues: Bool { allSatisfy { !$0.isRelation || $0.assignedSymbol != nil } }

    /// The values of assignments: in the order of the names where those are different letters, y = 2, x = 1 being (1, 2).
    fileprivate var assignedValues: [Expression] {
        let assignments = compactMap(\.assignedSymbol)
        guard assignments.count == count, Set(assignments.map(\.name)).count == count else {
            return map(\.assignedValue)
        }
        return assignments.sorted { $0.name < $1.name }.map(\.value)
    }
}

/// Pairs the elements of two collections whose order does not count.
struct ElementMatching {
    /// Whether there is a pairing of all elements of one with all of the other in which the elements of each pair are equal
    /// (Kuhn's algorithm, since being equal up to rounding is not transitive).
    ///
    /// - Throws: where the budget ends.
    func areMatched(
        _ first: [Expression], _ second: [Expression], budget: inout StepBudget,
        _ areEqual: (Expression, Expression, inout StepBudget) throws(StepBudgetError) -> Bool
    ) throws(StepBudgetError) -> Bool {
        guard first.count == second.count else { return false }
        let count = first.count
        var known: [Int: Bool] = [:]
        var partners = [Int?](repeating: nil, count: count)
        for start in 0..<count {
            // Breadth first: for each right element that was reached, the left one that it was reached from.
            var reached = [Int?](repeating: nil, count: count)
            var (queue, end): ([Int], Int?) = ([start], nil)
            var next = 0
            search: while next < queue.count {
                let left = queue[next]
                next += 1
                for offset in 0..<count {
                    // The same position is tried first, since answers are mostly in the same order.
                    let right = (left + offset) % count
                    try budget.spend()
                    if reached[right] != nil { continue }
                    let key = left * count + right
                    let isEqual: Bool
                    if let value = known[key] {
                        isEqual = value
                    } else {
                        isEqual = try areEqual(first[left], second[right], &budget)
                        known[key] = isEqual
                    }
                    guard isEqual else { continue }
                    reached[right] = left
                    guard let partner = partners[right] else {
                        end = right
                        break search
                    }
                    queue.append(partner)
                }
            }
            guard var right = end else { return false }
            // Along the path, each left element takes the right one that reached it.
            while let left = reached[right] {
                let previous = partners.firstIndex(of: left)
                partners[right] = left
                guard left != start, let previous else { break }
                right = previous
            }
        }
        return true
    }
}
