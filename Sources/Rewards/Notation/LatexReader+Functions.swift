extension LatexReader {
    /// A function with a meaning; nil where none begins here.
    mutating func function() throws(ReadingError) -> Term? {
        switch kind {
        case .function(let function): return try functionOfOne(function)
        case .logarithm: return try functionOfOne(.log, base: number(10))
        case .naturalLogarithm: return try functionOfOne(.log, base: .constant(.e))
        case .determinant: return try functionOfOne(.determinant)
        case .functionOfMany(let function): return try functionOfMany(function)
        case .operatorName: return try namedOperator()
        case .root: return try root()
        case .exponential:
            try advance()
            return Term(expression: .constant(.e), depth: 1)
        case .summation: return try series(.summation)
        case .productOver: return try series(.productOver)
        case .integral: return try integral()
        case .limit: return try limit()
        default: return nil
        }
    }

    /// A subscript and a superscript, in whichever order they stand.
    private mutating func scripts() throws(ReadingError) -> (lower: Term?, upper: Term?) {
        var (lower, upper): (Term?, Term?) = (nil, nil)
        while true {
            if kind == .underscore, lower == nil {
                try advance()
                lower = try scriptOfFunction()
            } else if kind == .caret, upper == nil {
                try advance()
                upper = try scriptOfFunction()
            } else {
                return (lower, upper)
            }
        }
    }

    /// A number there has no subscript of its own, so that \log^2_3 has both.
    private mutating func scriptOfFunction() throws(ReadingError) -> Term {
        if kind == .number { return try atom(takesSubscript: false) }
        return try scripted()
    }

    private mutating func functionOfOne(_ function: Expression.Function, base: Expression? = nil) throws(ReadingError)
        -> Term
    {
        try advance()
        let (lower, upper) = try scripts()
        let before = readsDegrees
        readsDegrees = LatexReader.inverses[function] != nil
        let argument = try functionArgument()
        readsDegrees = before
        return try applied(function, argument, base: lower.map(\.expression) ?? base, lower, power: upper)
    }

    /// An argument in parentheses, or without them all factors up to the next function.
    private mutating func functionArgument() throws(ReadingError) -> Term {
        guard kind == .open(.parenthesis) else {
            return try nested { reader throws(ReadingError) in try reader.product(withFunctions: false) }
        }
        return try bracketed { reader throws(ReadingError) -> Term in
            try reader.advance()
            let inside = try reader.expression()
            try reader.take(.close(.parenthesis))
            return inside
        }
    }

    private mutating func applied(
        _ function: Expression.Function, _ argument: Term, base: Expression?, _ lower: Term?, power: Term?
    ) throws(ReadingError) -> Term {
        var depth = Swift.max(argument.depth, lower?.depth ?? 1) + 1
        if function == .determinant, !argument.expression.isMatrix { throw .unreadable }
        if let power, power.expression == number(-1), let inverse = LatexReader.inverses[function] {
            return try made(.function(inverse, [argument.expression]), depth)
        }
        let value: Expression =
            function == .log
            ? .function(.log, [argument.expression, base ?? .constant(.e)]) : .function(function, [argument.expression])
        guard let power, isStrict || power.expression != number(0) else { return try made(value, depth) }
        depth = Swift.max(depth, power.depth) + 1
        return try made(.power(base: value, exponent: power.expression), depth)
    }

    private static let inverses: [Expression.Function: Expression.Function] = [
        .sin: .arcsin, .cos: .arccos, .tan: .arctan, .cot: .arccot, .sec: .arcsec, .csc: .arccsc,
        .sinh: .arsinh, .cosh: .arcosh, .tanh: .artanh,
    ]

    private mutating func functionOfMany(_ function: Expression.Function) throws(ReadingError) -> Term {
        try advance()
        let (_, upper) = try scripts()
        guard case .open(let bracket) = kind, bracket == .parenthesis || (isStrict && bracket == .braceVisual) else {
            throw .unreadable
        }
        let (arguments, depth) = try arguments(bracket)
        let value = try made(.function(function, arguments), depth + 1)
        guard let upper else { return value }
        return try made(
            .power(base: value.expression, exponent: upper.expression), Swift.max(value.depth, upper.depth) + 1)
    }

    /// Expressions in a bracket with commas between them, and how deep the deepest is.
    private mutating func arguments(_ bracket: LatexToken.Bracket) throws(ReadingError) -> ([Expression], Int) {
        try bracketed { reader throws(ReadingError) -> ([Expression], Int) in
            var arguments: [Expression] = []
            var depth = 0
            repeat {
                try reader.advance()
                if reader.kind == .close(bracket), arguments.count == 1 { break }
                let argument = try reader.expression()
                arguments.append(argument.expression)
                depth = Swift.max(depth, argument.depth)
            } while reader.kind == .comma
            try reader.take(.close(bracket))
            return (arguments, depth)
        }
    }

    private mutating func namedOperator() throws(ReadingError) -> Term {
        try advance()
        guard kind == .open(.brace), isStrict || kind(at: position + 1) == .functionWord else { throw .unreadable }
        let partner = tokens[position].partner
        let name = source((position + 1)..<partner)
        try budget.spendReading(partner - position)
        position = partner
        switch name {
        case "gcd": return try functionOfMany(.gcd)
        case "lcm": return try functionOfMany(.lcm)
        case "max" where isStrict: return try functionOfMany(.maximum)
        case "min" where isStrict: return try functionOfMany(.minimum)
        case "floor": return try functionOfOne(.floor)
        case "ceil": return try functionOfOne(.ceiling)
        case "trace", "tr": return try functionOfOne(.trace)
        case "norm": return try functionOfOne(.norm)
        case "log" where isStrict: return try functionOfOne(.log, base: number(10))
        case "ln" where isStrict: return try functionOfOne(.log, base: .constant(.e))
        case "arsinh", "arcosh", "artanh", "arcsinh", "arccosh", "arctanh":
            return try functionOfOne(LatexCommands.functions[name] ?? .arsinh)
        default:
            guard isStrict else { throw .unreadable }
            if let function = LatexCommands.functions[name] { return try functionOfOne(function) }
            try advance()
            guard kind == .open(.parenthesis) else { return Term(expression: .symbol(name), depth: 1) }
            let (arguments, depth) = try arguments(.parenthesis)
            return try made(.application(name: name, arguments), depth + 1)
        }
    }

    // MARK: Functions without a meaning

    /// f(x), or the gamma function; nil where it is a symbol.
    mutating func application() throws(ReadingError) -> Term? {
        if kind == .gamma { return try gamma() }
        guard case .name(let name) = kind else { return nil }
        // A subscript, then a superscript, may stand between the name and the bracket.
        var next = position + 1
        if kind(at: next) == .underscore { next = endOfScript(next + 1) }
        let afterName = next
        if kind(at: next) == .caret { next = endOfScript(next + 1) }
        if kind(at: next) == .open(.brace), case .open = kind(at: next + 1),
            tokens[next + 1].partner + 1 == tokens[next].partner
        {
            return isStrict ? nil : try application(name, afterName, next, bracket: next + 1)
        }
        return try application(name, afterName, next, bracket: next)
    }

    private mutating func application(_ name: String, _ afterName: Int, _ next: Int, bracket: Int) throws(ReadingError)
        -> Term?
    {
        guard case .open(let kind) = kind(at: bracket), kind == .parenthesis || kind == .square else { return nil }
        let partner = tokens[bracket].partner
        guard tokens[partner].kind == .close(kind) else { return nil }
        if isStrict {
            guard kind == .parenthesis, LatexReader.functionNames.contains(name) else { return nil }
        } else if tokens[bracket].commas == 0 {
            guard endOfScript(bracket + 1, wholeAtom: true) == partner else { return nil }
        }
        let written = source(position..<afterName)
        var upper: Term?
        try budget.spendReading(afterName - position)
        position = afterName
        if self.kind == .caret {
            try advance()
            upper = try scripted()
        }
        guard position == next else { throw .unreadable }
        if bracket > next { try advance() }
        let (arguments, depth) = try arguments(kind)
        if bracket > next { try take(.close(.brace)) }
        let value = try made(.application(name: written, arguments), depth + 1)
        guard let upper else { return value }
        return try made(
            .power(base: value.expression, exponent: upper.expression), Swift.max(value.depth, upper.depth) + 1)
    }

    private static let functionNames: Set<String> = ["f", "g", "h", "F", "G", "H", "P", "Q"]

    /// Where an atom or a group in braces ends that begins at a token; with `wholeAtom`, an atom with its scripts.
    private func endOfScript(_ start: Int, wholeAtom: Bool = false) -> Int {
        switch kind(at: start) {
        case .open(.brace): return wholeAtom ? start : tokens[start].partner + 1
        case .name:
            var end = start + 1
            guard wholeAtom else { return end }
            var (hasLower, hasUpper) = (false, false)
            while true {
                if kind(at: end) == .underscore, !hasLower {
                    hasLower = true
                } else if kind(at: end) == .caret, !hasUpper {
                    hasUpper = true
                } else {
                    return end
                }
                end = endOfScript(end + 1)
            }
        case .number:
            guard wholeAtom, kind(at: start + 1) == .underscore else { return start + 1 }
            return endOfScript(start + 2)
        case .infinity, .percentNumber, .scientific, .capitalE, .differential, .gamma: return start + 1
        default: return start
        }
    }

    private mutating func gamma() throws(ReadingError) -> Term? {
        let start = position
        try advance()
        if isStrict {
            guard source(start..<position) == "\\Gamma", kind == .open(.parenthesis) else {
                position = start
                return nil
            }
        } else if kind != .open(.parenthesis), !isGammaFunction() {
            position = start
            return nil
        }
        let (_, upper) = try scripts()
        return try applied(.gamma, functionArgument(), base: nil, nil, power: upper)
    }

    /// Without parentheses the gamma function is one where it has a script and an argument, or where a function is its argument.
    private func isGammaFunction() -> Bool {
        var next = self
        var hasScript = false
        while next.kind == .underscore || next.kind == .caret {
            hasScript = true
            next.position += 1
            next.position = Swift.min(next.endOfScript(next.position), tokens.count - 1)
        }
        return next.startsOperand(withFunctions: true) && (hasScript || !next.startsOperand(withFunctions: false))
    }

    // MARK: Roots, sums, integrals, limits

    private mutating func root() throws(ReadingError) -> Term {
        try advance()
        var exponent = Term(expression: .number(Rational(1, 2) ?? .one), depth: 1)
        if kind == .open(.square) {
            let index = try group(.square)
            if let quotient = try quotient(number(1), index.expression) {
                exponent = quotient
            } else {
                exponent = try inverse(index)
            }
        }
        let base = try isStrict ? argument() : braced()
        return try made(
            .power(base: base.expression, exponent: exponent.expression), Swift.max(base.depth, exponent.depth) + 1)
    }

    /// A sum or a product over a variable: the body, the variable, and its bounds.
    private mutating func series(_ function: Expression.Function) throws(ReadingError) -> Term {
        try advance()
        var upper: Term?
        if kind == .caret {
            try advance()
            upper = try scripted()
        }
        try take(.underscore)
        let (variable, lower) = try bracketed { reader throws(ReadingError) -> (Term, Term) in
            try reader.take(.open(.brace))
            let variable = try reader.expression()
            guard reader.kind == .assignment || reader.kind == .comparison(.equal) else { throw .unreadable }
            try reader.advance()
            let lower = try reader.expression()
            try reader.take(.close(.brace))
            return (variable, lower)
        }
        if upper == nil {
            try take(.caret)
            upper = try scripted()
        }
        guard let upper else { throw .unreadable }
        let body = try nested { reader throws(ReadingError) in try reader.product(withFunctions: true) }
        let parts = [body, variable, lower, upper]
        return try made(.function(function, parts.map(\.expression)), (parts.map(\.depth).max() ?? 0) + 1)
    }

    /// An integral: what is integrated, the variable, and its bounds where it has any.
    private mutating func integral() throws(ReadingError) -> Term {
        try advance()
        let (lower, upper) = try scripts()
        guard (lower == nil) == (upper == nil) else { throw .unreadable }
        let before = endsAtDifferential
        endsAtDifferential = true
        let integrand =
            kind == .differential
            ? Term(expression: number(1), depth: 1)
            : try nested { reader throws(ReadingError) in try reader.expression() }
        endsAtDifferential = before
        var variable = "x"
        if kind == .differential {
            variable = differentialVariable(tokens[position])
            try advance()
        }
        var parts = [integrand, Term(expression: .symbol(variable), depth: 1)]
        if let lower, let upper { parts += [lower, upper] }
        return try made(.function(.integral, parts.map(\.expression)), (parts.map(\.depth).max() ?? 0) + 1)
    }

    /// A limit: its body, the variable, what that approaches, and from which side where that is written.
    private mutating func limit() throws(ReadingError) -> Term {
        try advance()
        try take(.underscore)
        var parts: [Term] = try bracketed { reader throws(ReadingError) -> [Term] in
            try reader.take(.open(.brace))
            guard case .name(let name) = reader.kind else { throw .unreadable }
            try reader.advance()
            try reader.take(.approach)
            let point = try reader.expression()
            var parts = [Term(expression: .symbol(name), depth: 1), point]
            if reader.kind == .caret {
                try reader.advance()
                try reader.take(.open(.brace))
                parts.append(Term(expression: .symbol(reader.kind == .subtract ? "-" : "+"), depth: 1))
                try reader.advance()
                try reader.take(.close(.brace))
            }
            try reader.take(.close(.brace))
            return parts
        }
        let body = try nested { reader throws(ReadingError) in try reader.product(withFunctions: true) }
        parts.insert(body, at: 0)
        return try made(.function(.limit, parts.map(\.expression)), (parts.map(\.depth).max() ?? 0) + 1)
    }
}
