// Expressions, in jinja2's order of precedence: the loosest first.

extension Parser {
    /// An expression, unless it would be higher than the limit.
    func node(_ kind: ExpressionKind, line: Int) throws(ChatTemplateError) -> Expression {
        let height = 1 + (kind.children.lazy.map(\.height).max() ?? 0)
        guard height <= Parser.maximumHeight else {
            throw ChatTemplateError(
                line: line, message: "an expression has more than \(Parser.maximumHeight) levels")
        }
        return Expression(kind: kind, line: line, height: height)
    }

    /// The most levels of an expression; a sum of n terms has n.
    private static var maximumHeight: Int { 200 }

    /// One expression, or several with commas between them, which make a tuple.
    mutating func tupleOrExpression(
        allowsConditional: Bool = true, endingAt end: String? = nil, isParenthesized: Bool = false
    ) throws(ChatTemplateError) -> Expression {
        let line = line
        var elements: [Expression] = []
        var isTuple = false
        while true {
            if current.kind == .variableEnd || current.kind == .blockEnd || isSymbol(.rightParenthesis) { break }
            if let end, isName(end) { break }
            elements.append(allowsConditional ? try expression() : try disjunction())
            guard skip(.comma) else { break }
            isTuple = true
        }
        if !isTuple {
            if let first = elements.first { return first }
            guard isParenthesized else { throw error("expected an expression, found \(current.shown)") }
        }
        return try node(.tuple(elements), line: line)
    }

    /// An expression, `a if b else c` included.
    mutating func expression() throws(ChatTemplateError) -> Expression {
        try nested { (parser) throws(ChatTemplateError) in try parser.conditionalExpression() }
    }

    private mutating func conditionalExpression() throws(ChatTemplateError) -> Expression {
        let line = line
        var value = try disjunction()
        while skip(name: "if") {
            let test = try disjunction()
            let otherwise = skip(name: "else") ? try expression() : nil
            value = try node(.conditional(test: test, value: value, otherwise: otherwise), line: line)
        }
        return value
    }

    private mutating func disjunction() throws(ChatTemplateError) -> Expression {
        let line = line
        var left = try conjunction()
        while skip(name: "or") { left = try node(.or(left, try conjunction()), line: line) }
        return left
    }

    private mutating func conjunction() throws(ChatTemplateError) -> Expression {
        let line = line
        var left = try negation()
        while skip(name: "and") { left = try node(.and(left, try negation()), line: line) }
        return left
    }

    private mutating func negation() throws(ChatTemplateError) -> Expression {
        let line = line
        guard skip(name: "not") else { return try comparison() }
        let operand = try nested { (parser) throws(ChatTemplateError) in try parser.negation() }
        return try node(.not(operand), line: line)
    }

    private mutating func comparisonOperator() -> ComparisonOperator? {
        switch current.kind {
        case .symbol(let symbol):
            guard let found = ComparisonOperator(rawValue: symbol.rawValue) else { return nil }
            advance()
            return found
        case .name("in"):
            advance()
            return .contained
        case .name("not"):
            guard next.kind == .name("in") else { return nil }
            advance()
            advance()
            return .notContained
        default:
            return nil
        }
    }

    private mutating func comparison() throws(ChatTemplateError) -> Expression {
        let line = line
        let first = try sum()
        var rest: [(relation: ComparisonOperator, operand: Expression)] = []
        while let found = comparisonOperator() { rest.append((found, try sum())) }
        return rest.isEmpty ? first : try node(.comparison(first, rest), line: line)
    }

    private mutating func binaryOperator(_ choices: [Token.Symbol]) -> BinaryOperator? {
        guard case .symbol(let symbol) = current.kind, choices.contains(symbol) else { return nil }
        advance()
        return BinaryOperator(rawValue: symbol.rawValue)
    }

    private mutating func sum() throws(ChatTemplateError) -> Expression {
        let line = line
        var left = try concatenation()
        while let found = binaryOperator([.plus, .minus]) {
            left = try node(.binary(found, left, try concatenation()), line: line)
        }
        return left
    }

