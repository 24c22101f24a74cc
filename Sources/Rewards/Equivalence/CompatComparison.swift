/// Whether Math-Verify 0.9.0 says that an answer is the gold answer.
///
/// The steps are those of its grader: assignments are unwrapped, then relations, sets, symbols and numbers are compared, each in
/// its own way. It is not symmetric. Where it simplifies a difference with SymPy, differences are tested for being 0 here.
struct CompatComparison {
    /// - Throws: where the budget ends.
    func areEqual(
        _ gold: Expression, _ answer: Expression, budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        try budget.spend(2)
        var (first, second) = (gold.withoutMiddle, answer.withoutMiddle)
        if second.isEquation, !first.isEquation {
            second = second.lastSide
        } else if first.isAssignment, !second.isEquation {
            first = first.lastSide
        }
        first = try normalised(first, &budget)
        second = try normalised(second, &budget)
        if first == second { return true }
        if first.isRelation, second.isSet {
            guard !second.listsRelations else { return false }
            guard let solutions = try RealSet(of: first, budget: &budget),
                let set = try RealSet(of: second, budget: &budget)
            else { return false }
            return try solutions.isEqual(to: set, budget: &budget)
        }
        if case .relation(let gold, let operators) = first, case .relation(let answer, let others) = second {
            return try areEqualChains((gold, operators), (answer, others), &budget)
        }
        if first.isSetOrTuple || second.isSetOrTuple { return try areEqualSets(first, second, &budget) }
        if first.isRelation || second.isRelation { return false }
        if first.symbolName != nil || second.symbolName != nil { return isSameSymbol(first, second) }
        return try CompatNumbers().areEqual(first, second, budget: &budget)
    }

    /// Intervals that hold nothing are tuples, and closed ones of one point are that point.
    private func normalised(
        _ expression: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression {
        switch expression {
        case .interval(let lower, let upper, let opensBelow, let opensAbove):
            guard let low = try RealSet.Bound(lower, &budget), let high = try RealSet.Bound(upper, &budget),
                let order = try RealSet.compare(low, high, &budget)
            else { return expression }
            if opensBelow == opensAbove, order > 0 || (opensBelow && order == 0) { return .tuple([lower, upper]) }
            if order > 0 || (order == 0 && opensBelow != opensAbove) { return .namedSet(.empty) }
            return order == 0 ? .set([lower], braces: true) : expression
        case .set(let members, _): return members.isEmpty ? .namedSet(.empty) : expression
        default: return expression
        }
    }

    /// Relations, and chains of them link by link.
    private func areEqualChains(
        _ first: ([Expression], [Expression.Comparison]), _ second: ([Expression], [Expression.Comparison]),
        _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let (gold, operators) = first
        let (answer, others) = second
        guard gold.count == operators.count + 1, answer.count == others.count + 1, operators.count == others.count
        else {
            return false
        }
        for index in operators.indices {
            let isEqual = try areEqualLinks(
                (gold[index], operators[index], gold[index + 1]), (answer[index], others[index], answer[index + 1]),
                &budget)
            guard isEqual else { return false }
        }
        return true
    }

    private func areEqualLinks(
        _ first: (left: Expression, comparison: Expression.Comparison, right: Expression),
        _ second: (left: Expression, comparison: Expression.Comparison, right: Expression), _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let sides = [first.left, first.right, second.left, second.right]
        if first.left == second.left, first.right == second.right, first.comparison == second.comparison { return true }
        guard !sides.contains(where: { $0.isCollection || $0.isRelation }) else { return false }
        func difference(_ a: Expression, _ b: Expression) -> Expression {
            .sum([a, .product([.number(Rational(-1)), b])])
        }
        let numbers = CompatNumbers()
        let gold = difference(first.left, first.right)
        if first.comparison.asEquation == second.comparison.asEquation,
            try numbers.areEqual(gold, difference(second.left, second.right), budget: &budget)
        {
            return true
        }
        guard let inverse = first.comparison.asEquation.inverse else { return false }
        if inverse == second.comparison.asEquation,
            try numbers.areEqual(gold, difference(second.right, second.left), budget: &budget)
        {
            return true
        }
        guard inverse == .equal, second.comparison.asEquation == .equal else { return false }
        return try EquationSolution().areSame(gold, difference(second.left, second.right), budget: &budget)
    }

    /// Symbols by their names, of which those with several letters are compared without regard to case; a product of symbols is
    /// one with their names in a row.
    private func isSameSymbol(_ first: Expression, _ second: Expression) -> Bool {
        if let gold = first.symbolName, let answer = second.symbolName {
            let names = [gold, answer].map { $0.count > 1 ? $0.lowercased() : $0 }
            return names[0] == names[1]
        }
        guard let name = first.symbolName ?? second.symbolName else { return false }
        let other = first.symbolName == nil ? first : second
        if other == .constant(.e) || other == .power(base: .constant(.e), exponent: .number(.one)) {
            return name.lowercased() == "e"
        }
        if case .number(let value) = other, let integer = value.integer { return name == String(integer) }
        guard case .product(let parts) = other else { return false }
        var joined = ""
        for part in parts {
            if case .constant(.e) = part {
                joined += "e"
            } else if let letters = part.symbolName {
                joined += letters
            } else {
                return false
            }
        }
        return joined.lowercased() == name.lowercased()
    }
}

extension Expression {
    /// Equations and chains of them, of which a membership is one.
    var isEquation: Bool {
        guard case .relation(let sides, let operators) = self else { return false }
        return sides.count == operators.count + 1 && operators.allSatisfy { $0.asEquation == .equal }
    }

