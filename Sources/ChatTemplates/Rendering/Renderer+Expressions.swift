extension Renderer {
    func evaluate(_ expression: Expression, _ frame: Frame) throws(ChatTemplateError) -> Value {
        try step()
        switch expression.kind {
        case .none: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .float(let value): return .float(value)
        case .string(let text): return .string(text)
        case .captured: return captured
        case .variable(let hops, let slot, let name):
            let frame = hops == 0 ? frame : self.frame(frame, hops)
            return frame.slots[slot] ?? .undefined(Undefined(.name(name)))
        case .name(let name): return .undefined(Undefined(.name(name)))
        default:
            return try deeper { () throws(ChatTemplateError) in try compute(expression, frame) }
        }
    }

    private func compute(_ expression: Expression, _ frame: Frame) throws(ChatTemplateError) -> Value {
        switch expression.kind {
        case .attribute(let operand, let name):
            let value = try evaluate(operand, frame)
            line = expression.line
            return try attribute(name, of: value)
        case .item(let operand, let index):
            let value = try evaluate(operand, frame)
            let index = try evaluate(index, frame)
            line = expression.line
            return try item(index, of: value)
        case .not(let operand): return .bool(!(try evaluate(operand, frame).isTrue))
        case .and(let left, let right):
            let value = try evaluate(left, frame)
            return value.isTrue ? try evaluate(right, frame) : value
        case .or(let left, let right):
            let value = try evaluate(left, frame)
            return value.isTrue ? value : try evaluate(right, frame)
        case .binary(let found, let left, let right):
            let left = try evaluate(left, frame)
            let right = try evaluate(right, frame)
            line = expression.line
            return try combine(found, left, right)
        case .comparison(let first, let rest): return try comparison(first, rest, frame, expression.line)
        case .test(let operand, let test, let arguments):
            let value = try evaluate(operand, frame)
            let arguments = try evaluate(arguments, frame)
            line = expression.line
            return .bool(try apply(test, value, arguments))
        case .filter(let operand, let filter, let arguments):
            let value = try evaluate(operand, frame)
            let arguments = try evaluate(arguments, frame)
            line = expression.line
            return try apply(filter, value, arguments)
        case .call(let callee, let arguments): return try call(callee, arguments, frame, expression.line)
        case .conditional(let test, let value, let otherwise):
            if try evaluate(test, frame).isTrue { return try evaluate(value, frame) }
            guard let otherwise else {
                return .undefined(
                    Undefined(.message("the condition on line \(expression.line) is false and has no 'else'")))
            }
            return try evaluate(otherwise, frame)
        default: return try computeMore(expression, frame)
        }
    }

    private func computeMore(_ expression: Expression, _ frame: Frame) throws(ChatTemplateError) -> Value {
        switch expression.kind {
        case .concatenation(let parts):
            var bytes: [UInt8] = []
            for part in parts {
                bytes += try text(of: try evaluate(part, frame)).bytes
                try spend(bytes: bytes.count)
            }
            return .string(Text(bytes))
        case .tuple(let elements): return try tuple(try evaluate(elements, frame))
        case .list(let elements): return try list(try evaluate(elements, frame))
        case .dictionary(let members):
            var builder = DictionaryBuilder()
            for (key, value) in members {
                let key = try evaluate(key, frame)
                let value = try evaluate(value, frame)
                line = expression.line
                builder.add(value, for: try self.key(key), shown: key)
            }
            return try dictionary(builder)
        case .negative(let operand):
            let value = try evaluate(operand, frame)
            line = expression.line
            return try negated(value)
        case .positive(let operand):
            let value = try evaluate(operand, frame)
            line = expression.line
            switch value {
            case .int, .float, .large: return value
            case .bool(let value): return .int(value ? 1 : 0)
            default: throw operandError("unary +", value)
            }
        case .slice(let operand, let start, let stop, let step):
            let value = try evaluate(operand, frame)
            var bounds: [Int?] = []
            for bound in [start, stop, step] {
                let bound = try bound.map { (bound) throws(ChatTemplateError) in try evaluate(bound, frame) } ?? .null
                line = expression.line
                bounds.append(try sliceBound(bound))
            }
            return try slice(value, bounds[0], bounds[1], bounds[2])
        default:
            return .null
        }
    }

    func evaluate(_ expressions: [Expression], _ frame: Frame) throws(ChatTemplateError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression, frame)) }
        return values
    }

    func evaluate(_ arguments: CallArguments, _ frame: Frame) throws(ChatTemplateError) -> Arguments {
        guard !arguments.isEmpty else { return Arguments() }
        var result = Arguments(positional: try evaluate(arguments.positional, frame))
        for (name, value) in arguments.keywords { result.keywords.append((name, try evaluate(value, frame))) }
        if let unpacked = arguments.unpackedPositional {
            var cursor = try Cursor(try evaluate(unpacked, frame), self)
            result.positional += try cursor.rest(self)
        }
        if let unpacked = arguments.unpackedKeywords {
            guard case .dictionary(let members) = try evaluate(unpacked, frame) else {
                throw error("'**' wants a mapping")
            }
            for (key, value) in zip(members.keys, members.values) {
                guard case .string(let name) = key, !result.keywords.contains(where: { $0.name == name }) else {
                    throw error("'**' wants keys that are strings and not given twice")
                }
                result.keywords.append((name, value))
            }
        }
        return result
    }

    private func comparison(
        _ first: Expression, _ rest: [(relation: ComparisonOperator, operand: Expression)], _ frame: Frame, _ line: Int
    ) throws(ChatTemplateError) -> Value {
        var left = try evaluate(first, frame)
        for (found, operand) in rest {
            let right = try evaluate(operand, frame)
            self.line = line
            guard try compare(found, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    private func call(
        _ callee: Expression, _ arguments: CallArguments, _ frame: Frame, _ line: Int
    ) throws(ChatTemplateError) -> Value {
        // Most calls are of methods: those need no value of their own.
        if case .attribute(let operand, let name) = callee.kind {
            let receiver = try evaluate(operand, frame)
            self.line = callee.line
            if let method = name.method, method.availability(on: receiver) == .callable {
                let arguments = try evaluate(arguments, frame)
                self.line = line
                return try call(method, on: receiver, arguments)
            }
            let function = try attribute(name, of: receiver)
            let arguments = try evaluate(arguments, frame)
            self.line = line
            return try call(function, arguments)
        }
        let function = try evaluate(callee, frame)
        let arguments = try evaluate(arguments, frame)
        self.line = line
        return try call(function, arguments)
    }
}

/// The values that a call, a filter or a test is given.
struct Arguments {
    var positional: [Value] = []
    var keywords: [(name: Text, value: Value)] = []

    var isEmpty: Bool { positional.isEmpty && keywords.isEmpty }

    /// The values for these parameters, nil where none is given; the first `required` must be.
    func bound(
        to names: String..., required: Int = 0, of function: String, _ renderer: Renderer
    ) throws(ChatTemplateError) -> [Value?] {
        guard positional.count <= names.count else {
            throw renderer.error("'\(function)' takes at most \(names.count) arguments, \(positional.count) are given")
        }
        var values: [Value?] = positional
        values += Array(repeating: nil, count: names.count - positional.count)
        for (name, value) in keywords {
            guard let place = names.firstIndex(where: { $0.utf8.elementsEqual(name.bytes) }), values[place] == nil
            else {
                throw renderer.error("'\(function)' takes no argument '\(name)', or has it already")
            }
            values[place] = value
        }
        for place in 0..<required where values[place] == nil {
            throw renderer.error("'\(function)' lacks the argument '\(names[place])'")
        }
        return values
    }

    /// Expects that there are none.
    func none(of function: String, _ renderer: Renderer) throws(ChatTemplateError) {
        guard isEmpty else { throw renderer.error("'\(function)' takes no arguments") }
    }
}
