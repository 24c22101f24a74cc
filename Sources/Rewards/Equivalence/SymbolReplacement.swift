/// Puts an expression in the place of a symbol, in sums, products, powers and functions.
struct SymbolReplacement {
    let symbol: String
    let value: Expression

    /// - Throws: where the budget ends.
    func applied(to expression: Expression, _ budget: inout StepBudget) throws(StepBudgetError) -> Expression {
        try budget.spend()
        switch expression {
        case .symbol(symbol): return value
        case .sum(let parts): return .sum(try applied(toAll: parts, &budget))
        case .product(let parts): return .product(try applied(toAll: parts, &budget))
        case .power(let base, let exponent):
            return .power(base: try applied(to: base, &budget), exponent: try applied(to: exponent, &budget))
        case .function(let function, let arguments): return .function(function, try applied(toAll: arguments, &budget))
        case .application(let name, let arguments):
            return .application(name: name, try applied(toAll: arguments, &budget))
        default: return expression
        }
    }

    private func applied(
        toAll parts: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> [Expression] {
        var results: [Expression] = []
        for part in parts { results.append(try applied(to: part, &budget)) }
        return results
    }
}
