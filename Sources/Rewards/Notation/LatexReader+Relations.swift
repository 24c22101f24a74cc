extension LatexReader {
    /// Expressions with relations between them, and whether there are any.
    mutating func relation(relations: Bool) throws(ReadingError) -> (Term, Bool) {
        var sides = [try expression()]
        if isStrict, kind == .congruenceModulus, let congruence = try congruence(nil, sides[0]) {
            return (congruence, true)
        }
        var operators: [Expression.Comparison] = []
        while relations, let comparison = comparison() {
            let sign = source(position..<(position + 1))
            try advance()
            if isStrict, comparison == .memberOf {
                let set = try nested { reader throws(ReadingError) in try reader.setDifference() }
                operators.append(comparison)
                sides.append(set)
                continue
            }
            let right = try expression()
            if isStrict, sides.count == 1, sign == "\\equiv" || sign == "≡",
                let congruence = try congruence(sides[0], right)
            {
                return (congruence, true)
            }
            if !isStrict, comparison == .memberOf { throw .unreadable }
            if !isStrict, comparison == .approximately {
                // An approximation of a symbol is its value; of all else it is dropped.
                let isSymbol = sides.allSatisfy { $0.expression.hasOnlySymbols }
                if isSymbol { (sides, operators) = ([right], []) }
                continue
            }
            operators.append(comparison)
            sides.append(right)
        }
        guard !operators.isEmpty else { return (sides[0], false) }
        if !isStrict, operators.count > 1, saysOneThing(sides, operators) { throw .unreadable }
        let depth = (sides.map(\.depth).max() ?? 0) + 1
        return (try made(.relation(sides: sides.map(\.expression), operators: operators), depth), true)
    }

    /// x ≡ 3 (mod 7), with the remainder where both numbers are integers; nil where no modulus is given.
    private mutating func congruence(_ left: Term?, _ right: Term) throws(ReadingError) -> Term? {
        let (value, modulus): (Term, Term)
        if kind == .congruenceModulus {
            try advance()
            (value, modulus) = (right, try scripted())
        } else if kind == .open(.parenthesis), kind(at: position + 1) == .modulo {
            (value, modulus) = try bracketed { reader throws(ReadingError) -> (Term, Term) in
                try reader.advance()
                try reader.advance()
                let modulus = try reader.expression()
                try reader.take(.close(.parenthesis))
                return (right, modulus)
            }
        } else if case .function(.modulo, let parts) = right.expression, parts.count == 2 {
            (value, modulus) = (
                Term(expression: parts[0], depth: right.depth), Term(expression: parts[1], depth: right.depth)
            )
        } else {
            return nil
        }
        var remainder = value.expression
        if case .number(let number) = value.expression, case .number(let divisor) = modulus.expression,
            number.isInteger, divisor.isInteger, divisor.sign > 0,
            let rest = try arithmetic({ budget throws(StepBudgetError) in
                try number.modulo(divisor, budget: &budget)
            })
        {
            remainder = .number(rest)
        }
        let depth = Swift.max(left?.depth ?? 1, value.depth, modulus.depth) + 1
        let parts = (left.map { [$0.expression] } ?? []) + [remainder, modulus.expression]
        return try made(.application(name: "\\equiv", parts), depth)
    }

    /// Whether all relations of a chain are the same, as in a = b = a; latex2sympy fails there.
    private func saysOneThing(_ sides: [Term], _ operators: [Expression.Comparison]) -> Bool {
        let first = (sides[0].expression, sides[1].expression)
        return operators.indices.allSatisfy { index in
            let (left, right) = (sides[index].expression, sides[index + 1].expression)
            if operators[index] == operators[0], (left, right) == first { return true }
            guard left.approximation == nil || right.approximation == nil else { return false }
            return operators[index] == operators[0].flipped && (right, left) == first
        }
    }

    private func comparison() -> Expression.Comparison? {
        switch kind {
        case .comparison(let comparison): comparison
        case .assignment: .equal
        case .memberOf: .memberOf
        default: nil
        }
    }
}

extension Expression.Comparison {
    /// What it is with its sides exchanged.
    fileprivate var flipped: Expression.Comparison {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}

extension Expression {
    /// Whether there is nothing in it but symbols, their products and their quotients.
    var hasOnlySymbols: Bool {
        switch self {
        case .symbol: true
        case .sum(let parts), .product(let parts), .application(_, let parts): parts.allSatisfy { $0.hasOnlySymbols }
        case .power(.number, .number(let exponent)): exponent == Rational(-1)
        case .power(let base, let exponent): base.hasOnlySymbols && exponent.hasOnlySymbols
        case .function(_, let parts): parts.allSatisfy { $0.hasOnlySymbols }
        default: false
        }
    }

    /// What numbers and their simple sums, products and powers are, about; nil for all else.
    var approximation: Double? {
        switch self {
        case .number(let value): return value.double
        case .decimal(let value): return value.value.double
        case .constant(.pi): return Double.pi
        case .constant(.e): return 2.718281828459045
        case .constant(.infinity): return Double.infinity
        case .constant(.negativeInfinity): return -Double.infinity
        case .sum(let terms):
            var sum = 0.0
            for term in terms {
                guard let value = term.approximation else { return nil }
                sum += value
            }
            return sum.isNaN ? nil : sum
        case .product(let factors):
            var product = 1.0
            for factor in factors {
                guard let value = factor.approximation else { return nil }
                product *= value
            }
            return product.isNaN ? nil : product
        case .power(let base, let exponent):
            guard let base = base.approximation, let exponent = exponent.approximation else { return nil }
            if exponent == -1, base != 0 { return 1 / base }
            if exponent == 0.5, base >= 0 { return base.squareRoot() }
            guard exponent >= 0, exponent <= 64, exponent == exponent.rounded() else { return nil }
            return (0..<Int(exponent)).reduce(1) { product, _ in product * base }
        default: return nil
        }
    }
}
