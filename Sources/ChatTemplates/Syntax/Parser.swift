/// Reads the statements of a template.
struct Parser {
    /// How deeply statements may stand in each other, and how many levels an expression may have.
    static let maximumNesting = 100

    private let tokens: [Token]
    private var position = 0
    private var nesting = 0
    /// The tags that the innermost open blocks begin with.
    private var openTags: [String] = []
    /// Whether `break` and `continue` have a loop to act on.
    private var isInLoop = false

    /// The statements of a template.
    static func statements(of source: [UInt8]) throws(ChatTemplateError) -> [Statement] {
        var parser = Parser(tokens: try Lexer.tokens(of: source))
        return try parser.body(until: [])
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    // MARK: The stream of tokens

    var current: Token { tokens[position] }
    var next: Token { tokens[min(position + 1, tokens.count - 1)] }
    var line: Int { current.line }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    func isSymbol(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }
    func isName(_ name: String) -> Bool { current.kind == .name(name) }

    mutating func skip(_ symbol: Token.Symbol) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func skip(name: String) -> Bool {
        guard isName(name) else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind) throws(ChatTemplateError) {
        guard current.kind == kind else {
            throw error("expected \(Token(kind: kind, line: 0).shown), found \(current.shown)")
        }
        advance()
    }

    mutating func expectName() throws(ChatTemplateError) -> String {
        guard case .name(let name) = current.kind else { throw error("expected a name, found \(current.shown)") }
        advance()
        return name
    }

    func error(_ message: String) -> ChatTemplateError { ChatTemplateError(line: line, message: message) }

    mutating func nested<Result>(
        _ body: (inout Parser) throws(ChatTemplateError) -> Result
    ) throws(ChatTemplateError) -> Result {
        guard nesting < Parser.maximumNesting else {
            throw error("blocks and expressions are nested more than \(Parser.maximumNesting) deep")
        }
        nesting += 1
        defer { nesting -= 1 }
        return try body(&self)
    }

    // MARK: Statements

    /// Everything up to a tag of this list, which is left to be read; up to the end of the template for an empty list.
    private mutating func body(until ends: [String]) throws(ChatTemplateError) -> [Statement] {
        var statements: [Statement] = []
        while true {
            let token = current
            switch token.kind {
            case .data(let text):
                advance()
                statements.append(.text(text))
            case .variableBegin:
                advance()
                let value = try tupleOrExpression()
                try expect(.variableEnd)
                statements.append(value.kind.isConstant ? .constant(value) : .output(value))
            case .blockBegin:
                advance()
                if case .name(let name) = current.kind, ends.contains(name) { return statements }
                let statement = try nested { (parser) throws(ChatTemplateError) in try parser.statement() }
                statements.append(statement)
                try expect(.blockEnd)
            default:
                guard ends.isEmpty else {
                    throw ChatTemplateError(
                        line: token.line, message: "the template ends inside '\(openTags.last ?? "")'")
                }
                return statements
            }
        }
    }

    /// The body of a block: the end of its tag, then everything up to one of `ends`.
    private mutating func block(until ends: String...) throws(ChatTemplateError) -> [Statement] {
        _ = skip(.colon)
        try expect(.blockEnd)
        return try body(until: ends)
    }

    private mutating func statement() throws(ChatTemplateError) -> Statement {
        let line = line
        guard case .name(let tag) = current.kind else { throw error("expected a statement, found \(current.shown)") }
        advance()
        openTags.append(tag)
        defer { openTags.removeLast() }
        switch tag {
        case "if": return try conditional()
        case "for": return try loop(line)
        case "set": return try assignment(line)
        case "macro": return try macro(line)
        case "call": return try callBlock(line)
        case "filter":
            let filter = try filterChain(from: Expression(kind: .captured, line: line, height: 1), isInline: true)
            return .filtered(filter, Block(body: try closedBlock("endfilter")))
        case "with": return try with(line)
        case "generation":
            return .generation(Block(body: try functionBlock("endgeneration")))
        case "print":
            var values: [Expression] = []
            repeat { values.append(try expression()) } while skip(.comma)
            return .output(try node(.concatenation(values), line: line))
        case "break", "continue":
            guard isInLoop else { throw ChatTemplateError(line: line, message: "'\(tag)' outside a loop") }
            return tag == "break" ? .breakLoop : .continueLoop
        default:
            let isEnd = tag.hasPrefix("end") || tag == "else" || tag == "elif"
            throw ChatTemplateError(
                line: line,
                message: isEnd
                    ? "'\(tag)' has nothing to end"
                        + (openTags.count > 1 ? " inside '\(openTags[openTags.count - 2])'" : "")
                    : "unsupported statement '\(tag)'")
        }
    }

    private mutating func closedBlock(_ end: String) throws(ChatTemplateError) -> [Statement] {
        _ = skip(.colon)
        try expect(.blockEnd)
        let body = try body(until: [end])
        advance()
        return body
    }

    /// A block that is a function to jinja2: no loop outside can be left from it.
    private mutating func functionBlock(_ end: String) throws(ChatTemplateError) -> [Statement] {
        let outer = isInLoop
        isInLoop = false
        defer { isInLoop = outer }
        return try closedBlock(end)
    }

    private mutating func conditional() throws(ChatTemplateError) -> Statement {
        var branches: [Branch] = []
        while true {
            let test = try tupleOrExpression(allowsConditional: false)
            branches.append(Branch(test: test, body: try block(until: "elif", "else", "endif")))
            if skip(name: "elif") { continue }
            let hasElse = isName("else")
            advance()
            return .conditional(branches, otherwise: hasElse ? try closedBlock("endif") : [])
        }
    }

    private mutating func loop(_ line: Int) throws(ChatTemplateError) -> Statement {
        let target = try target(endingAt: "in")
        try expect(.name("in"))
        let iterable = try tupleOrExpression(allowsConditional: false, endingAt: "recursive")
        var test: Expression?
        if skip(name: "if") { test = try expression() }
        let isRecursive = skip(name: "recursive")
        let outer = isInLoop
        isInLoop = true
        let body = try block(until: "else", "endfor")
        // What follows 'else' runs after the loop, and within this function only where the loop is none of its own.
        isInLoop = outer && !isRecursive
        defer { isInLoop = outer }
        let hasElse = isName("else")
        advance()
        let otherwise = hasElse ? Block(body: try closedBlock("endfor")) : nil
        return .loop(
            Loop(
                target: target, iterable: iterable, test: test, body: Block(body: body), otherwise: otherwise,
                isRecursive: isRecursive, line: line))
    }

    private mutating func assignment(_ line: Int) throws(ChatTemplateError) -> Statement {
        let target = try target(allowsAttributes: true)
        if skip(.assign) { return .assign(target, try tupleOrExpression(), line: line) }
        var filter: Expression?
        if isSymbol(.pipe) {
            filter = try filterChain(from: Expression(kind: .captured, line: line, height: 1), isInline: false)
        }
        return .capture(target, filter: filter, Block(body: try closedBlock("endset")), line: line)
    }

    private mutating func with(_ line: Int) throws(ChatTemplateError) -> Statement {
        var values: [(target: Target, value: Expression)] = []
        while current.kind != .blockEnd, !isSymbol(.colon) {
            if !values.isEmpty { try expect(.symbol(.comma)) }
            let target = try target()
            try expect(.symbol(.assign))
            values.append((target, try expression()))
        }
        return .with(values, Block(body: try closedBlock("endwith")), line: line)
    }

    private mutating func parameters() throws(ChatTemplateError) -> [Macro.Parameter] {
        var parameters: [Macro.Parameter] = []
        try expect(.symbol(.leftParenthesis))
        while !isSymbol(.rightParenthesis) {
            if !parameters.isEmpty { try expect(.symbol(.comma)) }
            let name = try assignable(expectName())
            guard !parameters.contains(where: { $0.name == name }) else {
                throw error("two parameters are named '\(name)'")
            }
            let initial = skip(.assign) ? try expression() : nil
            guard initial != nil || parameters.allSatisfy({ $0.initial == nil }) else {
                throw error("a parameter without a default follows one with a default")
            }
            parameters.append(Macro.Parameter(name: name, initial: initial))
        }
        advance()
        return parameters
    }

    private mutating func macro(_ line: Int) throws(ChatTemplateError) -> Statement {
        let name = try assignable(expectName())
        let parameters = try parameters()
        let body = Block(body: try functionBlock("endmacro"))
        return .macro(.name(name), Macro(name: name, parameters: parameters, body: body, line: line))
    }

    private mutating func callBlock(_ line: Int) throws(ChatTemplateError) -> Statement {
        let parameters = isSymbol(.leftParenthesis) ? try parameters() : []
        let call = try expression()
        guard case .call = call.kind else {
            throw ChatTemplateError(line: line, message: "'call' wants a call")
        }
        let body = Block(body: try functionBlock("endcall"))
        return .callBlock(call, Macro(name: nil, parameters: parameters, body: body, line: line))
    }

    // MARK: Targets

    private func assignable(_ name: String) throws(ChatTemplateError) -> String {
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
            throw error("cannot assign to '\(name)'")
        }
        return name
    }

    private mutating func target(
        endingAt end: String? = nil, allowsAttributes: Bool = false
    ) throws(ChatTemplateError) -> Target {
        var targets: [Target] = []
        var isTuple = false
        repeat {
            if let end, isName(end) { break }
            if current.kind == .blockEnd || isSymbol(.rightParenthesis) || isSymbol(.assign) { break }
            targets.append(try singleTarget(allowsAttributes))
            if isSymbol(.comma) { isTuple = true }
        } while skip(.comma)
        guard let first = targets.first else { throw error("expected a name to assign to, found \(current.shown)") }
        return isTuple ? .tuple(targets) : first
    }

    private mutating func singleTarget(_ allowsAttributes: Bool) throws(ChatTemplateError) -> Target {
        let line = line
        if skip(.leftParenthesis) {
            let inner = try nested { (parser) throws(ChatTemplateError) in
                try parser.target(allowsAttributes: false)
            }
            try expect(.symbol(.rightParenthesis))
            return inner
        }
        let name = try assignable(expectName())
        guard allowsAttributes, skip(.dot) else { return .name(name) }
        return .attribute(of: Expression(kind: .name(name), line: line, height: 1), Text(try expectName()))
    }
}
