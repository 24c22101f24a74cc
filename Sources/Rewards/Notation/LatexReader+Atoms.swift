extension LatexReader {
    /// A number, a symbol or a constant.
    ///
    /// - Parameter takesSubscript: whether a subscript after it is its own.
    mutating func atom(takesSubscript: Bool) throws(ReadingError) -> Term {
        let token = tokens[position]
        switch token.kind {
        case .name(let name): return try symbol(name)
        case .number:
            try advance()
            if takesSubscript, kind == .underscore { return try digits(token) }
            if let mixed = try mixedNumber(token) { return mixed }
            return try numeral(token)
        case .scientific:
            try advance()
            return try numeral(token)
        case .repeating(let count):
            try advance()
            return try repeating(token, count: count)
        case .percentNumber:
            try advance()
            return try made(.percentage(numeral(token).expression), 2)
        case .infinity:
            try advance()
            return Term(expression: .constant(.infinity), depth: 1)
        case .capitalE:
            try advance()
            return Term(expression: .symbol(isComplex ? ComplexText.marked("e") : "e"), depth: 1)
        case .exponential:
            guard isStrict else { throw .unreadable }
            try advance()
            return Term(expression: .constant(.e), depth: 1)
        case .differential:
            try advance()
            return Term(expression: .symbol("d" + differentialVariable(token)), depth: 1)
        case .gamma:
            if isStrict { return try symbol(source(position..<(position + 1)) == "\\Gamma" ? "Gamma" : "gamma") }
            try advance()
            return Term(expression: .symbol("gamma"), depth: 1)
        case .words(let words): return try word(words)
        default: throw .unreadable
        }
    }

    /// In strict mode an integer, a space and a proper fraction with a slash: 2 1/2. Nil where it is something else.
    private mutating func mixedNumber(_ token: LatexToken) throws(ReadingError) -> Term? {
        let first = position
        guard isStrict, kind == .number, tokens[first].start > token.end, kind(at: first + 1) == .divide,
            kind(at: first + 2) == .number, isMixable(before: first - 2), isMixable(after: first + 3)
        else { return nil }
        let (whole, upper) = (try numeral(token), try numeral(tokens[first]))
        let lower = try numeral(tokens[first + 2])
        guard whole.isInteger, upper.isInteger, lower.isInteger, case .number(let integer) = whole.expression,
            case .number(let part)? = try quotient(upper.expression, lower.expression)?.expression,
            part.sign > 0, part < Rational(1)
        else { return nil }
        for _ in 0..<3 { try advance() }
        let sum = try arithmetic { budget throws(StepBudgetError) in try integer.adding(part, budget: &budget) }
        return Term(expression: .number(sum), depth: 1)
    }

    private func isMixable(before index: Int) -> Bool {
        guard index >= 0 else { return true }
        switch kind(at: index) {
        case .open, .comma, .semicolon, .add, .subtract, .assignment, .comparison, .plusMinus, .column, .row:
            return true
        default: return false
        }
    }

    private func isMixable(after index: Int) -> Bool {
        switch kind(at: index) {
        case .end, .close, .comma, .semicolon, .percent, .words, .add, .subtract, .comparison, .column, .row, .name,
            .degree:
            return true
        default: return false
        }
    }

    /// A number with a subscript: in compat mode that number; in strict mode digits in that base.
    private mutating func digits(_ token: LatexToken) throws(ReadingError) -> Term {
        try advance()
        guard isStrict else {
            try skipSubscript()
            return try numeral(token)
        }
        let base: Term
        if kind == .open(.brace), case .words(let words) = kind(at: position + 1),
            let value = LatexReader.bases[words.lowercased()]
        {
            for _ in 0..<3 { try advance() }
            base = Term(expression: number(value), depth: 1)
        } else {
            base = try scripted()
        }
        let bytes = text[token.start..<token.end]
        guard case .number(let value) = base.expression, let radix = value.integer, (2...10).contains(radix),
            bytes.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 < UInt8(ascii: "0") + UInt8(radix) })
        else { throw .unreadable }
        return Term(expression: .digits(String(decoding: bytes, as: UTF8.self), base: radix), depth: 1)
    }

    private static let bases = [
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    ]

    /// One atom, or expressions in braces with commas between them.
    mutating func skipSubscript() throws(ReadingError) {
        guard kind == .open(.brace) else {
            _ = try atom(takesSubscript: false)
            return
        }
        if isStrict {
            try budget.spendReading(tokens[position].partner - position)
            position = tokens[position].partner + 1
            return
        }
        try bracketed { reader throws(ReadingError) in
            try reader.advance()
            _ = try reader.expression()
            while reader.kind == .comma {
                try reader.advance()
                _ = try reader.expression()
            }
            try reader.take(.close(.brace))
        }
    }

    /// A symbol with its subscript and superscript, in whichever order they stand.
    private mutating func symbol(_ name: String) throws(ReadingError) -> Term {
        let letter = tokens[position]
        try advance()
        var subscripts: String?
        // x1 is x_1.
        if isStrict, kind == .number, letter.end - letter.start == 1, tokens[position].start == letter.end, name != "i",
            text[tokens[position].start..<tokens[position].end].allSatisfy({ $0 >= 48 && $0 <= 57 })
        {
            subscripts = source(position..<(position + 1))
            try advance()
        }
        var exponent: Term?
        while true {
            if kind == .underscore, subscripts == nil {
                try advance()
                subscripts = try subscriptText()
            } else if kind == .caret, exponent == nil, !isSide(position + 1) {
                try advance()
                exponent = try nested { reader throws(ReadingError) in
                    if subscripts == nil, reader.kind == .number {
                        return try reader.atom(takesSubscript: false)
                    }
                    return try reader.scripted()
                }
            } else {
                break
            }
        }
        if isStrict, name == "C", let exponent, let taken = combination(of: subscripts, exponent) {
            return try made(taken, 2)
        }
        let base = Term(expression: symbol(name, subscript: subscripts), depth: 1)
        guard let exponent else { return base }
        return try made(.power(base: base.expression, exponent: exponent.expression), exponent.depth + 1)
    }

    /// C_{10}^{3} is 10 choose 3; nil where the numbers are none of that.
    private func combination(of subscripts: String?, _ exponent: Term) -> Expression? {
        guard let subscripts, let count = Int(subscripts), count > 1, case .number(let taken) = exponent.expression,
            let integer = taken.integer, (0...count).contains(integer)
        else { return nil }
        return .function(.binomial, [number(count), exponent.expression])
    }

    private mutating func subscriptText() throws(ReadingError) -> String {
        let start = position
        if kind == .open(.brace) {
            try skipSubscript()
            return source((start + 1)..<(position - 1))
        }
        if case .name = kind {
            try advance()
        } else {
            _ = try atom(takesSubscript: false)
        }
        return source(start..<position)
    }

    private func symbol(_ name: String, subscript subscripts: String?) -> Expression {
        if isStrict {
            guard let subscripts else {
                switch name {
                case "i", "imath": return .constant(.imaginaryUnit)
                case "pi": return .constant(.pi)
                default: return .symbol(name)
                }
            }
            return .symbol("\(name)_\(subscripts)")
        }
        if name == "I" { return .constant(.imaginaryUnit) }
        var full = name
        if let subscripts { full += subscripts.count > 1 ? "_{\(subscripts)}" : "_\(subscripts)" }
        full = full.lowercased()
        if full.first == "\\", full.count > 1 { full.removeFirst() }
        return full == "pi" ? .constant(.pi) : .symbol(isComplex ? ComplexText.marked(full) : full)
    }

    /// Words that stand for a symbol.
    private mutating func word(_ words: String) throws(ReadingError) -> Term {
        let word = words.filter { $0 != " " }
        guard isStrict, let first = word.first, first.isLetter, word.allSatisfy({ $0.isLetter }) else {
            throw .unreadable
        }
        return try symbol(word)
    }

    /// Words after a quantity that say in what it is counted.
    func isUnit(_ kind: LatexToken.Kind) -> Bool {
        guard case .words(let words) = kind else { return false }
        let letters = words.filter { $0 != " " }
        guard letters.unicodeScalars.allSatisfy({ LatexReader.isUnitCharacter($0) }) else { return false }
        return !LatexReader.joiningWords.contains(letters.lowercased())
    }

    private static func isUnitCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", ".", "/", "°", "²", "³", "-", "'", "µ": true
        default: false
        }
    }

    private static let joiningWords: Set<String> = [
        "and", "or", "to", "if", "for", "where", "when", "in", "is", "i", "pi",
    ]
}
