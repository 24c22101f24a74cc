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
            return Term(expression: .symbol("e"), depth: 1)
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
        try advance()
        var subscripts: String?
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
        let base = Term(expression: symbol(name, subscript: subscripts), depth: 1)
        guard let exponent else { return base }
        return try made(.power(base: base.expression, exponent: exponent.expression), exponent.depth + 1)
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
        return full == "pi" ? .constant(.pi) : .symbol(full)
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
        guard let first = words.split(separator: " ").first, !UnitWords.altering.contains(first.lowercased()) else {
            return false
        }
        return !LatexReader.joiningWords.contains(letters.lowercased())
    }

    /// By what words multiply the number before them: 5 million, 3 dozen eggs. Nil where they do not.
    func multiplier(_ kind: LatexToken.Kind) -> Rational? {
        guard case .words(let words) = kind, let first = words.split(separator: " ").first, isUnit(kind) else {
            return nil
        }
        return UnitWords.multipliers[first.lowercased()].map { Rational($0) }
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