    private mutating func concatenation() throws(ChatTemplateError) -> Expression {
        let line = line
        var parts = [try product()]
        while skip(.tilde) { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : try node(.concatenation(parts), line: line)
    }

    private mutating func product() throws(ChatTemplateError) -> Expression {
        let line = line
        var left = try power()
        while let found = binaryOperator([.star, .slash, .doubleSlash, .percent]) {
            left = try node(.binary(found, left, try power()), line: line)
        }
        return left
    }

    private mutating func power() throws(ChatTemplateError) -> Expression {
        let line = line
        var left = try unary()
        while skip(.doubleStar) { left = try node(.binary(.power, left, try unary()), line: line) }
        return left
    }

    private mutating func unary(allowsFilter: Bool = true) throws(ChatTemplateError) -> Expression {
        let line = line
        var operand: Expression
        if isSymbol(.minus) || isSymbol(.plus) {
            let isNegative = isSymbol(.minus)
            advance()
            let inner = try nested { (parser) throws(ChatTemplateError) in try parser.unary(allowsFilter: false) }
            operand = try node(isNegative ? .negative(inner) : .positive(inner), line: line)
        } else {
            operand = try primary()
        }
        operand = try postfix(operand)
        guard allowsFilter else { return operand }
        while true {
            if isSymbol(.pipe) {
                operand = try filterChain(from: operand, isInline: false)
            } else if isName("is") {
                operand = try test(operand)
            } else if isSymbol(.leftParenthesis) {
                operand = try call(operand)
            } else {
                return operand
            }
        }
    }

    private mutating func primary() throws(ChatTemplateError) -> Expression {
        let token = current
        switch token.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return try node(.bool(true), line: token.line)
            case "false", "False": return try node(.bool(false), line: token.line)
            case "none", "None": return try node(.none, line: token.line)
            default: return try node(.name(name), line: token.line)
            }
        case .string(var text):
            advance()
            while case .string(let more) = current.kind {
                text.bytes += more.bytes
                advance()
            }
            return try node(.string(text), line: token.line)
        case .integer(let value):
            advance()
            return try node(.int(value), line: token.line)
        case .float(let value):
            advance()
            return try node(.float(value), line: token.line)
        case .symbol(.leftParenthesis):
            advance()
            let inner = try nested { (parser) throws(ChatTemplateError) in
                try parser.tupleOrExpression(isParenthesized: true)
            }
            try expect(.symbol(.rightParenthesis))
            return inner
        case .symbol(.leftBracket):
            advance()
            var elements: [Expression] = []
            while !isSymbol(.rightBracket) {
                elements.append(try expression())
                guard skip(.comma) else { break }
            }
            try expect(.symbol(.rightBracket))
            return try node(.list(elements), line: token.line)
        case .symbol(.leftBrace):
            advance()
            var members: [(key: Expression, value: Expression)] = []
            while !isSymbol(.rightBrace) {
                let key = try expression()
                try expect(.symbol(.colon))
                members.append((key, try expression()))
                guard skip(.comma) else { break }
            }
            try expect(.symbol(.rightBrace))
            return try node(.dictionary(members), line: token.line)
        default:
            throw error("unexpected \(token.shown)")
        }
    }

    private mutating func postfix(_ start: Expression) throws(ChatTemplateError) -> Expression {
        var operand = start
        while true {
            if isSymbol(.dot) || isSymbol(.leftBracket) {
                operand = try subscripted(operand)
            } else if isSymbol(.leftParenthesis) {
                operand = try call(operand)
            } else {
                return operand
            }
        }
    }

    private mutating func subscripted(_ operand: Expression) throws(ChatTemplateError) -> Expression {
        let line = line
        if skip(.dot) {
            switch current.kind {
            case .name(let name):
                advance()
                return try node(.attribute(operand, AttributeName(name)), line: line)
            case .integer(let index):
                advance()
                return try node(.item(operand, try node(.int(index), line: line)), line: line)
            default:
                throw error("expected a name or a number after '.', found \(current.shown)")
            }
        }
        advance()
        var bounds: [Expression?] = []
        var isSlice = false
        if !isSymbol(.colon) { bounds.append(try expression()) } else { bounds.append(nil) }
        while bounds.count < 3, skip(.colon) {
            isSlice = true
            let isOpen = isSymbol(.colon) || isSymbol(.rightBracket) || isSymbol(.comma)
            bounds.append(isOpen ? nil : try expression())
        }
        if isSymbol(.comma) {
            guard !isSlice, let first = bounds.first ?? nil else { throw error("unsupported slice with a comma") }
            var elements = [first]
            while skip(.comma) { elements.append(try expression()) }
            try expect(.symbol(.rightBracket))
            return try node(.item(operand, try node(.tuple(elements), line: line)), line: line)
        }
        try expect(.symbol(.rightBracket))
        guard isSlice else {
            guard let index = bounds.first ?? nil else { throw error("an index is missing") }
            return try node(.item(operand, index), line: line)
        }
        return try node(
            .slice(operand, start: bounds[0], stop: bounds[1], step: bounds.count > 2 ? bounds[2] : nil), line: line)
    }

    private mutating func call(_ callee: Expression) throws(ChatTemplateError) -> Expression {
        let line = line
        return try node(.call(callee, try arguments()), line: line)
    }

    private mutating func arguments() throws(ChatTemplateError) -> CallArguments {
        var arguments = CallArguments()
        try expect(.symbol(.leftParenthesis))
        while !isSymbol(.rightParenthesis) {
            if skip(.star) {
                guard arguments.unpackedPositional == nil, arguments.unpackedKeywords == nil else {
                    throw error("misplaced '*' in a call")
                }
                arguments.unpackedPositional = try expression()
            } else if skip(.doubleStar) {
                guard arguments.unpackedKeywords == nil else { throw error("misplaced '**' in a call") }
                arguments.unpackedKeywords = try expression()
            } else if case .name(let name) = current.kind, next.kind == .symbol(.assign) {
                let name = Text(name)
                guard arguments.unpackedKeywords == nil, !arguments.keywords.contains(where: { $0.name == name }) else {
                    throw error("misplaced or repeated argument '\(name)'")
                }
                advance()
                advance()
                arguments.keywords.append((name, try expression()))
            } else {
                guard arguments.keywords.isEmpty, arguments.unpackedPositional == nil,
                    arguments.unpackedKeywords == nil
                else { throw error("an argument without a name follows one with a name") }
                arguments.positional.append(try expression())
            }
            guard skip(.comma) else { break }
        }
        try expect(.symbol(.rightParenthesis))
        return arguments
    }

    private mutating func dottedName() throws(ChatTemplateError) -> String {
        var name = try expectName()
        while skip(.dot) { name += "." + (try expectName()) }
        return name
    }

    /// One or more filters after an expression; `isInline` where the first has no bar before it.
    mutating func filterChain(from start: Expression, isInline: Bool) throws(ChatTemplateError) -> Expression {
        var operand = start
        var isInline = isInline
        while isInline || skip(.pipe) {
            isInline = false
            let line = line
            let name = try dottedName()
            guard let filter = Filter(rawValue: name) else {
                throw ChatTemplateError(line: line, message: "unsupported filter '\(name)'")
            }
            let arguments = isSymbol(.leftParenthesis) ? try arguments() : CallArguments()
            operand = try node(.filter(operand, filter, arguments), line: line)
        }
        return operand
    }

    private mutating func test(_ operand: Expression) throws(ChatTemplateError) -> Expression {
        let line = line
        advance()
        let isNegated = skip(name: "not")
        let name = try dottedName()
        guard let test = TemplateTest(rawValue: name) else {
            throw ChatTemplateError(line: line, message: "unsupported test '\(name)'")
        }
        var arguments = CallArguments()
        switch current.kind {
        case .symbol(.leftParenthesis):
            arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"):
            break
        case .name("is"):
            throw error("tests cannot be chained with 'is'")
        case .name, .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace):
            arguments.positional = [try postfix(try primary())]
        default:
            break
        }
        let result = try node(.test(operand, test, arguments), line: line)
        return isNegated ? try node(.not(result), line: line) : result
    }
}
