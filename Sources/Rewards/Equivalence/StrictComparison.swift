/// Whether two answers are the same in mathematics.
///
/// What people write differently is the same here: `x = 5` and `5`; a singleton and its element; an open interval and an
/// ordered pair; a column or row vector and a tuple; several answers in the order of a tuple and that tuple; 9 % and both 9 and
/// 0.09; a decimal and the number that it is the correct rounding of.
struct StrictComparison {
    /// A decimal may be a rounding where it is written with so many significant digits or more.
    var significantDigits = 6

    /// - Throws: where the budget ends.
    func areEqual(
        _ gold: Expression, _ answer: Expression, budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        try budget.spend(2)
        let (first, second) = (simplified(gold), simplified(answer))
        if first == second { return true }
        if case .text = first { return isSameText(first, second) }
        if case .text = second { return isSameText(first, second) }
        if first.isRelation || second.isRelation { return try areEqualRelations(first, second, &budget) }
        if case .percentage = first { return try areEqualPercentages(first, second, &budget) }
        if case .percentage = second { return try areEqualPercentages(second, first, &budget) }
        if first.isCollection || second.isCollection { return try areEqualCollections(first, second, &budget) }
        if try scalars.areEqual(first, second, budget: &budget) { return true }
        if try isRounding(first, of: second, &budget) { return true }
        return try isRounding(second, of: first, &budget)
    }

    var scalars: ScalarEquality { ScalarEquality(isOverReals: true) }

    /// A singleton is its element; a set without elements the empty set; a product of matrices a matrix.
    private func simplified(_ expression: Expression) -> Expression {
        switch expression {
        case .set(let members, _) where members.count == 1: simplified(members[0])
        case .set(let members, _) where members.isEmpty: .namedSet(.empty)
        default: expression
        }
    }

    /// Letters, without regard to case and spaces; a product of symbols is a word.
    private func isSameText(_ first: Expression, _ second: Expression) -> Bool {
        guard let first = first.letters, let second = second.letters else { return false }
        return first == second
    }

    private func areEqualPercentages(
        _ first: Expression, _ second: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard case .percentage(let inner) = first else { return false }
        if case .percentage(let other) = second { return try areEqual(inner, other, budget: &budget) }
        if try areEqual(inner, second, budget: &budget) { return true }
        if case .decimal = second {
            let hundredth = Expression.number(Rational(1, 100) ?? .one)
            return try areEqual(.product([hundredth, inner]), second, budget: &budget)
        }
        guard !second.isCollection else { return false }
        return try areEqual(inner, .product([.number(Rational(100)), second]), budget: &budget)
    }

    /// Whether a decimal with enough digits is the nearest with so many places to a number.
    private func isRounding(
        _ rounded: Expression, of exact: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        guard case .decimal(let decimal) = rounded, decimal.significantDigits >= significantDigits,
            let half = try decimal.halfUnit(budget: &budget)
        else { return false }
        let value = try ExpressionFolding(hasRealRoots: true).fold(exact, budget: &budget)
        if case .number(let number) = value {
            return try number.subtracting(decimal.value, budget: &budget).magnitude <= half
        }
        let contents = try ExpressionContents(of: value, budget: &budget)
        guard contents.symbols.isEmpty, !contents.hasStructure, !contents.hasInfinity else { return false }
        let precision = 192 + 2 * min(max(contents.bits, decimal.value.bits), 1 << 14)
        var evaluation = NumericEvaluation(
            precision: precision, symbols: SymbolValues(point: 0), hasRealRoots: !contents.hasImaginaryUnit)
        guard let ball = try evaluation.value(of: value, budget: &budget), ball.isReal,
            let distance = ball.subtracting(evaluation.ball(decimal.value))?.modulus(),
            let rest = distance.subtracting(evaluation.ball(half))
        else { return false }
        return rest.value.sign <= 0
    }
}

extension Decimal {
    /// Half of the place of the last digit that is written; nil of 0.
    func halfUnit(budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard !value.isZero else { return nil }
        // The place of the first digit, from the number of bits, and then exactly.
        let approximate = value.magnitude.double
        guard approximate.isFinite, approximate > 0 else { return nil }
        var place = 0
        while place < 400, let power = try Rational(10).power(place + 1, budget: &budget), power <= value.magnitude {
            place += 1
        }
        while place > -400, let power = try Rational(10).power(place, budget: &budget), power > value.magnitude {
            place -= 1
        }
        guard let unit = try Rational(10).power(place - significantDigits + 1, budget: &budget) else { return nil }
        return try unit.dividing(Rational(2), budget: &budget)
    }
}

extension Expression {
    var isRelation: Bool {
        if case .relation = self { return true }
        return false
    }

    /// A set, a tuple, an interval or a matrix, or something that is made of matrices.
    var isCollection: Bool {
        switch self {
        case .set, .tuple, .interval, .setOperation, .namedSet, .matrix: true
        case .sum(let parts), .product(let parts): parts.contains { $0.isCollection }
        case .power(let base, _): base.isCollection
        case .function(.transpose, _): true
        default: false
        }
    }

    /// The letters of a word, a symbol, or a product of symbols; nil of others.
    var letters: String? {
        switch self {
        case .text(let words): words.lowercased().filter { !$0.isWhitespace }
        case .symbol(let name): name.lowercased().filter { !$0.isWhitespace }
        case .constant(.e): "e"
        case .constant(.imaginaryUnit): "i"
        case .product(let parts):
            parts.reduce(into: String?("")) { word, part in
                if case .product = part { word = nil }
                word = word.flatMap { head in part.letters.map { head + $0 } }
            }
        default: nil
        }
    }
}
