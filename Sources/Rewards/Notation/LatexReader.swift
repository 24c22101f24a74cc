/// Reads tokens as an expression.
///
/// Precedence is latex2sympy's: relations, sums, products with all of their signs alike and to the left, signs, juxtaposition,
/// postfix operators, powers to the left. Functions without parentheses take all factors that follow up to the next function.
struct LatexReader {
    /// An expression and how deep it is.
    struct Term {
        var expression: Expression
        var depth: Int
        /// A fraction of two integers, as it was written: what makes a mixed number.
        var isFraction = false
        /// An integer, as it was written.
        var isInteger = false
    }

    /// How deep groups and functions may be in each other: as deep as a thread's stack of 512 KiB holds twice.
    static let deepestNesting = 60

    let tokens: [LatexToken]
    let text: [UInt8]
    let isStrict: Bool
    /// In compat mode, whether symbols stand for complex numbers.
    let isComplex: Bool
    var budget: StepBudget
    var position = 0
    /// How deep reading is; ``deepestNesting`` at most.
    var level = 0
    /// Bars that are open since the last bracket, by what they are.
    var openBars: [LatexToken.Kind] = []
    /// Bars, by their index, that close where they may also open.
    var closingBars: Set<Int> = []
    /// Whether degrees are an angle here, and not only a unit.
    var readsDegrees = false
    /// Whether a differential ends what is read.
    var endsAtDifferential = false
    /// Whether ± is minus now, and whether any was read.
    var readsLowerSigns = false
    var hasPlusMinus = false
    /// Whether an element with ± is two; within a tuple, the tuple is.
    var doublesElements = true

    init(_ tokens: [LatexToken], text: [UInt8], isStrict: Bool, budget: StepBudget) {
        self.tokens = tokens
        self.text = text
        self.isStrict = isStrict
        isComplex = !isStrict && ComplexText.matches(text)
        self.budget = budget
    }

    var kind: LatexToken.Kind { tokens[position].kind }
    func kind(at index: Int) -> LatexToken.Kind { index < tokens.count ? tokens[index].kind : .end }

