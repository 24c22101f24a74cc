/// What occurs in an expression.
struct ExpressionContents {
    private(set) var symbols: Set<String> = []
    private(set) var hasImaginaryUnit = false
    private(set) var hasInfinity = false
    private(set) var hasDecimal = false
    /// Something that no number can stand for: a relation, a set, a tuple.
    private(set) var hasStructure = false
    /// A sum, in which what is small may be lost beside what is large.
    private(set) var hasSum = false
    /// Bits of the longest number.
    private(set) var bits = 0

    /// - Throws: where the budget ends.
    init(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) {
        try visit(expression, &budget)
    }

    private mutating func visit(_ expression: Expression, _ budget: inout StepBudget) throws(StepBudgetError) {
        try budget.spend(2)
        switch expression {
        case .number(let value): bits = max(bits, value.bits)
        case .decimal(let decimal):
            bits = max(bits, decimal.value.bits)
            hasDecimal = true
        case .digits(let text, _): bits = max(bits, text.utf8.count * 4)
        case .percentage(let inner): try visit(inner, &budget)
        case .constant(let constant):
            switch constant {
            case .imaginaryUnit: hasImaginaryUnit = true
            case .infinity, .negativeInfinity, .complexInfinity: hasInfinity = true
            case .pi, .e: break
            }
        case .symbol(let name): symbols.insert(name)
        case .text(let words): symbols.insert(SymbolValues.name(ofText: words))
        case .sum(let parts):
            hasSum = true
            try visit(all: parts, &budget)
        case .product(let parts): try visit(all: parts, &budget)
        case .function(_, let parts):
            // A determinant is a number though its argument is not.
            let before = hasStructure
            try visit(all: parts, &budget)
            hasStructure = before
        case .power(let base, let exponent): try visit(all: [base, exponent], &budget)
        case .application(let name, let arguments):
            symbols.insert(name)
            try visit(all: arguments, &budget)
        case .matrix(_, _, let elements):
            hasStructure = true
            try visit(all: elements, &budget)
        case .relation(let parts, _), .set(let parts, _), .tuple(let parts), .setOperation(_, let parts):
            hasStructure = true
            try visit(all: parts, &budget)
        case .interval(let lower, let upper, _, _):
            hasStructure = true
            try visit(all: [lower, upper], &budget)
        case .namedSet: hasStructure = true
        }
    }

    private mutating func visit(all parts: [Expression], _ budget: inout StepBudget) throws(StepBudgetError) {
        for part in parts { try visit(part, &budget) }
    }
}
