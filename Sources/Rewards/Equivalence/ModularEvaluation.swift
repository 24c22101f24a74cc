/// The value of an expression in a prime field, where it is a rational function: two such functions that differ have
/// different values at nearly all points (Schwartz and Zippel).
struct ModularEvaluation {
    let field: PrimeField
    let symbols: SymbolValues

    /// The value of a folded expression; nil where it is not a rational function, or not defined at this point.
    ///
    /// - Throws: where the budget ends.
    func value(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) -> UInt64? {
        try budget.spend(2)
        switch expression {
        case .number(let value): return value.residue(field)
        case .symbol(let name): return symbols.residue(name, field)
        case .text(let words): return symbols.residue(SymbolValues.name(ofText: words), field)
        case .sum(let parts):
            var total: UInt64 = 0
            for part in parts {
                guard let value = try value(of: part, budget: &budget) else { return nil }
                total = field.add(total, value)
            }
            return total
        case .product(let parts):
            var total: UInt64 = 1
            for part in parts {
                guard let value = try value(of: part, budget: &budget) else { return nil }
                total = field.multiply(total, value)
            }
            return total
        case .power(let base, .number(let exponent)):
            guard let power = exponent.integer, let value = try value(of: base, budget: &budget) else { return nil }
            try budget.spend(16)
            let result = field.power(value, UInt64(power.magnitude))
            return power < 0 ? field.inverse(result) : result
        case .application(let name, let arguments):
            var values: [UInt64] = []
            for argument in arguments {
                guard let value = try value(of: argument, budget: &budget) else { return nil }
                values.append(value)
            }
            return symbols.residue(name, values, field)
        default: return nil
        }
    }
}
