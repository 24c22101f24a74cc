/// Gives every variable of a template its place, by jinja2's rules.
///
/// A scope is looked through as a whole before anything in it gets a place: a name that is assigned anywhere in a scope
/// belongs to that scope, and begins as a copy of the variable outside, as the context's, or as undefined, whichever jinja2
/// makes of it. Branches of `if` share the scope around them.
struct Resolver {
    /// The names that are looked up in the context, by their number.
    private(set) var contextNames: [String] = []
    private var contextIndex: [String: Int] = [:]
    private var loopDepth = 0

    /// Resolves a whole template.
    static func resolve(_ statements: [Statement]) throws(ChatTemplateError) -> Program {
        var resolver = Resolver()
        let root = Scope(parent: nil, function: Function(depth: 0))
        resolver.analyze(statements, root)
        var block = Block(body: [])
        block.body = try resolver.resolved(statements, root)
        block.entries = resolver.entries(of: root)
        return Program(block: block, slotCount: root.function.slotCount, contextNames: resolver.contextNames)
    }

    private mutating func contextNumber(_ name: String) -> Int {
        if let number = contextIndex[name] { return number }
        contextIndex[name] = contextNames.count
        contextNames.append(name)
        return contextNames.count - 1
    }

    private mutating func entries(of scope: Scope) -> [ScopeEntry] {
        var entries: [ScopeEntry] = []
        for (slot, load) in scope.symbols.loads.sorted(by: { $0.key < $1.key }) {
            switch load {
            case .parameter: break
            case .missing: entries.append(ScopeEntry(slot: slot, source: .missing))
            case .resolve(let name):
                entries.append(ScopeEntry(slot: slot, source: .context(contextNumber(name))))
            case .alias(let outer):
                let hops = scope.function.depth - outer.depth
                entries.append(ScopeEntry(slot: slot, source: .copy(hops: hops, slot: outer.slot)))
            }
        }
        return entries
    }

    // MARK: Looking through a scope

    private func analyze(_ statements: [Statement], _ scope: Scope) {
        for statement in statements { analyze(statement, scope) }
    }

    private func analyze(_ statement: Statement, _ scope: Scope) {
        switch statement {
        case .text, .constant, .breakLoop, .continueLoop, .generation: break
        case .output(let value), .filtered(let value, _), .callBlock(let value, _): load(value, scope)
        case .conditional(let branches, let otherwise): analyze(branches[...], otherwise, scope)
        case .loop(let loop): load(loop.iterable, scope)
        case .assign(let target, let value, _):
            load(value, scope)
            store(target, scope)
        case .capture(let target, _, _, _), .macro(let target, _): store(target, scope)
        case .with(let values, _, _): for (_, value) in values { load(value, scope) }
        }
    }

    /// The branches after the first are inside one that stands for all the rest, as the tree of jinja2 has it.
    private func analyze(_ branches: ArraySlice<Branch>, _ otherwise: [Statement], _ scope: Scope) {
        guard let first = branches.first else { return }
        load(first.test, scope)
        let before = scope.symbols
        var results: [Scope.Symbols] = []
        let parts: [(Scope) -> Void] = [
            { analyze(first.body, $0) },
            { inner in for branch in branches.dropFirst() { analyze([branch][...], [], inner) } },
            { analyze(otherwise, $0) },
        ]
        for part in parts {
            part(scope)
            results.append(scope.symbols)
            scope.symbols = before
        }
        scope.joinBranches(results)
    }

    private func load(_ expression: Expression, _ scope: Scope) {
        if case .name(let name) = expression.kind { scope.load(name) }
        for child in expression.kind.children { load(child, scope) }
    }

    private func store(_ target: Target, _ scope: Scope, isParameter: Bool = false) {
        switch target {
        case .name(let name): if isParameter { scope.declare(name) } else { scope.store(name) }
        case .tuple(let targets): for target in targets { store(target, scope, isParameter: isParameter) }
        case .attribute(let namespace, _): load(namespace, scope)
        case .slot: break
        }
    }

    // MARK: Giving places

    private mutating func resolved(
        _ statements: [Statement], _ scope: Scope
    ) throws(ChatTemplateError) -> [Statement] {
        var result: [Statement] = []
        result.reserveCapacity(statements.count)
        for statement in statements { result.append(try resolved(statement, scope)) }
        return result
    }

