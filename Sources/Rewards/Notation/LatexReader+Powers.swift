/// Powers and what stands after them.
extension LatexReader {
    mutating func postfix(withFunctions: Bool) throws(ReadingError) -> Term {
        var term = try power(withFunctions: withFunctions)
        while true {
            switch kind {
            case .bang:
                try advance()
                if isStrict, kind == .bang {
                    try advance()
                    term = try made(.application(name: "!!", [term.expression]), term.depth + 1)
                } else {
                    term = try made(.function(.factorial, [term.expression]), term.depth + 1)
                }
            case .transpose:
                try advance()
                if isStrict, case .number = term.expression { throw .unreadable }
                if case .matrix(let rows, let columns, let elements) = term.expression {
                    let transposed = (0..<(rows * columns)).map { elements[$0 % rows * columns + $0 / rows] }
                    term.expression = .matrix(rows: columns, columns: rows, transposed)
                } else if isStrict {
                    term = try made(.power(base: term.expression, exponent: .symbol("T")), term.depth + 1)
                }
            case .prime:
                try advance()
                guard isStrict else { continue }
                guard case .symbol(let name) = term.expression else { throw .unreadable }
                term.expression = .symbol(name + "'")
            case .degree:
                try advance()
                guard isStrict else { continue }
                if readsDegrees {
                    let degree = Expression.product([.constant(.pi), .number(Rational(1, 180) ?? .one)])
                    term = try made(.product([term.expression, degree]), term.depth + 2)
                } else if [.name("C"), .name("F"), .name("K")].contains(kind), isTemperature(position + 1) {
                    try advance()
                }
            case .percent:
                try advance()
                let isFraction = term.isFraction
                term = try made(.percentage(term.expression), term.depth + 1)
                term.isFraction = isFraction
            case .words where isStrict && position > 0:
                guard isUnit(kind) else { return term }
                if let factor = multiplier(kind) {
                    term = try made(.product([term.expression, .number(factor)]), term.depth + 1)
                }
                try advance()
                if kind == .caret, isPowerOfUnit(position + 1) {
                    try advance()
                    _ = try scripted()
                }
            default: return term
            }
        }
    }

    /// Whether nothing follows the letter of a temperature.
    private func isTemperature(_ index: Int) -> Bool {
        switch kind(at: index) {
        case .end, .close, .comma, .semicolon: true
        default: false
        }
    }

    /// Powers, from the left: 2^3^2 is 64 where nothing says otherwise.
    private mutating func power(withFunctions: Bool) throws(ReadingError) -> Term {
        var base = try operand(withFunctions: withFunctions)
        while kind == .caret, !isSide(position + 1) {
            try advance()
            if case .number = base.expression, case .words(let words) = kind(at: position + 1),
                LatexReader.ordinals.contains(words), kind == .open(.brace), kind(at: position + 2) == .close(.brace)
            {
                for _ in 0..<3 { try advance() }
                continue
            }
            if case .number(let value) = base.expression, isOrdinalEnding(of: value) {
                for _ in 0..<4 { try advance() }
                continue
            }
            let exponent = try scripted()
            base = try made(
                .power(base: base.expression, exponent: exponent.expression), Swift.max(base.depth, exponent.depth) + 1)
            if kind == .underscore {
                try advance()
                _ = try scripted()
            }
        }
        return base
    }

    /// Whether the letters in braces that stand here are those of a number in a row: 3^{rd}.
    private func isOrdinalEnding(of value: Rational) -> Bool {
        guard isStrict, value.isInteger, let integer = value.integer, integer > 0, kind == .open(.brace),
            case .name(let first) = kind(at: position + 1), case .name(let second) = kind(at: position + 2),
            kind(at: position + 3) == .close(.brace)
        else { return false }
        let isTeen = (11...13).contains(integer % 100)
        return first + second == (isTeen ? "th" : ["th", "st", "nd", "rd"][integer % 10 > 3 ? 0 : integer % 10])
    }

    private static let ordinals: Set<String> = ["st", "nd", "rd", "th"]

    /// Whether a digit stands here, or one in braces.
    private func isPowerOfUnit(_ index: Int) -> Bool {
        kind(at: index) == .number
            || (kind(at: index) == .open(.brace) && kind(at: index + 1) == .number
                && kind(at: index + 2) == .close(.brace))
    }

    /// Whether a sign alone is in braces here: the side from which a limit is approached.
    func isSide(_ index: Int) -> Bool {
        guard kind(at: index) == .open(.brace), kind(at: index + 2) == .close(.brace) else { return false }
        return kind(at: index + 1) == .add || kind(at: index + 1) == .subtract
    }

    /// What stands after "^" or "_": one atom, or a group in braces.
    mutating func scripted() throws(ReadingError) -> Term {
        if kind == .open(.brace) {
            return try bracketed { reader throws(ReadingError) in
                try reader.advance()
                let inside = try reader.expression()
                try reader.take(.close(.brace))
                return inside
            }
        }
        return try nested { reader throws(ReadingError) in
            if reader.isStrict {
                switch reader.kind {
                case .subtract:
                    try reader.advance()
                    return try reader.negated(reader.atom(takesSubscript: false))
                case .fraction, .root, .exponential: return try reader.operand(withFunctions: true)
                default: break
                }
            }
            return try reader.atom(takesSubscript: true)
        }
    }
}
