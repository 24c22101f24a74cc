/// A matrix of expressions.
struct MatrixValue {
    let rows: Int
    let columns: Int
    /// Row by row.
    let elements: [Expression]

    /// One row or one column.
    var isVector: Bool { rows == 1 || columns == 1 }

    private init(rows: Int, columns: Int, elements: [Expression]) {
        (self.rows, self.columns, self.elements) = (rows, columns, elements)
    }

    /// What a sum, product, power or transpose of matrices is; nil where it is no matrix.
    ///
    /// - Throws: where the budget ends.
    init?(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) {
        try budget.spend()
        var result: MatrixValue?
        switch expression {
        case .matrix(let rows, let columns, let elements):
            guard rows > 0, columns > 0, elements.count == rows * columns else { return nil }
            result = MatrixValue(rows: rows, columns: columns, elements: elements)
        case .sum(let parts):
            for part in parts {
                guard let value = try MatrixValue(of: part, budget: &budget) else { return nil }
                if let sum = result {
                    guard let next = try sum.adding(value, &budget) else { return nil }
                    result = next
                } else {
                    result = value
                }
            }
        case .product(let parts):
            var scalars: [Expression] = []
            for part in parts {
                guard let value = try MatrixValue(of: part, budget: &budget) else {
                    guard !part.isCollection else { return nil }
                    scalars.append(part)
                    continue
                }
                if let product = result {
                    guard let next = try product.multiplying(value, &budget) else { return nil }
                    result = next
                } else {
                    result = value
                }
            }
            if !scalars.isEmpty, let matrix = result {
                try budget.spend(matrix.elements.count * scalars.count)
                result = MatrixValue(
                    rows: matrix.rows, columns: matrix.columns,
                    elements: matrix.elements.map { .product(scalars + [$0]) })
            }
        case .power(let base, .number(let exponent)):
            guard let count = exponent.integer, (1...16).contains(count),
                let value = try MatrixValue(of: base, budget: &budget)
            else { return nil }
            // Powers of matrices of symbols grow with every factor.
            let isNumeric = value.elements.allSatisfy { if case .number = $0 { true } else { false } }
            guard isNumeric || count <= 3 else { return nil }
            var product = value
            for _ in 1..<count {
                guard let next = try product.multiplying(value, &budget) else { return nil }
                product = next
            }
            result = product
        case .function(.transpose, let arguments):
            guard arguments.count == 1, let value = try MatrixValue(of: arguments[0], budget: &budget) else {
                return nil
            }
            try budget.spend(value.elements.count)
            result = MatrixValue(
                rows: value.columns, columns: value.rows,
                elements: (0..<value.elements.count).map {
                    value.elements[($0 % value.rows) * value.columns + $0 / value.rows]
                })
        default: return nil
        }
        guard let result else { return nil }
        self = result
    }

    private func adding(_ other: MatrixValue, _ budget: inout StepBudget) throws(StepBudgetError) -> MatrixValue? {
        guard rows == other.rows, columns == other.columns else { return nil }
        try budget.spend(elements.count)
        return MatrixValue(
            rows: rows, columns: columns, elements: zip(elements, other.elements).map { .sum([$0, $1]) })
    }

    private func multiplying(_ other: MatrixValue, _ budget: inout StepBudget) throws(StepBudgetError) -> MatrixValue? {
        guard columns == other.rows else { return nil }
        let (work, overflow) = (rows * other.columns).multipliedReportingOverflow(by: columns * 4)
        try budget.spend(overflow ? Int.max : work)
        let folding = ExpressionFolding(hasRealRoots: true)
        var products: [Expression] = []
        for row in 0..<rows {
            for column in 0..<other.columns {
                let terms = (0..<columns).map {
                    Expression.product([elements[row * columns + $0], other.elements[$0 * other.columns + column]])
                }
                products.append(try folding.fold(terms.count == 1 ? terms[0] : .sum(terms), budget: &budget))
            }
        }
        return MatrixValue(rows: rows, columns: other.columns, elements: products)
    }
}