    private mutating func resolved(_ statement: Statement, _ scope: Scope) throws(ChatTemplateError) -> Statement {
        switch statement {
        case .text, .constant, .breakLoop, .continueLoop: return statement
        case .output(let value): return .output(resolved(value, scope))
        case .conditional(let branches, let otherwise):
            var result: [Branch] = []
            for branch in branches {
                result.append(Branch(test: resolved(branch.test, scope), body: try resolved(branch.body, scope)))
            }
            return .conditional(result, otherwise: try resolved(otherwise, scope))
        case .loop(let loop): return .loop(try resolved(loop, scope))
        case .assign(let target, let value, let line):
            return .assign(try resolved(target, scope, line), resolved(value, scope), line: line)
        case .capture(let target, let filter, let block, let line):
            let inner = Scope(parent: scope, function: scope.function)
            let body = try resolvedBlock(block, inner) {
                $0.analyze(block.body, inner)
                if let filter { $0.load(filter, inner) }
            }
            return .capture(
                try resolved(target, scope, line), filter: filter.map { resolved($0, inner) },
                Block(body: body.body, entries: entries(of: inner)), line: line)
        case .filtered(let filter, let block):
            let inner = Scope(parent: scope, function: scope.function)
            // jinja2 looks at the filter's arguments inside the block.
            let body = try resolvedBlock(block, inner) {
                $0.analyze(block.body, inner)
                $0.load(filter, inner)
            }
            return .filtered(resolved(filter, inner), Block(body: body.body, entries: entries(of: inner)))
        case .with(let values, let block, let line):
            let inner = Scope(parent: scope, function: scope.function)
            let body = try resolvedBlock(block, inner) {
                for (target, _) in values { $0.store(target, inner, isParameter: true) }
                $0.analyze(block.body, inner)
            }
            var result: [(target: Target, value: Expression)] = []
            for (target, value) in values {
                result.append((try resolved(target, inner, line), resolved(value, scope)))
            }
            return .with(result, body, line: line)
        case .generation(let block):
            let inner = Scope(parent: scope, function: scope.function)
            return .generation(try resolvedBlock(block, inner) { $0.analyze(block.body, inner) })
        case .macro(let target, let macro):
            return .macro(try resolved(target, scope, macro.line), try resolved(macro, scope))
        case .callBlock(let call, let macro):
            return .callBlock(resolved(call, scope), try resolved(macro, scope))
        }
    }

    private mutating func resolvedBlock(
        _ block: Block, _ scope: Scope, _ analyze: (Resolver) -> Void
    ) throws(ChatTemplateError) -> Block {
        analyze(self)
        let body = try resolved(block.body, scope)
        return Block(body: body, entries: entries(of: scope))
    }

    private mutating func resolved(_ loop: Loop, _ scope: Scope) throws(ChatTemplateError) -> Loop {
        var loop = loop
        loopDepth += 1
        defer { loopDepth -= 1 }
        let function = loop.isRecursive ? Function(depth: scope.function.depth + 1) : scope.function
        let inner = Scope(parent: scope, function: function)
        if loop.isRecursive || Mentions.anything(loop.body.body, of: "loop") {
            inner.declare("loop")
            loop.loopSlot = inner.slot(of: "loop")
        }
        store(loop.target, inner, isParameter: true)
        analyze(loop.body.body, inner)
        if let test = loop.test {
            let testScope = Scope(parent: scope, function: function)
            store(loop.target, testScope, isParameter: true)
            load(test, testScope)
            loop.testTarget = try resolved(loop.target, testScope, loop.line)
            loop.test = resolved(test, testScope)
            loop.testEntries = entries(of: testScope)
        }
        if let otherwise = loop.otherwise {
            let elseScope = Scope(parent: scope, function: function)
            analyze(otherwise.body, elseScope)
            loop.otherwise = Block(body: try resolved(otherwise.body, elseScope), entries: entries(of: elseScope))
        }
        loop.iterable = resolved(loop.iterable, scope)
        loop.target = try resolved(loop.target, inner, loop.line)
        loop.body.body = try resolved(loop.body.body, inner)
        loop.body.entries = entries(of: inner)
        loop.slotCount = function.slotCount
        return loop
    }

    private mutating func resolved(_ macro: Macro, _ scope: Scope) throws(ChatTemplateError) -> Macro {
        var macro = macro
        let function = Function(depth: scope.function.depth + 1)
        let inner = Scope(parent: scope, function: function)
        for index in macro.parameters.indices {
            inner.declare(macro.parameters[index].name)
            macro.parameters[index].slot = inner.slot(of: macro.parameters[index].name)
        }
        func special(_ name: String) -> Int? {
            guard !macro.parameters.contains(where: { $0.name == name }),
                Mentions.anything(macro.body.body, of: name)
            else { return nil }
            inner.declare(name)
            return inner.slot(of: name)
        }
        macro.callerSlot = special("caller")
        macro.keywordsSlot = special("kwargs")
        macro.positionalSlot = special("varargs")
        for parameter in macro.parameters {
            if let initial = parameter.initial { load(initial, inner) }
        }
        analyze(macro.body.body, inner)
        for index in macro.parameters.indices {
            macro.parameters[index].initial = macro.parameters[index].initial.map { resolved($0, inner) }
        }
        macro.body.body = try resolved(macro.body.body, inner)
        macro.body.entries = entries(of: inner)
        macro.slotCount = function.slotCount
        return macro
    }

    private func resolved(_ target: Target, _ scope: Scope, _ line: Int) throws(ChatTemplateError) -> Target {
        switch target {
        case .name(let name):
            guard name != "loop" || loopDepth == 0 else {
                throw ChatTemplateError(line: line, message: "cannot assign to 'loop' inside a loop")
            }
            return .slot(scope.slot(of: name))
        case .slot: return target
        case .tuple(let targets):
            var result: [Target] = []
            for target in targets { result.append(try resolved(target, scope, line)) }
            return .tuple(result)
        case .attribute(let namespace, let name): return .attribute(of: resolved(namespace, scope), name)
        }
    }

    private func resolved(_ expression: Expression, _ scope: Scope) -> Expression {
        expression.mapped { kind in
            guard case .name(let name) = kind else { return kind }
            guard let reference = scope.find(name) else { return .none }
            return .variable(hops: scope.function.depth - reference.depth, slot: reference.slot, name: name)
        }
    }
}

/// A template whose variables have places.
struct Program: Sendable {
    var block: Block
    var slotCount: Int
    /// The names that are looked up in the context.
    var contextNames: [String]
}
