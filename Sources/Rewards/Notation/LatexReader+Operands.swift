extension LatexReader {
    /// A group, a function, a fraction or an atom.
    mutating func operand(withFunctions: Bool) throws(ReadingError) -> Term {
        if isStrict, let choices = try choices() { return choices }
        switch kind {
        case .open(let bracket): return try group(bracket)
        case .bar, .vert, .norm: return try bars()
        case .phantom, .boxed:
            try advance()
            guard kind == .open(.brace) else { throw .unreadable }
            return try group(.brace)
        case .fraction: return try fraction()
        case .binomial:
            try advance()
            let upper = try braced()
            let lower = try braced()
            return try binomial(upper, lower)
        case .name, .gamma:
            if withFunctions, let function = try application() { return function }
            return try atom(takesSubscript: true)
        default:
            if withFunctions, let function = try function() { return function }
            return try atom(takesSubscript: true)
        }
    }

    /// An expression in braces.
    mutating func braced() throws(ReadingError) -> Term {
        guard kind == .open(.brace) else { throw .unreadable }
        return try group(.brace)
    }

    /// Numbers of choices as calculators write them: C(10, 3) and _{10}C_3; nil where none begins here.
    private mutating func choices() throws(ReadingError) -> Term? {
        if kind == .name("C"), kind(at: position + 1) == .open(.parenthesis), kind(at: position + 2) == .number,
            kind(at: position + 3) == .comma, kind(at: position + 4) == .number,
            kind(at: position + 5) == .close(.parenthesis)
        {
            let (upper, lower) = (try numeral(tokens[position + 2]), try numeral(tokens[position + 4]))
            for _ in 0..<6 { try advance() }
            return try binomial(upper, lower)
        }
        var start = position
        if kind == .open(.brace), kind(at: position + 1) == .close(.brace) { start += 2 }
        guard kind(at: start) == .underscore || kind(at: start) == .caret else { return nil }
        while position <= start { try advance() }
        let upper = try scripted()
        guard kind == .name("C") || kind == .name("P") else { throw .unreadable }
        let isOrdered = kind == .name("P")
        try advance()
        try take(.underscore)
        let lower = try scripted()
        let count = try binomial(upper, lower)
        guard isOrdered else { return count }
        let orders = try made(.function(.factorial, [lower.expression]), lower.depth + 1)
        return try made(.product([count.expression, orders.expression]), Swift.max(count.depth, orders.depth) + 1)
    }

    private mutating func binomial(_ upper: Term, _ lower: Term) throws(ReadingError) -> Term {
        try made(.function(.binomial, [upper.expression, lower.expression]), Swift.max(upper.depth, lower.depth) + 1)
    }

    mutating func group(_ bracket: LatexToken.Bracket) throws(ReadingError) -> Term {
        switch bracket {
        case .matrix, .array, .determinant: return try matrix(bracket)
        case .parenthesisVisual where !isStrict, .angle: throw .unreadable
        default: break
        }
        let inside = try bracketed { reader throws(ReadingError) -> Term in
            let hasChoose = reader.tokens[reader.position].hasChoose
            try reader.advance()
            let first = try reader.expression()
            guard bracket == .brace, hasChoose else {
                try reader.take(.close(bracket))
                return first
            }
            try reader.take(.choose)
            let second = try reader.expression()
            try reader.take(.close(bracket))
            return try reader.binomial(first, second)
        }
        switch bracket {
        case .vertical: return try made(.function(.abs, [inside.expression]), inside.depth + 1)
        case .floor, .lowerCorner: return try made(.function(.floor, [inside.expression]), inside.depth + 1)
        case .ceiling, .upperCorner: return try made(.function(.ceiling, [inside.expression]), inside.depth + 1)
        default: return inside
        }
    }

    // MARK: Bars

    /// Whether a bar after an operand begins another absolute value.
    func opensBar() -> Bool {
        if kind(at: position + 1) == .underscore || kind(at: position + 1) == .caret { return false }
        return openBars.last != kind || !closingBars.contains(position)
    }

    private mutating func bars() throws(ReadingError) -> Term {
        let bar = kind
        openBars.append(bar)
        let inside = try nested { reader throws(ReadingError) -> Term in
            try reader.advance()
            let inside = try reader.expression()
            try reader.take(bar)
            return inside
        }
        openBars.removeLast()
        guard bar == .norm else { return try made(.function(.abs, [inside.expression]), inside.depth + 1) }
        if !isStrict, !inside.expression.isMatrix { throw .unreadable }
        return try made(.function(.norm, [inside.expression]), inside.depth + 1)
    }

    // MARK: Fractions

    private mutating func fraction() throws(ReadingError) -> Term {
        if let derivative = try derivativeOfSymbol() { return derivative }
        try advance()
        let upper = try isStrict ? argument() : braced()
        let lower = try isStrict ? argument() : braced()
        return try fraction(upper, lower)
    }

    /// What a command takes: a group in braces or the next atom.
    mutating func argument() throws(ReadingError) -> Term {
        if kind == .open(.brace) { return try braced() }
        return try nested { reader throws(ReadingError) in
            reader.kind == .exponential || reader.kind == .root
                ? try reader.operand(withFunctions: true) : try reader.atom(takesSubscript: false)
        }
    }

    /// A factor, or an operator of derivation with all factors that follow.
    mutating func derivativeOrPostfix() throws(ReadingError) -> Term {
        guard kind == .fraction else { return try postfix(withFunctions: true) }
        let variable: Expression
        if kind(at: position + 2) == .name("d"), kind(at: position + 3) == .close(.brace),
            kind(at: position + 5) == .differential, kind(at: position + 6) == .close(.brace)
        {
            variable = .symbol(differentialVariable(tokens[position + 5]))
            for _ in 0..<7 { try advance() }
        } else if kind(at: position + 2) == .partial, kind(at: position + 3) == .close(.brace),
            kind(at: position + 5) == .partial, case .name(let name) = kind(at: position + 6),
            kind(at: position + 7) == .close(.brace)
        {
            variable = .symbol(name)
            for _ in 0..<8 { try advance() }
        } else {
            return try postfix(withFunctions: true)
        }
        guard startsOperand(withFunctions: true) else { throw .unreadable }
        let body = try nested { reader throws(ReadingError) in try reader.signed(withFunctions: true) }
        return try made(.function(.derivative, [body.expression, variable]), body.depth + 1)
    }

    /// dy/dx, or ∂f/∂x.
    private mutating func derivativeOfSymbol() throws(ReadingError) -> Term? {
        if kind(at: position + 2) == .partial, kind(at: position + 1) == .open(.brace) {
            let lower = tokens[position + 1].partner + 1
            guard kind(at: lower + 1) == .partial, case .name(let name) = kind(at: lower + 2),
                isStrict || name.utf8.count == 1,
                kind(at: lower + 3) == .close(.brace)
            else { return nil }
            for _ in 0..<3 { try advance() }
            let body = try bracketed { reader throws(ReadingError) in try reader.expression() }
            guard position == lower - 1 else { throw .unreadable }
            for _ in 0..<5 { try advance() }
            return try made(.function(.derivative, [body.expression, .symbol(name)]), body.depth + 1)
        }
        guard kind(at: position + 2) == .differential, kind(at: position + 3) == .close(.brace),
            kind(at: position + 5) == .differential, kind(at: position + 6) == .close(.brace)
        else { return nil }
        let upper = differentialVariable(tokens[position + 2])
        let lower = differentialVariable(tokens[position + 5])
        for _ in 0..<7 { try advance() }
        return try made(.function(.derivative, [.symbol(isStrict ? upper : upper.lowercased()), .symbol(lower)]), 2)
    }

    func differentialVariable(_ token: LatexToken) -> String {
        let bytes = text[(token.start + 1)..<token.end].filter { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "\\") }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Matrices

    private mutating func matrix(_ bracket: LatexToken.Bracket) throws(ReadingError) -> Term {
        try bracketed { reader throws(ReadingError) -> Term in
            var elements: [Expression] = []
            var (rows, columns, depth) = (0, 0, 0)
            try reader.advance()
            repeat {
                var width = 0
                while true {
                    let element = try reader.expression()
                    elements.append(element.expression)
                    depth = Swift.max(depth, element.depth)
                    width += 1
                    guard reader.kind == .column else { break }
                    try reader.advance()
                }
                guard rows == 0 || width == columns else { throw .unreadable }
                columns = width
                rows += 1
                guard reader.kind == .row else { break }
                try reader.advance()
            } while reader.kind != .close(bracket)
            try reader.take(.close(bracket))
            let matrix = try reader.made(.matrix(rows: rows, columns: columns, elements), depth + 1)
            guard bracket == .determinant else { return matrix }
            guard rows == columns else { throw .unreadable }
            return try reader.made(.function(.determinant, [matrix.expression]), matrix.depth + 1)
        }
    }
}

extension Expression {
    /// Whether it is a matrix, or made of one by an operation that keeps one.
    var isMatrix: Bool {
        switch self {
        case .matrix: true
        case .sum(let parts), .product(let parts), .function(.transpose, let parts): parts.contains { $0.isMatrix }
        default: false
        }
    }
}
