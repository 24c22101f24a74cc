/// Replaces what is a fraction by that fraction.
///
/// Decimals, percentages and digits in a base become fractions too. What would be longer than ``Rational/maximumBits`` stays.
struct ExpressionFolding {
    /// The cube root of -8 is -2, as in schools, and not the principal one.
    let hasRealRoots: Bool

    /// - Throws: where the budget ends.
    func fold(_ expression: Expression, budget: inout StepBudget) throws(StepBudgetError) -> Expression {
        try budget.spend(4)
        switch expression {
        case .number, .constant, .symbol, .text, .namedSet: return expression
        case .decimal(let decimal): return .number(decimal.value)
        case .percentage(let inner):
            let hundredth = Expression.number(Rational(1, 100) ?? .one)
            return try product([fold(inner, budget: &budget), hundredth], &budget)
        case .digits(let text, let base):
            return try DigitString(text, base: base)?.value(budget: &budget).map { .number($0) } ?? expression
        case .sum(let parts): return try sum(fold(all: parts, &budget), &budget)
        case .product(let parts): return try product(fold(all: parts, &budget), &budget)
        case .power(let base, let exponent):
            return try power(fold(base, budget: &budget), fold(exponent, budget: &budget), &budget)
        case .function(let function, let arguments):
            if let expanded = try FunctionExpansion().expanded(function, arguments, folding: self, budget: &budget) {
                return try fold(expanded, budget: &budget)
            }
            return try self.function(function, fold(all: arguments, &budget), &budget)
        case .application(let name, let arguments):
            return .application(name: name, try fold(all: arguments, &budget))
        case .matrix(let rows, let columns, let elements):
            return .matrix(rows: rows, columns: columns, try fold(all: elements, &budget))
        case .relation(let sides, let operators):
            return .relation(sides: try fold(all: sides, &budget), operators: operators)
        case .set(let members, let braces): return .set(try fold(all: members, &budget), braces: braces)
        case .tuple(let members): return .tuple(try fold(all: members, &budget))
        case .interval(let lower, let upper, let opensBelow, let opensAbove):
            return .interval(
                lower: try fold(lower, budget: &budget), upper: try fold(upper, budget: &budget),
                opensBelow: opensBelow,
                opensAbove: opensAbove)
        case .setOperation(let operation, let sets): return .setOperation(operation, try fold(all: sets, &budget))
        }
    }

    private func fold(all parts: [Expression], _ budget: inout StepBudget) throws(StepBudgetError) -> [Expression] {
        var folded: [Expression] = []
        for part in parts { folded.append(try fold(part, budget: &budget)) }
        return folded
    }

    private func sum(_ parts: [Expression], _ budget: inout StepBudget) throws(StepBudgetError) -> Expression {
        var (total, rest): (Rational, [Expression]) = (.zero, [])
        for part in parts {
            switch part {
            case .number(let value) where max(total.bits, value.bits) <= Rational.maximumBits:
                total = try total.adding(value, budget: &budget)
            case .sum(let inner): rest += inner
            default: rest.append(part)
            }
        }
        if !total.isZero || rest.isEmpty { rest.append(.number(total)) }
        return rest.count == 1 ? rest[0] : .sum(rest)
    }

    private func product(_ parts: [Expression], _ budget: inout StepBudget) throws(StepBudgetError) -> Expression {
        var (total, rest): (Rational, [Expression]) = (.one, [])
        for part in parts {
            switch part {
            case .number(let value) where total.bits + value.bits <= Rational.maximumBits:
                total = try total.multiplying(value, budget: &budget)
            case .product(let inner): rest += inner
            default: rest.append(part)
            }
        }
        if total != .one || rest.isEmpty { rest.insert(.number(total), at: 0) }
        return rest.count == 1 ? rest[0] : .product(rest)
    }

    private func power(
        _ base: Expression, _ exponent: Expression, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression {
        guard case .number(let index) = exponent else { return .power(base: base, exponent: exponent) }
        if index == .one { return base }
        guard case .number(let value) = base else { return .power(base: base, exponent: exponent) }
        if let exact = try value.exactPower(index, budget: &budget) { return .number(exact) }
        if hasRealRoots, value.sign < 0, let (isOdd, denominator) = index.parity, denominator {
            guard let exact = try (-value).exactPower(index, budget: &budget) else {
                return .power(base: base, exponent: exponent)
            }
            return .number(isOdd ? -exact : exact)
        }
        return .power(base: base, exponent: exponent)
    }

    private func function(
        _ function: Expression.Function, _ arguments: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Expression {
        let unchanged = Expression.function(function, arguments)
        var values: [Rational] = []
        for argument in arguments {
            guard case .number(let value) = argument else { return unchanged }
            values.append(value)
        }
        guard let first = values.first else { return unchanged }
        let second = values.count == 2 ? values[1] : nil
        let result: Rational?
        switch function {
        case .abs: result = first.magnitude
        case .floor: result = try first.floor(budget: &budget)
        case .ceiling: result = -(try (-first).floor(budget: &budget))
        case .factorial: result = try first.factorial(budget: &budget)
        case .gamma:
            result = try first.subtracting(.one, budget: &budget).factorial(budget: &budget)
        case .binomial:
            result = try second.flatMap { other throws(StepBudgetError) in try first.choosing(other, budget: &budget) }
        case .modulo:
            result = try second.flatMap { other throws(StepBudgetError) in try first.modulo(other, budget: &budget) }
        case .gcd, .lcm: result = try divisor(values, isMultiple: function == .lcm, &budget)
        case .maximum: result = values.max()
        case .minimum: result = values.min()
        case .real, .conjugate: result = first
        case .imaginary: result = .zero
        default: result = nil
        }
        return result.map { .number($0) } ?? unchanged
    }

    private func divisor(
        _ values: [Rational], isMultiple: Bool, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Rational? {
        var result = values[0].magnitude
        guard result.isInteger else { return nil }
        for value in values.dropFirst() {
            guard let divisor = try result.divisor(value, budget: &budget) else { return nil }
            if isMultiple {
                if divisor.isZero { continue }
                let product = try result.multiplying(value.magnitude, budget: &budget)
                guard product.bits <= Rational.maximumBits,
                    let quotient = try product.dividing(divisor, budget: &budget)
                else { return nil }
                result = quotient
            } else {
                result = divisor
            }
        }
        return result
    }
}

extension Rational {
    /// Whether the numerator is odd, and whether the denominator is; nil where they are long.
    var parity: (numeratorIsOdd: Bool, denominatorIsOdd: Bool)? {
        guard case .short(let numerator, let denominator) = storage else { return nil }
        return (numerator % 2 != 0, denominator % 2 != 0)
    }
}

/// Digits in a base.
struct DigitString {
    /// Each below the base; without zeros before the first.
    let digits: [UInt8]
    let base: Int

    /// Reads digits and letters; nil where one does not exist in the base, or the base is not from 2 to 36.
    init?(_ text: String, base: Int) {
        guard (2...36).contains(base), !text.isEmpty else { return nil }
        var digits: [UInt8] = []
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            guard Int(digit) < base else { return nil }
            digits.append(digit)
        }
        self.digits = Array(digits.drop { $0 == 0 })
        self.base = base
    }

    /// The number; nil where it has more than 10,000 digits.
    func value(budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard digits.count <= 10_000 else { return nil }
        var value = Rational.zero
        for digit in digits {
            value = try value.multiplying(Rational(base), budget: &budget).adding(Rational(Int(digit)), budget: &budget)
        }
        return value
    }
}
