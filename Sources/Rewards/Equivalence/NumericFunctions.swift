extension NumericEvaluation {
    /// The value of a function; nil as in ``value(of:budget:)``.
    mutating func function(
        _ function: Expression.Function, _ arguments: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> ComplexBall? {
        switch function {
        case .summation, .productOver, .integral, .limit, .derivative, .determinant, .transpose, .trace, .norm:
            return try opaque(function.rawValue, arguments, &budget)
        default: break
        }
        var values: [ComplexBall] = []
        for argument in arguments {
            guard let value = try value(of: argument, budget: &budget) else { return nil }
            values.append(value)
        }
        guard let first = values.first else { return nil }
        try budget.spend(precision * (1 + max(0, first.size) / 256) * 4)
        let takesGamma = function == .gamma || function == .factorial || function == .binomial
        // MPFR's gamma function takes minutes and keeps megabytes where thousands of digits are wanted.
        if takesGamma {
            guard precision <= 2_560 else { return nil }
            try budget.spend(values.count * precision * precision / 32)
        }
        switch function {
        case .log:
            guard values.count == 2 else { return values.count == 1 ? logarithm(first) : nil }
            return logarithm(first).flatMap { top in logarithm(values[1]).flatMap { top.dividing($0) } }
        case .binomial:
            guard values.count == 2 else { return nil }
            return binomial(first, values[1])
        case .modulo:
            guard values.count == 2, let whole = first.dividing(values[1])?.floor() else { return nil }
            return whole.multiplying(values[1]).flatMap { first.subtracting($0) }
        case .maximum, .minimum: return extreme(values, isMaximum: function == .maximum)
        case .gcd, .lcm: return try opaque(function.rawValue, arguments, &budget)
        case .factorial: return first.adding(ball(.one))?.gamma()
        case .gamma: return first.gamma()
        case .exp: return first.exponential()
        case .abs: return first.modulus()
        case .floor: return first.floor()
        case .ceiling: return first.negated().floor()?.negated()
        case .real: return first.realPart()
        case .imaginary: return first.imaginaryPart()
        case .conjugate: return first.conjugated()
        case .argument: return first.argument()
        default: return elementary(function, first)
        }
    }

    private mutating func logarithm(_ value: ComplexBall) -> ComplexBall? {
        if value.isReal, value.value.sign < 0 { leaveReals() }
        return value.logarithm()
    }

    private mutating func elementary(_ function: Expression.Function, _ x: ComplexBall) -> ComplexBall? {
        let result: ComplexBall?
        switch function {
        case .sin: result = x.sine()
        case .cos: result = x.cosine()
        case .tan: result = quotient(x.sine(), x.cosine())
        case .cot: result = quotient(x.cosine(), x.sine())
        case .sec: result = x.cosine()?.inverse()
        case .csc: result = x.sine()?.inverse()
        case .arcsin: result = x.arcsine()
        case .arccos: result = x.arccosine()
        case .arctan: result = x.arctangent()
        case .arccot:
            // Of 0 it is a right angle; else between -pi/2 and pi/2, as in SymPy.
            result = x.containsZero ? ComplexBall.pi(precision: precision).half() : x.inverse()?.arctangent()
        case .arcsec: result = x.inverse()?.arccosine()
        case .arccsc: result = x.inverse()?.arcsine()
        case .sinh: result = exponentials(x) { $0.subtracting($1) }?.half()
        case .cosh: result = exponentials(x) { $0.adding($1) }?.half()
        case .tanh: result = quotient(exponentials(x) { $0.subtracting($1) }, exponentials(x) { $0.adding($1) })
        case .coth: result = quotient(exponentials(x) { $0.adding($1) }, exponentials(x) { $0.subtracting($1) })
        case .arsinh:
            let root = x.multiplying(x)?.adding(ball(.one))?.squareRoot()
            result = root.flatMap { $0.adding(x) }?.logarithm()
        case .arcosh:
            let (above, below) = (x.adding(ball(.one))?.squareRoot(), x.subtracting(ball(.one))?.squareRoot())
            result = above.flatMap { root in below.flatMap { root.multiplying($0) } }?.adding(x)?.logarithm()
        case .artanh:
            let (above, below) = (ball(.one).adding(x)?.logarithm(), ball(.one).subtracting(x)?.logarithm())
            result = above.flatMap { top in below.flatMap { top.subtracting($0) } }?.half()
        default: result = nil
        }
        if let result, x.isReal, !result.isReal { leaveReals() }
        return result
    }

    private func quotient(_ top: ComplexBall?, _ bottom: ComplexBall?) -> ComplexBall? {
        guard let top, let bottom else { return nil }
        return top.dividing(bottom)
    }

    private mutating func exponentials(
        _ x: ComplexBall, _ operation: (ComplexBall, ComplexBall) -> ComplexBall?
    ) -> ComplexBall? {
        guard let up = x.exponential(), let down = x.negated().exponential() else { return nil }
        // A quotient of sums of these is nearer to 1 than either is small.
        reach(up)
        reach(down)
        return operation(up, down)
    }

    /// Of real numbers.
    private func extreme(_ values: [ComplexBall], isMaximum: Bool) -> ComplexBall? {
        var best = values[0]
        for value in values {
            guard value.isReal, best.isReal, let difference = value.subtracting(best) else { return nil }
            if difference.value.sign == (isMaximum ? 1 : -1) { best = value }
        }
        return best
    }

    /// By gamma functions.
    private func binomial(_ top: ComplexBall, _ bottom: ComplexBall) -> ComplexBall? {
        let one = ball(.one)
        guard let first = top.adding(one)?.gamma(), let second = bottom.adding(one)?.gamma(),
            let third = top.subtracting(bottom)?.adding(one)?.gamma()
        else { return nil }
        return second.multiplying(third).flatMap { first.dividing($0) }
    }
}
