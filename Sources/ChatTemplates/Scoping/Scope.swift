/// What runs with a frame of its own: the template, a macro, the body of a call block, a recursive loop.
final class Function {
    /// How many functions enclose it.
    let depth: Int
    /// The variables of all its scopes.
    var slotCount = 0

    init(depth: Int) { self.depth = depth }
}

/// The names of one scope while a template is being resolved.
final class Scope {
    /// A variable: the depth of its function, and its place in that function's frame.
    struct Reference {
        var depth: Int
        var slot: Int
    }

    /// What a variable holds where the scope begins.
    enum Load {
        case parameter, missing
        case resolve(String)
        case alias(Reference)
    }

    struct Symbols {
        var references: [String: Int] = [:]
        var loads: [Int: Load] = [:]
        var stores: Set<String> = []
    }

    let parent: Scope?
    let function: Function
    var symbols = Symbols()
    private var slots: [String: Int] = [:]

    init(parent: Scope?, function: Function) {
        self.parent = parent
        self.function = function
    }

    /// The place of a name in this scope, the same in every branch.
    func slot(of name: String) -> Int {
        if let slot = slots[name] { return slot }
        let slot = function.slotCount
        function.slotCount += 1
        slots[name] = slot
        return slot
    }

    func find(_ name: String) -> Reference? {
        if let slot = symbols.references[name] { return Reference(depth: function.depth, slot: slot) }
        return parent?.find(name)
    }

    private func define(_ name: String, _ load: Load) {
        let slot = slot(of: name)
        symbols.references[name] = slot
        symbols.loads[slot] = load
    }

    func declare(_ name: String) {
        symbols.stores.insert(name)
        define(name, .parameter)
    }

    func load(_ name: String) {
        if find(name) == nil { define(name, .resolve(name)) }
    }

    func store(_ name: String) {
        symbols.stores.insert(name)
        guard symbols.references[name] == nil else { return }
        define(name, parent?.find(name).map { .alias($0) } ?? .missing)
    }

    /// After the branches of an `if`: a name that one of them stores may be unset, and then is what it was outside.
    func joinBranches(_ branches: [Symbols]) {
        var stores: Set<String> = []
        for branch in branches { stores.formUnion(branch.stores) }
        stores.subtract(symbols.stores)
        for branch in branches {
            symbols.references.merge(branch.references) { _, new in new }
            symbols.loads.merge(branch.loads) { _, new in new }
            symbols.stores.formUnion(branch.stores)
        }
        for name in stores {
            symbols.loads[slot(of: name)] = parent?.find(name).map { .alias($0) } ?? .resolve(name)
        }
    }
}

/// Whether a name is used anywhere in statements, nested functions included.
enum Mentions {
    static func anything(_ statements: [Statement], of name: String) -> Bool {
        statements.contains { mentions($0, name) }
    }

    private static func mentions(_ statement: Statement, _ name: String) -> Bool {
        switch statement {
        case .text, .constant, .breakLoop, .continueLoop: false
        case .output(let value), .assign(_, let value, _): mentions(value, name)
        case .conditional(let branches, let otherwise):
            branches.contains { mentions($0.test, name) || anything($0.body, of: name) }
                || anything(otherwise, of: name)
        case .loop(let loop):
            mentions(loop.iterable, name) || loop.test.map { mentions($0, name) } ?? false
                || anything(loop.body.body, of: name) || anything(loop.otherwise?.body ?? [], of: name)
        case .capture(_, let filter, let block, _):
            filter.map { mentions($0, name) } ?? false || anything(block.body, of: name)
        case .filtered(let filter, let block): mentions(filter, name) || anything(block.body, of: name)
        case .with(let values, let block, _):
            values.contains { mentions($0.value, name) } || anything(block.body, of: name)
        case .generation(let block): anything(block.body, of: name)
        case .macro(_, let macro), .callBlock(_, let macro):
            macro.parameters.contains { $0.initial.map { mentions($0, name) } ?? false }
                || anything(macro.body.body, of: name) || callMentions(statement, name)
        }
    }

    private static func callMentions(_ statement: Statement, _ name: String) -> Bool {
        if case .callBlock(let call, _) = statement { mentions(call, name) } else { false }
    }

    private static func mentions(_ expression: Expression, _ wanted: String) -> Bool {
        if case .name(wanted) = expression.kind { return true }
        return expression.kind.children.contains { mentions($0, wanted) }
    }
}

extension Expression {
    /// The expression with every kind in it, the innermost first, replaced by what `change` makes of it.
    func mapped(_ change: (ExpressionKind) -> ExpressionKind) -> Expression {
        func map(_ expression: Expression) -> Expression { expression.mapped(change) }
        func map(_ arguments: CallArguments) -> CallArguments {
            CallArguments(
                positional: arguments.positional.map { map($0) },
                keywords: arguments.keywords.map { ($0.name, map($0.value)) },
                unpackedPositional: arguments.unpackedPositional.map { map($0) },
                unpackedKeywords: arguments.unpackedKeywords.map { map($0) })
        }
        let rebuilt: ExpressionKind =
            switch kind {
            case .none, .bool, .int, .float, .string, .name, .variable, .captured: kind
            case .tuple(let elements): .tuple(elements.map { map($0) })
            case .list(let elements): .list(elements.map { map($0) })
            case .concatenation(let elements): .concatenation(elements.map { map($0) })
            case .dictionary(let members): .dictionary(members.map { (map($0.key), map($0.value)) })
            case .not(let operand): .not(map(operand))
            case .negative(let operand): .negative(map(operand))
            case .positive(let operand): .positive(map(operand))
            case .attribute(let operand, let name): .attribute(map(operand), name)
            case .binary(let found, let left, let right): .binary(found, map(left), map(right))
            case .and(let left, let right): .and(map(left), map(right))
            case .or(let left, let right): .or(map(left), map(right))
            case .item(let operand, let index): .item(map(operand), map(index))
            case .comparison(let first, let rest): .comparison(map(first), rest.map { ($0.relation, map($0.operand)) })
            case .conditional(let test, let value, let otherwise):
                .conditional(test: map(test), value: map(value), otherwise: otherwise.map { map($0) })
            case .slice(let operand, let start, let stop, let step):
                .slice(
                    map(operand), start: start.map { map($0) }, stop: stop.map { map($0) }, step: step.map { map($0) })
            case .call(let callee, let arguments): .call(map(callee), map(arguments))
            case .filter(let operand, let filter, let arguments): .filter(map(operand), filter, map(arguments))
            case .test(let operand, let test, let arguments): .test(map(operand), test, map(arguments))
            }
        return Expression(kind: change(rebuilt), line: line, height: height)
    }
}
