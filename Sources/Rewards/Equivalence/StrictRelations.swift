extension StrictComparison {
    /// Where one is a relation, or both are.
    func areEqualRelations(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard case .relation(let gold, let goldOperators) = first else {
            return try isValue(first, of: second, &budget)
        }
        guard case .relation(let answer, let answerOperators) = second else {
            return try isValue(second, of: first, &budget)
        }
        guard gold.count == goldOperators.count + 1, answer.count == answerOperators.count + 1 else { return false }
        if gold.count == answer.count, goldOperators == answerOperators, try areEqual(inOrder: gold, answer, &budget) {
            return true
        }
        if let (name, value) = first.assignment, let (other, otherValue) = second.assignment,
            try areEqual(name, other, budget: &budget), try areEqual(value, otherValue, budget: &budget)
        {
            return true
        }
        if let members = first.membership { return try areSameSolutions(members, second, &budget) }
        if let members = second.membership { return try areSameSolutions(members, first, &budget) }
        guard let links = RelationLink.links(gold, goldOperators),
            let others = RelationLink.links(answer, answerOperators)
        else { return false }
        if links.count == others.count, try areMatched(links, others, &budget) { return true }
        guard links.allSatisfy(\.isInequality), others.allSatisfy(\.isInequality),
            let solutions = try RealSet(of: first, budget: &budget),
            let others = try RealSet(of: second, budget: &budget)
        else { return false }
        return try solutions.isEqual(to: others, budget: &budget)
    }

    /// x ∈ [1, 2] and 1 ≤ x ≤ 2, of the same x.
    private func areSameSolutions(
        _ members: (name: Expression, set: Expression), _ relation: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        if let others = relation.membership {
            guard members.name == others.name else { return false }
            return try areEqual(members.set, others.set, budget: &budget)
        }
        guard case .symbol(let name) = members.name,
            let set = try RealSet(of: members.set, budget: &budget), set.variable == nil,
            let solutions = try RealSet(of: relation, budget: &budget), solutions.variable == name
        else { return false }
        return try set.isEqual(to: solutions, budget: &budget)
    }

    /// Whether an expression is what a relation says of a name: `x = 5` and 5, `x > 5` and (5, ∞).
    private func isValue(
        _ expression: Expression, of relation: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard case .relation(let sides, let operators) = relation, sides.count >= 2 else { return false }
        if let (_, value) = relation.assignment { return try areEqual(value, expression, budget: &budget) }
        if operators == [.memberOf], sides[0].isName {
            if let name = try RealSet(of: expression, budget: &budget)?.variable, sides[0] != .symbol(name) {
                return false
            }
            return try areEqual(sides[1], expression, budget: &budget)
        }
        if operators.allSatisfy({ $0 == .equal }) {
            // 2 + 3 = 5 is 5.
            let contents = try ExpressionContents(of: .tuple(sides), budget: &budget)
            guard contents.symbols.isEmpty, let last = sides.last else { return false }
            for side in sides.dropLast() where try !areEqual(side, last, budget: &budget) { return false }
            return try areEqual(last, expression, budget: &budget)
        }
        guard expression.isCollection, let solutions = try RealSet(of: relation, budget: &budget),
            let set = try RealSet(of: expression, budget: &budget)
        else { return false }
        return try solutions.isEqual(to: set, budget: &budget)
    }

    /// Pairs links, each with another that is the same up to a factor.
    private func areMatched(
        _ first: [RelationLink], _ second: [RelationLink], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        var rest = second
        for link in first {
            var found: Int?
            for (index, other) in rest.enumerated() where other.kind == link.kind {
                let proportion = Proportion(mustBePositive: link.isInequality)
                if try proportion.holds(link.difference, other.difference, budget: &budget) {
                    found = index
                    break
                }
            }
            guard let found else { return false }
            rest.remove(at: found)
        }
        return true
    }
}

extension Expression {
    /// A name and its value, of a relation whose left side is made of names: `x = 2 = 4/2`, `f(x) = x^2`, `x ≈ 2`. The value
    /// is the last one that is not said to be approximate.
    var assignment: (name: Expression, value: Expression)? {
        // 5 = x.
        if case .relation(let sides, [.equal]) = self, sides.count == 2, case .symbol = sides[1], !sides[0].isName {
            return (sides[1], sides[0])
        }
        guard case .relation(let sides, let operators) = self, sides.count == operators.count + 1, sides.count >= 2,
            operators.allSatisfy({ $0 == .equal || $0 == .approximately }), sides[0].isName
        else { return nil }
        let exact = operators.firstIndex(of: .approximately) ?? operators.count
        return (sides[0], sides[max(1, exact)])
    }

