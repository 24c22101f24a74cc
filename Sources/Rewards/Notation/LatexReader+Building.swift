extension LatexReader {
    /// Terms of a sum or factors of a product, and how deep the deepest is.
    struct TermList {
        private(set) var expressions: [Expression] = []
        private(set) var depth = 0

        init() {}

        init(_ term: Term, _ parts: KeyPath<Expression, [Expression]>) { append(term, parts) }

        mutating func append(_ term: Term, _ parts: KeyPath<Expression, [Expression]>) {
            expressions += term.expression[keyPath: parts]
            depth = Swift.max(depth, term.depth)
        }

        var product: Expression { expressions.count == 1 ? expressions[0] : .product(expressions) }
    }

    /// A tree that is not too deep.
    func made(_ expression: Expression, _ depth: Int) throws(ReadingError) -> Term {
        guard depth <= Expression.maximumDepth else { throw .unreadable }
        return Term(expression: expression, depth: depth)
    }

    func number(_ value: Int) -> Expression { .number(Rational(value)) }

    func negated(_ term: Term) throws(ReadingError) -> Term {
        switch term.expression {
        case .number(let value): return Term(expression: .number(-value), depth: 1)
        case .decimal(let value):
            return Term(
                expression: .decimal(Decimal(value: -value.value, significantDigits: value.significantDigits)), depth: 1
            )
        case .constant(.infinity): return Term(expression: .constant(.negativeInfinity), depth: 1)
        case .constant(.negativeInfinity): return Term(expression: .constant(.infinity), depth: 1)
        case .percentage(let inside) where isStrict:
            let inner = try negated(Term(expression: inside, depth: term.depth - 1))
            return try made(.percentage(inner.expression), inner.depth + 1)
        default: return try made(.product([number(-1)] + term.expression.factors), term.depth + 1)
        }
    }

    func inverse(_ term: Term) throws(ReadingError) -> Term {
        try made(.power(base: term.expression, exponent: number(-1)), term.depth + 1)
    }

    /// Of two integers; nil for all else, and for 0 by 0.
    mutating func quotient(_ upper: Expression, _ lower: Expression) throws(ReadingError) -> Term? {
        guard case .number(let top) = upper, case .number(let bottom) = lower, top.isInteger, bottom.isInteger else {
            return nil
        }
        if bottom.isZero {
            guard !top.isZero, !isStrict else { return nil }
            return Term(expression: .constant(.complexInfinity), depth: 1)
        }
        let quotient = try arithmetic { budget throws(StepBudgetError) in try top.dividing(bottom, budget: &budget) }
        return quotient.map { Term(expression: .number($0), depth: 1) }
    }

    /// A fraction of two terms.
    mutating func fraction(_ upper: Term, _ lower: Term) throws(ReadingError) -> Term {
        if var quotient = try quotient(upper.expression, lower.expression) {
            quotient.isFraction = upper.isInteger && lower.isInteger
            return quotient
        }
        let bottom = try inverse(lower)
        if upper.expression == number(1), isStrict { return bottom }
        return try made(
            .product(upper.expression.factors + [bottom.expression]), Swift.max(upper.depth, bottom.depth) + 1)
    }

    /// A number as it is written; separators of thousands are skipped.
    mutating func numeral(_ token: LatexToken) throws(ReadingError) -> Term {
        var digits: [UInt8] = []
        var places = 0
        var exponent = 0
        var isNegative = false
        var hasPoint = false
        var inExponent = false
        for byte in text[token.start..<token.end] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int(byte - UInt8(ascii: "0"))
                if inExponent {
                    exponent = Swift.min(exponent * 10 + digit, 1_000_000)
                } else {
                    digits.append(byte)
                    if hasPoint { places += 1 }
                }
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
            case UInt8(ascii: "-"): isNegative = true
            default: break
            }
        }
        let power = (isNegative ? -exponent : exponent) - places
        guard
            let value = try arithmetic({ budget throws(StepBudgetError) in
                try Rational.reading(digits: digits, exponent10: power, budget: &budget)
            })
        else { throw .unreadable }
        guard hasPoint || inExponent else {
            return Term(expression: .number(value), depth: 1, isInteger: true)
        }
        let significant = Swift.max(digits.drop { $0 == UInt8(ascii: "0") }.count, 1)
        return Term(expression: .decimal(Decimal(value: value, significantDigits: significant)), depth: 1)
    }

    /// A decimal with digits that repeat: exactly the fraction that it is.
    mutating func repeating(_ token: LatexToken, count: Int) throws(ReadingError) -> Term {
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        let digits = text[token.start..<token.end].filter(isDigit)
        let whole = text[token.start..<token.end].prefix { $0 != UInt8(ascii: ".") }.filter(isDigit)
        let fixed = digits.count - count - whole.count
        let nines = [UInt8](repeating: UInt8(ascii: "9"), count: count)
        let value = try arithmetic { budget throws(StepBudgetError) -> Rational? in
            guard let all = try Rational.reading(digits: digits, exponent10: 0, budget: &budget),
                let start = try Rational.reading(
                    digits: digits.prefix(whole.count + fixed), exponent10: 0, budget: &budget),
                let divisor = try Rational.reading(digits: nines, exponent10: fixed, budget: &budget)
            else { return nil }
            return try all.subtracting(start, budget: &budget).dividing(divisor, budget: &budget)
        }
        guard let value else { throw .unreadable }
        return Term(expression: .number(value), depth: 1)
    }
}

extension Expression {
    /// Of a sum its terms, of all else itself.
    var summands: [Expression] { if case .sum(let terms) = self { terms } else { [self] } }
    /// Of a product its factors, of all else itself.
    var factors: [Expression] { if case .product(let factors) = self { factors } else { [self] } }
}
