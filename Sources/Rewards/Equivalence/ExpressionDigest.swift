/// A number that follows from what an expression is made of, and is the same in every run.
struct ExpressionDigest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// - Throws: where the budget ends.
    init(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) {
        try add(expression, &budget)
    }

    private mutating func mix(_ bits: UInt64) { value = SymbolValues.mix(value &* 31 ^ bits) }

    private mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
        mix(256)
    }

    private mutating func add(_ expression: Expression, _ budget: inout StepBudget) throws(StepBudgetError) {
        try budget.spend(4)
        switch expression {
        case .number(let number): add(number)
        case .decimal(let decimal): add(decimal.value)
        case .percentage(let inner): try add("percentage", [inner], &budget)
        case .constant(let constant): mix(constant.rawValue)
        case .symbol(let name): mix(name)
        case .text(let words): mix(SymbolValues.name(ofText: words))
        case .sum(let parts): try add("sum", parts, &budget)
        case .product(let parts): try add("product", parts, &budget)
        case .power(let base, let exponent): try add("power", [base, exponent], &budget)
        case .function(let function, let parts): try add(function.rawValue, parts, &budget)
        case .application(let name, let parts): try add(name, parts, &budget)
        case .matrix(let rows, _, let parts): try add("matrix \(rows)", parts, &budget)
        case .relation(let parts, let operators):
            try add(operators.map(\.rawValue).joined(separator: " "), parts, &budget)
        case .set(let parts, _): try add("set", parts, &budget)
        case .tuple(let parts): try add("tuple", parts, &budget)
        case .interval(let lower, let upper, let opensBelow, let opensAbove):
            try add("interval \(opensBelow) \(opensAbove)", [lower, upper], &budget)
        case .setOperation(let operation, let parts): try add(operation.rawValue, parts, &budget)
        case .namedSet(let set): mix(set.rawValue)
        case .digits(let digits, let base): mix("\(digits) \(base)")
        }
    }

    private mutating func add(_ number: Rational) {
        for field in PrimeField.large { mix(number.residue(field) ?? UInt64.max) }
    }

    private mutating func add(
        _ name: String, _ parts: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) {
        mix(name)
        for part in parts { try add(part, &budget) }
        mix(UInt64(parts.count))
    }
}