    /// An equation whose first side is made of symbols.
    var isAssignment: Bool {
        guard isEquation, case .relation(let sides, _) = self else { return false }
        return sides[0].isMadeOfSymbols
    }

    /// An assignment without what stands between its first and last sides.
    var withoutMiddle: Expression {
        guard isAssignment, case .relation(let sides, _) = self, sides.count > 2 else { return self }
        return .relation(sides: [sides[0], sides[sides.count - 1]], operators: [.equal])
    }

    var lastSide: Expression {
        guard case .relation(let sides, _) = self, let last = sides.last else { return self }
        return last
    }

    private var isMadeOfSymbols: Bool {
        switch self {
        case .symbol, .text: true
        case .power(let base, .number(let exponent)): exponent == Rational(-1) && base.isMadeOfSymbols
        case .power(let base, let exponent): base.isMadeOfSymbols && exponent.isMadeOfSymbols
        case .sum(let parts), .product(let parts), .tuple(let parts), .set(let parts, _), .function(_, let parts),
            .application(_, let parts):
            !parts.isEmpty && parts.allSatisfy { $0.isMadeOfSymbols }
        default: false
        }
    }

    /// A set of SymPy's.
    var isSet: Bool {
        switch self {
        case .set, .interval, .setOperation, .namedSet: true
        default: false
        }
    }

    /// Several relations, which Math-Verify does not solve.
    var listsRelations: Bool {
        guard case .set(let members, _) = self else { return false }
        return members.contains { $0.isRelation }
    }

    var isSetOrTuple: Bool {
        if case .tuple = self { return true }
        return isSet
    }

    /// The name of a symbol or a word.
    var symbolName: String? {
        switch self {
        case .symbol(let name): ComplexText.unmarked(name)
        case .text(let words): words.filter { !$0.isWhitespace }
        default: nil
        }
    }
}

extension Expression.Comparison {
    /// Membership is read as equality.
    var asEquation: Expression.Comparison { self == .memberOf ? .equal : self }

    /// With the sides exchanged; nil of those that Math-Verify does not exchange.
    var inverse: Expression.Comparison? {
        switch self {
        case .equal: .equal
        case .less: .greater
        case .greater: .less
        case .lessOrEqual: .greaterOrEqual
        case .greaterOrEqual: .lessOrEqual
        default: nil
        }
    }
}