    mutating func advance() throws(ReadingError) {
        try budget.spendReading()
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func take(_ wanted: LatexToken.Kind) throws(ReadingError) {
        guard kind == wanted else { throw .unreadable }
        try advance()
    }

    /// What stands from a token to before another, without what lexing drops.
    func source(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        for token in tokens[range] { bytes += text[token.start..<token.end] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads what is one level deeper.
    mutating func nested<Result>(
        _ body: (inout LatexReader) throws(ReadingError) -> Result
    ) throws(ReadingError) -> Result {
        guard level < LatexReader.deepestNesting else { throw .unreadable }
        level += 1
        let result = try body(&self)
        level -= 1
        return result
    }

    /// Reads what is inside a bracket, where no bar of the outside ends.
    mutating func bracketed<Result>(
        _ body: (inout LatexReader) throws(ReadingError) -> Result
    ) throws(ReadingError) -> Result {
        let (bars, endsBefore) = (openBars, endsAtDifferential)
        openBars = []
        endsAtDifferential = false
        let result = try nested(body)
        (openBars, endsAtDifferential) = (bars, endsBefore)
        return result
    }

    // MARK: Sums and products

    /// A sum.
    mutating func expression() throws(ReadingError) -> Term {
        let first = try product(withFunctions: true)
        guard isSign(kind) else { return first }
        var terms = TermList(first, \.summands)
        while isSign(kind) {
            var isNegative = kind == .subtract
            if case .plusMinus(let isPlus) = kind {
                hasPlusMinus = true
                isNegative = isPlus == readsLowerSigns
            }
            try advance()
            let next = try product(withFunctions: true)
            terms.append(isNegative ? try negated(next) : next, \.summands)
        }
        return try made(.sum(terms.expressions), terms.depth + 1)
    }

    /// In strict mode ± is a sign as others; in compat mode only between elements.
    private func isSign(_ kind: LatexToken.Kind) -> Bool {
        switch kind {
        case .add, .subtract: true
        case .plusMinus: isStrict
        default: false
        }
    }

    /// Factors with signs of multiplication and division between them.
    mutating func product(withFunctions: Bool) throws(ReadingError) -> Term {
        var current = try signed(withFunctions: withFunctions)
        guard isMultiplication(kind), withFunctions || !isStrict else { return current }
        var factors = TermList(current, \.factors)
        while isMultiplication(kind) {
            let sign = kind
            try advance()
            let next = try signed(withFunctions: withFunctions)
            if sign == .modulo {
                current = try made(
                    .function(.modulo, [factors.product, next.expression]), Swift.max(factors.depth + 1, next.depth) + 1
                )
                factors = TermList(current, \.factors)
            } else if sign == .multiply {
                factors.append(next, \.factors)
            } else if factors.expressions.count == 1,
                let quotient = try quotient(factors.expressions[0], next.expression)
            {
                factors = TermList(quotient, \.factors)
            } else {
                factors.append(try inverse(next), \.factors)
            }
        }
        guard factors.expressions.count > 1 else {
            return Term(expression: factors.expressions[0], depth: factors.depth)
        }
        return try made(.product(factors.expressions), factors.depth + 1)
    }

    private func isMultiplication(_ kind: LatexToken.Kind) -> Bool {
        switch kind {
        case .multiply, .divide, .colon, .modulo: true
        default: false
        }
    }

    mutating func signed(withFunctions: Bool) throws(ReadingError) -> Term {
        switch kind {
        case .add:
            try advance()
            return try nested { reader throws(ReadingError) in try reader.signed(withFunctions: withFunctions) }
        case .subtract:
            try advance()
            return try negated(
                nested { reader throws(ReadingError) in try reader.signed(withFunctions: withFunctions) })
        case .plusMinus(let isPlus) where isStrict:
            hasPlusMinus = true
            try advance()
            let term = try nested { reader throws(ReadingError) in try reader.signed(withFunctions: withFunctions) }
            return isPlus == readsLowerSigns ? try negated(term) : term
        default: return try juxtaposed(withFunctions: withFunctions)
        }
    }

    /// Factors without signs between them. Only the first may be a function where `withFunctions` is false.
    private mutating func juxtaposed(withFunctions: Bool) throws(ReadingError) -> Term {
        let first = try derivativeOrPostfix()
        var terms: [Term] = [first]
        while startsOperand(withFunctions: withFunctions) {
            if isStrict, !isReadable(terms[terms.count - 1], before: kind) { throw .unreadable }
            terms.append(withFunctions ? try derivativeOrPostfix() : try postfix(withFunctions: false))
        }
        guard terms.count > 1 else { return first }
        return try isStrict ? strictProduct(of: terms) : compatProduct(of: terms)
    }

    /// Two numbers beside each other make no sense.
    private func isReadable(_ term: Term, before kind: LatexToken.Kind) -> Bool {
        switch kind {
        case .number, .scientific, .repeating:
            switch term.expression {
            case .number, .decimal, .percentage, .digits: false
            default: true
            }
        default: true
        }
    }

    /// An integer and a fraction are a mixed number, in whatever way they are written: 2(3) is 5.
    private mutating func compatProduct(of terms: [Term]) throws(ReadingError) -> Term {
        var reversed: [Expression] = []
        var last = terms[terms.count - 1]
        var depth = last.depth
        var isMixable = true
        reversed = Array(last.expression.factors.reversed())
        for term in terms.dropLast().reversed() {
            if isMixable, case .number(let whole) = term.expression, whole.isInteger,
                reversed.count == 1, case .number(let part) = reversed[0], part.sign > 0
            {
                let mixed = try arithmetic { budget throws(StepBudgetError) in
                    whole.sign < 0
                        ? try whole.subtracting(part, budget: &budget) : try whole.adding(part, budget: &budget)
                }
                reversed = [.number(mixed)]
                continue
            }
            isMixable = false
            reversed += term.expression.factors.reversed()
            depth = Swift.max(depth, term.depth)
            last = term
        }
        if reversed.count == 1 { return Term(expression: reversed[0], depth: depth) }
        return try made(.product(reversed.reversed()), depth + 1)
    }

    /// An integer before a proper fraction is a mixed number; all else are factors.
    private mutating func strictProduct(of terms: [Term]) throws(ReadingError) -> Term {
        var factors = TermList()
        var index = 0
        while index < terms.count {
            let term = terms[index]
            if index + 1 < terms.count, term.isInteger, terms[index + 1].isFraction,
                case .number(let whole) = term.expression, case .number(let part) = terms[index + 1].expression,
                part.sign > 0, part < Rational(1), whole.sign >= 0
            {
                let mixed = try arithmetic { budget throws(StepBudgetError) in try whole.adding(part, budget: &budget) }
                factors.append(Term(expression: .number(mixed), depth: 1), \.factors)
                index += 2
            } else if terms.count == 2, index == 0, term.isInteger, terms[1].isFraction,
                case .number(let whole) = term.expression,
                case .percentage(.number(let part)) = terms[1].expression,
                part.sign > 0, part < Rational(1), whole.sign >= 0
            {
                let mixed = try arithmetic { budget throws(StepBudgetError) in try whole.adding(part, budget: &budget) }
                return Term(expression: .percentage(.number(mixed)), depth: 2)
            } else {
                factors.append(term, \.factors)
                index += 1
            }
        }
        guard factors.expressions.count > 1 else { return Term(expression: factors.expressions[0], depth: 1) }
        return try made(.product(factors.expressions), factors.depth + 1)
    }

    /// Computes with exact numbers.
    mutating func arithmetic<Result>(
        _ body: (inout StepBudget) throws(StepBudgetError) -> Result
    ) throws(ReadingError) -> Result {
        do throws(StepBudgetError) { return try body(&budget) } catch { throw .budget }
    }

    // MARK: What may follow

    /// Whether a factor may begin here, after another one.
    func startsOperand(withFunctions: Bool) -> Bool {
        switch kind {
        case .open(let bracket):
            switch bracket {
            case .parenthesisVisual: false
            default: true
            }
        case .bar, .norm, .vert: opensBar()
        case .phantom, .boxed, .fraction, .binomial: true
        case .differential: !endsAtDifferential
        case .name, .capitalE, .number, .scientific, .percentNumber, .repeating, .infinity, .gamma: true
        case .limit, .integral, .summation, .productOver, .root, .function, .logarithm, .naturalLogarithm, .determinant,
            .functionOfMany, .operatorName, .exponential:
            withFunctions
        case .partial: !isStrict
        default: false
        }
    }
}
