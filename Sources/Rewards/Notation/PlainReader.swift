/// Reads numbers and arithmetic of plain text, as Python does.
struct PlainReader {
    private let text: [UInt8]
    private var position = 0
    private var level = 0
    private var budget: StepBudget

    /// A number: a sign, digits, a point; commas and spaces are skipped.
    static func number(_ text: [UInt8], budget: inout StepBudget) throws(ReadingError) -> Expression {
        let body = text.filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ") }
        let isNegative = body.first == UInt8(ascii: "-")
        var reader = PlainReader(text: isNegative ? Array(body.dropFirst()) : body, budget: budget)
        defer { budget = reader.budget }
        guard let number = try reader.literal(allowsZeros: true), reader.position == reader.text.count else {
            throw .unreadable
        }
        guard isNegative else { return number }
        switch number {
        case .number(let value): return .number(-value)
        case .decimal(let value):
            return .decimal(Decimal(value: -value.value, significantDigits: value.significantDigits))
        default: throw .unreadable
        }
    }

    /// Numbers with + - * / ^ and parentheses, with Python's precedence: a power binds its exponent's sign, and is read from the
    /// right.
    static func expression(_ text: [UInt8], budget: inout StepBudget) throws(ReadingError) -> Expression {
        var reader = PlainReader(text: text, budget: budget)
        defer { budget = reader.budget }
        let sum = try reader.sum()
        guard reader.next == 0 else { throw .unreadable }
        return sum.expression
    }

    private init(text: [UInt8], budget: StepBudget) {
        self.text = text
        self.budget = budget
    }

    private typealias Term = LatexReader.Term
    private typealias TermList = LatexReader.TermList

    private func byte(_ offset: Int) -> UInt8 { offset < text.count ? text[offset] : 0 }
    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// The next byte that is no space; 0 at the end.
    private var next: UInt8 {
        mutating get {
            while byte(position) == UInt8(ascii: " ") || (9...13).contains(byte(position)) { position += 1 }
            return byte(position)
        }
    }

    private mutating func take() throws(ReadingError) {
        try budget.spendReading()
        position += 1
    }

    private func made(_ expression: Expression, _ depth: Int) throws(ReadingError) -> Term {
        guard depth <= Expression.maximumDepth else { throw .unreadable }
        return Term(expression: expression, depth: depth)
    }

    private mutating func nested(_ body: (inout PlainReader) throws(ReadingError) -> Term) throws(ReadingError) -> Term
    {
        guard level < LatexReader.deepestNesting else { throw .unreadable }
        level += 1
        let term = try body(&self)
        level -= 1
        return term
    }

    private mutating func sum() throws(ReadingError) -> Term {
        let first = try product()
        guard next == UInt8(ascii: "+") || next == UInt8(ascii: "-") else { return first }
        var terms = TermList(first, \.summands)
        while next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
            let isNegative = next == UInt8(ascii: "-")
            try take()
            let term = try product()
            terms.append(isNegative ? try negated(term) : term, \.summands)
        }
        return try made(.sum(terms.expressions), terms.depth + 1)
    }

    private func negated(_ term: Term) throws(ReadingError) -> Term {
        switch term.expression {
        case .number(let value): return Term(expression: .number(-value), depth: 1)
        case .decimal(let value):
            return Term(
                expression: .decimal(Decimal(value: -value.value, significantDigits: value.significantDigits)), depth: 1
            )
        default: return try made(.product([.number(Rational(-1))] + term.expression.factors), term.depth + 1)
        }
    }

    private mutating func product() throws(ReadingError) -> Term {
        let first = try signed()
        guard next == UInt8(ascii: "*") || next == UInt8(ascii: "/") else { return first }
        var factors = TermList(first, \.factors)
        while next == UInt8(ascii: "*") || next == UInt8(ascii: "/") {
            let divides = next == UInt8(ascii: "/")
            try take()
            guard next != UInt8(ascii: "/") else { throw .unreadable }
            let term = try signed()
            if !divides {
                factors.append(term, \.factors)
            } else if factors.expressions.count == 1,
                let quotient = try quotient(factors.expressions[0], term.expression)
            {
                factors = TermList(Term(expression: quotient, depth: 1), \.factors)
            } else {
                factors.append(
                    try made(.power(base: term.expression, exponent: .number(Rational(-1))), term.depth + 1), \.factors)
            }
        }
        guard factors.expressions.count > 1 else {
            return Term(expression: factors.expressions[0], depth: factors.depth)
        }
        return try made(.product(factors.expressions), factors.depth + 1)
    }

    /// Of two numbers that are exact; nil for all else.
    private mutating func quotient(_ upper: Expression, _ lower: Expression) throws(ReadingError) -> Expression? {
        guard case .number(let top) = upper, case .number(let bottom) = lower, !bottom.isZero else { return nil }
        do throws(StepBudgetError) {
            return try top.dividing(bottom, budget: &budget).map { .number($0) }
        } catch { throw .budget }
    }

    private mutating func signed() throws(ReadingError) -> Term {
        switch next {
        case UInt8(ascii: "-"):
            try take()
            return try negated(nested { reader throws(ReadingError) in try reader.signed() })
        case UInt8(ascii: "+"):
            try take()
            return try nested { reader throws(ReadingError) in try reader.signed() }
        default: return try power()
        }
    }

    private mutating func power() throws(ReadingError) -> Term {
        let base = try atom()
        let isPower =
            next == UInt8(ascii: "^") || (next == UInt8(ascii: "*") && byte(position + 1) == UInt8(ascii: "*"))
        guard isPower else { return base }
        if next == UInt8(ascii: "*") { try take() }
        try take()
        let exponent = try nested { reader throws(ReadingError) in try reader.signed() }
        return try made(
            .power(base: base.expression, exponent: exponent.expression), Swift.max(base.depth, exponent.depth) + 1)
    }

    private mutating func atom() throws(ReadingError) -> Term {
        if next == UInt8(ascii: "(") {
            return try nested { reader throws(ReadingError) in
                try reader.take()
                let inside = try reader.sum()
                guard reader.next == UInt8(ascii: ")") else { throw .unreadable }
                try reader.take()
                return inside
            }
        }
        guard let literal = try literal(allowsZeros: false) else { throw .unreadable }
        return Term(expression: literal, depth: 1)
    }

    /// Digits with or without a point. Python refuses an integer that begins with 0.
    private mutating func literal(allowsZeros: Bool) throws(ReadingError) -> Expression? {
        let start = position
        while isDigit(byte(position)) { position += 1 }
        let whole = position
        let hasPoint = byte(position) == UInt8(ascii: ".")
        if hasPoint {
            position += 1
            while isDigit(byte(position)) { position += 1 }
        }
        let digits = text[start..<position].filter { $0 != UInt8(ascii: ".") }
        guard !digits.isEmpty else { return nil }
        if !allowsZeros, !hasPoint, digits.count > 1, digits.first == UInt8(ascii: "0"),
            digits.contains(where: { $0 != UInt8(ascii: "0") })
        {
            throw .unreadable
        }
        try budget.spendReading(digits.count)
        let places = hasPoint ? position - whole - 1 : 0
        let value: Rational?
        do throws(StepBudgetError) {
            value = try Rational.reading(digits: digits, exponent10: -places, budget: &budget)
        } catch { throw .budget }
        guard let value else { throw .unreadable }
        guard hasPoint else { return .number(value) }
        let significant = Swift.max(digits.drop { $0 == UInt8(ascii: "0") }.count, 1)
        return .decimal(Decimal(value: value, significantDigits: significant))
    }
}
