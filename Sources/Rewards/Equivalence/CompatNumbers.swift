/// What Math-Verify makes of two expressions that are neither sets, relations nor symbols.
struct CompatNumbers {
    /// - Throws: where the budget ends.
    func areEqual(
        _ first: Expression, _ second: Expression, budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        if let gold = try MatrixValue(of: first, budget: &budget),
            let answer = try MatrixValue(of: second, budget: &budget)
        {
            guard gold.rows == answer.rows, gold.columns == answer.columns else { return false }
            for (a, b) in zip(gold.elements, answer.elements) where try !areEqual(a, b, budget: &budget) {
                return false
            }
            return true
        }
        if first.isCollection || second.isCollection { return false }
        if try isNumericallyEqual(first, second, &budget) { return true }
        return try ScalarEquality(isOverReals: false).areEqual(first, second, budget: &budget)
    }

    private func isNumericallyEqual(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let atoms = [first.atom, second.atom]
        guard atoms[0] != nil || atoms[1] != nil else { return try isChopped(first, second, &budget) }
        if atoms.contains(where: { $0?.isDecimal ?? false }) { return try isRoundedSame(first, second, &budget) }
        if let gold = atoms[0], let answer = atoms[1], gold.value.isInteger, answer.value.isInteger {
            return gold.value == answer.value
        }
        return false
    }

    /// Where both are rounded to six places, half to even; an integer is not a decimal.
    private func isRoundedSame(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard let gold = try rounded(first, &budget), let answer = try rounded(second, &budget) else { return false }
        return gold.value == answer.value && gold.isInteger == answer.isInteger
    }

    private func rounded(
        _ expression: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> (value: Rational, isInteger: Bool)? {
        let folded = try ExpressionFolding(hasRealRoots: false).fold(expression, budget: &budget)
        let million = Rational(1_000_000)
        if case .number(let value) = folded {
            let contents = try ExpressionContents(of: expression, budget: &budget)
            let scaled = try value.multiplying(million, budget: &budget)
            let half = try scaled.adding(Rational(1, 2) ?? .zero, budget: &budget)
            var nearest = try half.floor(budget: &budget)
            if half == nearest, let isOdd = nearest.parity?.numeratorIsOdd, isOdd {
                nearest = try nearest.subtracting(.one, budget: &budget)
            }
            return (nearest, value.isInteger && !contents.hasDecimal)
        }
        let contents = try ExpressionContents(of: folded, budget: &budget)
        guard contents.symbols.isEmpty, !contents.hasStructure, !contents.hasInfinity else { return nil }
        var evaluation = NumericEvaluation(
            precision: 256 + 2 * min(contents.bits, 1 << 14), symbols: SymbolValues(point: 0), hasRealRoots: false)
        guard let value = try evaluation.value(of: folded, budget: &budget), value.isReal,
            let scaled = value.multiplying(evaluation.ball(million)), scaled.size < 62
        else { return nil }
        return scaled.value.rounded().integer.map { (Rational($0), false) }
    }

    /// Where the difference is below 2^-54 (SymPy's `evalf(15, chop=True)`).
    private func isChopped(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let both = Expression.tuple([first, second])
        let folded = try ExpressionFolding(hasRealRoots: false).fold(both, budget: &budget)
        let contents = try ExpressionContents(of: folded, budget: &budget)
        guard contents.symbols.isEmpty, !contents.hasInfinity, case .tuple(let sides) = folded, sides.count == 2 else {
            return false
        }
        for precision in [128, 512] {
            var evaluation = NumericEvaluation(
                precision: precision + min(contents.bits, 1 << 14), symbols: SymbolValues(point: 0), hasRealRoots: false
            )
            guard let a = try evaluation.value(of: sides[0], budget: &budget),
                let b = try evaluation.value(of: sides[1], budget: &budget), let difference = a.subtracting(b)
            else { continue }
            guard difference.error < -64 else { continue }
            return (difference.value.realExponent ?? ComplexBall.none) < -53
                && (difference.value.imaginaryExponent ?? ComplexBall.none) < -53
        }
        return false
    }
}

extension Expression {
    /// A number, or a percentage of one: the number, without regard to the percent sign.
    fileprivate var atom: (value: Rational, isDecimal: Bool)? {
        switch self {
        case .number(let value): (value, false)
        case .decimal(let decimal): (decimal.value, true)
        case .percentage(.number(let value)): (value, false)
        case .percentage(.decimal(let decimal)): (decimal.value, true)
        default: nil
        }
    }
}

/// The solutions of equations in several symbols.
struct EquationSolution {
    /// Whether two expressions are 0 at the same points: they are proportional, or, in a symbol in which both are linear, have
    /// the same solution. Not of one symbol, whose solutions Math-Verify does not compare.
    ///
    /// - Throws: where the budget ends.
    func areSame(
        _ first: Expression, _ second: Expression, budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let symbols = try ExpressionContents(of: first, budget: &budget).symbols
        guard symbols.count > 1, try ExpressionContents(of: second, budget: &budget).symbols == symbols else {
            return false
        }
        if try Proportion(mustBePositive: false).holds(first, second, budget: &budget) { return true }
        for symbol in symbols.sorted() {
            guard let a = try solution(first, symbol, &budget), let b = try solution(second, symbol, &budget) else {
                continue
            }
            return try ScalarEquality(isOverReals: false).areEqual(a, b, budget: &budget)
        }
        return false
    }

    /// What a symbol is where an expression that is linear in it is 0; nil where it is not.
    private func solution(
        _ expression: Expression, _ symbol: String, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression? {
        let minus = Expression.number(Rational(-1))
        var values: [Expression] = []
        for position in [0, 1, 3] {
            values.append(
                try SymbolReplacement(symbol: symbol, value: .number(Rational(position))).applied(
                    to: expression, &budget))
        }
        let slope = Expression.sum([values[1], .product([minus, values[0]])])
        let scalars = ScalarEquality(isOverReals: false)
        let steep = Expression.sum([values[2], .product([minus, values[0]])])
        guard try scalars.areEqual(steep, .product([.number(Rational(3)), slope]), budget: &budget),
            try !scalars.areEqual(slope, .number(.zero), budget: &budget)
        else { return nil }
        return .product([minus, values[0], .power(base: slope, exponent: minus)])
    }
}