    /// A name and the set of which it is said to be a member.
    fileprivate var membership: (name: Expression, set: Expression)? {
        guard case .relation(let sides, let operators) = self, sides.count == 2, sides[0].isName, sides[1].isCollection,
            operators == [.memberOf] || operators == [.equal]
        else { return nil }
        return (sides[0], sides[1])
    }

    /// Made of symbols alone.
    var isName: Bool {
        switch self {
        case .symbol, .text, .application: true
        case .product(let parts), .sum(let parts), .tuple(let parts): parts.allSatisfy { $0.isName }
        case .power(let base, .number(let exponent)): exponent == Rational(-1) && base.isName
        default: false
        }
    }
}

/// Two neighbours in a chain of relations.
struct RelationLink {
    enum Kind { case equal, unequal, positive, notNegative }

    let kind: Kind
    /// Left minus right, or right minus left where left is the less: it is compared with 0.
    let difference: Expression
    let left: Expression
    let right: Expression

    var isInequality: Bool { kind == .positive || kind == .notNegative }

    /// The links of a chain; nil where one is not a comparison of numbers.
    static func links(_ sides: [Expression], _ operators: [Expression.Comparison]) -> [RelationLink]? {
        var links: [RelationLink] = []
        for (index, comparison) in operators.enumerated() {
            let (left, right) = (sides[index], sides[index + 1])
            guard !left.isCollection, !right.isCollection else { return nil }
            switch comparison {
            case .equal: links.append(RelationLink(.equal, left, right))
            case .unequal: links.append(RelationLink(.unequal, left, right))
            case .greater: links.append(RelationLink(.positive, left, right))
            case .greaterOrEqual: links.append(RelationLink(.notNegative, left, right))
            case .less: links.append(RelationLink(.positive, right, left))
            case .lessOrEqual: links.append(RelationLink(.notNegative, right, left))
            case .approximately, .memberOf, .notMemberOf, .subset: return nil
            }
        }
        return links
    }

    private init(_ kind: Kind, _ left: Expression, _ right: Expression) {
        (self.kind, self.left, self.right) = (kind, left, right)
        difference = .sum([left, .product([.number(Rational(-1)), right])])
    }
}

/// Whether one expression is the other times a number that is not 0.
struct Proportion {
    let mustBePositive: Bool

    /// Compares quotients at several points, to many digits.
    ///
    /// - Throws: where the budget ends.
    func holds(
        _ first: Expression, _ second: Expression, budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let contents = try ExpressionContents(of: .tuple([first, second]), budget: &budget)
        guard !contents.hasInfinity else { return false }
        let folding = ExpressionFolding(hasRealRoots: !contents.hasImaginaryUnit)
        let a = try folding.fold(first, budget: &budget)
        let b = try folding.fold(second, budget: &budget)
        let precision = 256 + 2 * min(contents.bits, 1 << 14)
        var reference: (ComplexBall, ComplexBall)?
        var agreed = 0
        for point in 0..<SymbolValues.count {
            var evaluation = NumericEvaluation(
                precision: precision, symbols: SymbolValues(point: point), hasRealRoots: folding.hasRealRoots)
            guard let left = try evaluation.value(of: a, budget: &budget),
                let right = try evaluation.value(of: b, budget: &budget), !evaluation.leftReals
            else { continue }
            guard !left.containsZero, !right.containsZero else {
                if left.containsZero != right.containsZero { return false }
                continue
            }
            guard let (top, bottom) = reference else {
                guard let quotient = left.dividing(right),
                    !mustBePositive || (quotient.isReal && quotient.value.sign > 0)
                else { return false }
                reference = (left, right)
                continue
            }
            guard let one = left.multiplying(bottom), let other = right.multiplying(top),
                ScalarEquality.compare(one, other, agreeing: 96) == .equal
            else { return false }
            agreed += 1
            if agreed >= 6 { return true }
        }
        return agreed >= 3
    }
}
