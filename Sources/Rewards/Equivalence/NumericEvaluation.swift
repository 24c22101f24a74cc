/// The value of an expression as a ball, at a precision.
struct NumericEvaluation {
    let precision: Int
    let symbols: SymbolValues
    /// The cube root of -8 is -2, and not the principal one.
    let hasRealRoots: Bool
    /// Whether a root or a logarithm of a number was taken that is not real though its argument is.
    private(set) var leftReals = false
    /// How far from 1 the largest or smallest value was, as a power of two: what is added to others may be lost below these.
    private(set) var reach = 0

    init(precision: Int, symbols: SymbolValues, hasRealRoots: Bool) {
        self.precision = precision
        self.symbols = symbols
        self.hasRealRoots = hasRealRoots
    }

    /// The value of a folded expression; nil where it is not defined, or too large, or not known well enough.
    ///
    /// - Throws: where the budget ends.
    mutating func value(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) -> ComplexBall? {
        try budget.spend(8 + precision / 16)
        let value = try self.found(expression, &budget)
        if let value { reach(value) }
        return value
    }

    private mutating func found(
        _ expression: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> ComplexBall? {
        switch expression {
        case .number(let value): return ball(value)
        case .decimal(let decimal): return ball(decimal.value)
        case .percentage(let inner):
            return try value(of: inner, budget: &budget).flatMap { inner in
                ball(Rational(100)).inverse().flatMap(inner.multiplying)
            }
        case .constant(let constant): return try self.constant(constant, &budget)
        case .symbol(let name): return ball(symbols.rational(name))
        case .text(let words): return ball(symbols.rational(SymbolValues.name(ofText: words)))
        case .sum(let parts): return try joined(parts, &budget) { $0.adding($1) }
        case .product(let parts): return try joined(parts, &budget) { $0.multiplying($1) }
        case .power(let base, let exponent): return try power(base, exponent, &budget)
        case .function(let function, let arguments): return try self.function(function, arguments, &budget)
        case .application(let name, let arguments): return try opaque(name, arguments, &budget)
        default: return nil
        }
    }

    /// Takes account of the size of a value.
    mutating func reach(_ value: ComplexBall) {
        if !value.containsZero { reach = max(reach, abs(value.size)) }
    }

    func ball(_ value: Rational) -> ComplexBall { ComplexBall(value, precision: precision) }

    private func constant(
        _ constant: Expression.Constant, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> ComplexBall? {
        switch constant {
        case .pi: return .pi(precision: precision)
        case .e:
            try budget.spend(precision)
            return ball(.one).exponential()
        case .imaginaryUnit: return .imaginaryUnit(precision: precision)
        case .infinity, .negativeInfinity, .complexInfinity: return nil
        }
    }

    private mutating func joined(
        _ parts: [Expression], _ budget: inout StepBudget, _ operation: (ComplexBall, ComplexBall) -> ComplexBall?
    ) throws(StepBudgetError) -> ComplexBall? {
        var total: ComplexBall?
        for part in parts {
            guard let value = try value(of: part, budget: &budget) else { return nil }
            guard let joined = total.map({ operation($0, value) }) ?? value else { return nil }
            total = joined
        }
        return total
    }

    mutating func power(
        _ base: Expression, _ exponent: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> ComplexBall? {
        guard let base = try value(of: base, budget: &budget) else { return nil }
        guard case .number(let index) = exponent else {
            guard let power = try value(of: exponent, budget: &budget) else { return nil }
            return try general(base, power, &budget)
        }
        if let integer = index.integer {
            if integer == -1 { return base.inverse() }
            try budget.spend(precision / 4)
            if let result = base.power(integer) { return result }
        }
        let isNegative = base.isReal && base.value.sign < 0 && !base.containsZero
        if isNegative {
            if let parity = index.parity, parity.denominatorIsOdd, hasRealRoots || index.isInteger {
                let magnitude = try general(base.negated(), ball(index), &budget)
                return parity.numeratorIsOdd ? magnitude?.negated() : magnitude
            }
            if !index.isInteger { leftReals = true }
        }
        if index == Rational(1, 2) {
            try budget.spend(precision / 4)
            return base.squareRoot()
        }
        return try general(base, ball(index), &budget)
    }

    /// By the exponential of the exponent times the logarithm.
    private mutating func general(
        _ base: ComplexBall, _ exponent: ComplexBall, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> ComplexBall? {
        try budget.spend(4 * precision)
        if base.containsZero {
            guard exponent.isReal, exponent.value.sign > 0, !exponent.containsZero else { return nil }
            // Small, to a power that is not: 0 as far as is known, with its error.
            let (index, _) = exponent.value.doubles
            guard index < 1_000 else { return nil }
            let whole = max(1, Int(index * 4))
            guard let root = base.squareRoot()?.squareRoot() else { return nil }
            return root.power(whole)
        }
        if base.isReal, base.value.sign < 0 { leftReals = true }
        return base.logarithm().flatMap { $0.multiplying(exponent) }.flatMap { $0.exponential() }
    }

    /// The value of a function that has no meaning here: it follows from the values of the arguments, where these are the same
    /// to ``LongComplex/digits``.
    mutating func opaque(
        _ name: String, _ arguments: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> ComplexBall? {
        var key = name
        for argument in arguments {
            if let value = try value(of: argument, budget: &budget) {
                key += " " + value.value.digits
            } else {
                key += " \(try ExpressionDigest(of: argument, budget: &budget).value)"
            }
        }
        return ball(symbols.opaque(key))
    }

    mutating func leaveReals() { leftReals = true }
}
