/// Functions that are sums and products of others.
struct FunctionExpansion {
    /// A sum or product of more terms is not written out.
    private static let maximumTerms = 1_000

    /// What a sum or product over a range, a determinant, a trace or a norm is; nil where it is not known.
    ///
    /// - Throws: where the budget ends.
    func expanded(
        _ function: Expression.Function, _ arguments: [Expression], folding: ExpressionFolding, budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression? {
        switch function {
        case .summation, .productOver:
            return try series(isSum: function == .summation, arguments, folding, &budget)
        case .determinant, .trace, .norm:
            guard arguments.count == 1, let matrix = try MatrixValue(of: arguments[0], budget: &budget) else {
                return nil
            }
            if function == .norm { return matrix.isVector ? norm(matrix) : nil }
            guard matrix.rows == matrix.columns else { return nil }
            if function == .determinant { return try determinant(matrix, &budget) }
            return joined((0..<matrix.rows).map { matrix.elements[$0 * matrix.columns + $0] }, Expression.sum)
        default: return nil
        }
    }

    /// The body, the variable, and its first and last values.
    private func series(
        isSum: Bool, _ arguments: [Expression], _ folding: ExpressionFolding, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression? {
        guard arguments.count == 4, case .symbol(let name) = arguments[1],
            case .number(let first) = try folding.fold(arguments[2], budget: &budget),
            case .number(let last) = try folding.fold(arguments[3], budget: &budget), let lower = first.integer,
            let upper = last.integer, lower.magnitude < 1 << 40, upper.magnitude < 1 << 40,
            upper - lower < FunctionExpansion.maximumTerms
        else { return nil }
        guard lower <= upper else { return .number(isSum ? .zero : .one) }
        var terms: [Expression] = []
        for index in lower...upper {
            let replacement = SymbolReplacement(symbol: name, value: .number(Rational(index)))
            // Folded at once, so that numbers do not pile up.
            terms.append(try folding.fold(replacement.applied(to: arguments[0], &budget), budget: &budget))
        }
        return joined(terms, isSum ? Expression.sum : Expression.product)
    }

    private func norm(_ vector: MatrixValue) -> Expression {
        let squares = vector.elements.map {
            Expression.power(base: .function(.abs, [$0]), exponent: .number(Rational(2)))
        }
        return .power(base: joined(squares, Expression.sum), exponent: .number(Rational(1, 2) ?? .one))
    }

    /// By the first row, of at most 5 rows.
    private func determinant(
        _ matrix: MatrixValue, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression? {
        guard matrix.rows <= 5 else { return nil }
        try budget.spend(200)
        return determinant(matrix.elements, Array(0..<matrix.rows), row: 0, of: matrix.rows)
    }

    private func determinant(_ elements: [Expression], _ columns: [Int], row: Int, of count: Int) -> Expression {
        guard columns.count > 1 else { return elements[row * count + columns[0]] }
        var terms: [Expression] = []
        for (place, column) in columns.enumerated() {
            let minor = determinant(elements, columns.filter { $0 != column }, row: row + 1, of: count)
            let factors = [elements[row * count + column], minor]
            terms.append(.product(place % 2 == 0 ? factors : [.number(Rational(-1))] + factors))
        }
        return .sum(terms)
    }

    private func joined(_ terms: [Expression], _ operation: ([Expression]) -> Expression) -> Expression {
        terms.count == 1 ? terms[0] : operation(terms)
    }
}
