import Glibc

extension Renderer {
    func call(_ function: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch function {
        case .undefined(let undefined): throw error(undefined.message)
        case .macro(let macro): return .string(try call(macro, arguments))
        case .method(let method): return try call(method.method, on: method.receiver, arguments)
        case .function(let function): return try call(function, arguments)
        case .loop(let loop):
            guard let recursion = loop.recursion else {
                throw error("a loop can be called only where it is marked 'recursive'")
            }
            let bound = try arguments.bound(to: "iterable", required: 1, of: "loop", self)
            return .string(
                try deeper { () throws(ChatTemplateError) in
                    try recurse(recursion.loop, recursion.frame, bound[0] ?? .null, depth0: loop.depth0 + 1)
                })
        default: throw error("a \(function.type) cannot be called")
        }
    }

    // MARK: Macros

    private func call(_ value: MacroValue, _ arguments: Arguments) throws(ChatTemplateError) -> Text {
        let macro = value.macro
        let name = macro.name ?? "caller"
        try spend(values: 8)
        let parameters = macro.parameters
        var keywords = arguments.keywords
        func take(_ name: String) -> Value? {
            guard let place = keywords.firstIndex(where: { $0.name.bytes.elementsEqual(name.utf8) }) else { return nil }
            return keywords.remove(at: place).value
        }
        let callLine = line
        return try run(slotCount: macro.slotCount, parent: value.frame) { (frame) throws(ChatTemplateError) in
            var given: [Value?] = []
            for (place, parameter) in parameters.enumerated() {
                given.append(
                    place < arguments.positional.count ? arguments.positional[place] : take(parameter.name))
            }
            if let slot = macro.callerSlot {
                frame.slots[slot] = take("caller") ?? .undefined(Undefined(.message("there is no caller")))
            }
            if let slot = macro.keywordsSlot {
                var builder = DictionaryBuilder()
                for (name, value) in keywords { builder.add(value, for: .string(name.bytes), shown: .string(name)) }
                frame.slots[slot] = try dictionary(builder)
            } else if let extra = keywords.first {
                throw error("macro '\(name)' takes no argument '\(extra.name)', or has it already")
            }
            let rest = Array(arguments.positional.dropFirst(parameters.count))
            if let slot = macro.positionalSlot {
                frame.slots[slot] = try tuple(rest)
            } else if !rest.isEmpty {
                throw error("macro '\(name)' takes at most \(parameters.count) arguments")
            }
            for (parameter, value) in zip(parameters, given) { frame.slots[parameter.slot] = value }
            enter(macro.body.entries, frame)
            let (_, text) = try capture { () throws(ChatTemplateError) in
                for parameter in parameters where frame.slots[parameter.slot] == nil {
                    frame.slots[parameter.slot] =
                        try parameter.initial.map { (initial) throws(ChatTemplateError) in
                            try evaluate(initial, frame)
                        } ?? .undefined(Undefined(.message("parameter '\(parameter.name)' was not provided")))
                }
                return try deeper { () throws(ChatTemplateError) in try execute(macro.body.body, frame) }
            }
            line = callLine
            return text
        }
    }

    // MARK: Functions

    private func call(_ function: GlobalFunction, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch function {
        case .raiseException:
            let bound = try arguments.bound(to: "message", required: 1, of: function.rawValue, self)
            throw error(try text(of: bound[0] ?? .null).string)
        case .formattedNow:
            let bound = try arguments.bound(to: "format", required: 1, of: function.rawValue, self)
            guard case .string(let format) = bound[0] else { throw error("'strftime_now' wants a string") }
            return try string(Text((date ?? .now()).formatted(format.string)))
        case .range:
            guard arguments.keywords.isEmpty, (1...3).contains(arguments.positional.count) else {
                throw error("'range' takes 1 to 3 arguments")
            }
            var bounds: [Int] = []
            for value in arguments.positional {
                guard let bound = value.index else { throw error("'range' wants integers, not '\(value.type)'") }
                bounds.append(bound)
            }
            if bounds.count == 1 { bounds.insert(0, at: 0) }
            if bounds.count == 2 { bounds.append(1) }
            guard bounds[2] != 0 else { throw error("the step of 'range' is 0") }
            guard let range = RangeValue(start: bounds[0], stop: bounds[1], step: bounds[2]) else {
                throw error("'range' would have more than \(RangeValue.maximumCount) elements")
            }
            return .range(range)
        case .dictionary:
            return .dictionary(try collected(arguments, "dict"))
        case .namespace:
            let members = try collected(arguments, "namespace")
            let namespace = makeNamespace()
            for (key, value) in zip(members.keys, members.values) {
                guard case .string(let name) = key else { throw error("'namespace' wants names that are strings") }
                try set(name, value, namespace)
            }
            return .namespace(namespace)
        }
    }

    /// The members that `dict(...)` makes of its arguments: a mapping or a list of pairs, then keywords.
    private func collected(_ arguments: Arguments, _ function: String) throws(ChatTemplateError) -> DictionaryValue {
        try spend(values: 8)
        guard arguments.positional.count <= 1 else { throw error("'\(function)' takes at most 1 argument") }
        var builder = DictionaryBuilder()
        switch arguments.positional.first {
        case nil: break
        case .dictionary(let members):
            for (key, value) in zip(members.keys, members.values) {
                builder.add(value, for: try self.key(key), shown: key)
            }
        case let pairs?:
            var cursor = try Cursor(pairs, self)
            while let pair = try cursor.next(self) {
                var parts = try Cursor(pair, self)
                let values = try parts.rest(self)
                guard values.count == 2 else { throw error("'\(function)' wants pairs") }
                builder.add(values[1], for: try key(values[0]), shown: values[0])
            }
        }
        for (name, value) in arguments.keywords {
            builder.add(value, for: .string(name.bytes), shown: .string(name))
        }
        guard case .dictionary(let members) = try dictionary(builder) else { return builder.dictionary }
        return members
    }

    // MARK: Methods

    func call(_ method: Method, on receiver: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch receiver {
        case .string(let text): return try call(method, on: text, arguments)
        case .dictionary(let members): return try call(method, on: members, receiver, arguments)
        case .list(let list), .tuple(let list):
            if method == .copy {
                try arguments.none(of: "copy", self)
                return try self.list(list.elements)
            }
            return try search(list.elements, method, arguments)
        case .range(let range):
            return try search((0..<range.count).map { .int(range[$0]) }, method, arguments)
        case .float(let value):
            try arguments.none(of: method.rawValue, self)
            return .bool(value.isFinite && value == value.rounded())
        case .loop(let loop):
            guard arguments.keywords.isEmpty else { throw error("'\(method.rawValue)' takes no named arguments") }
            guard method == .cycle else {
                if let last = loop.lastChanged, last.count == arguments.positional.count {
                    var isSame = true
                    for (left, right) in zip(last, arguments.positional) where isSame {
                        isSame = try isSameOrEqual(left, right)
                    }
                    if isSame { return .bool(false) }
                }
                loop.lastChanged = arguments.positional
                return .bool(true)
            }
            guard !arguments.positional.isEmpty else { throw error("'cycle' wants arguments") }
            let count = arguments.positional.count
            return arguments.positional[(loop.index0 % count + count) % count]
        default: throw error("a \(receiver.type) has no method '\(method.rawValue)'")
        }
    }

    private func call(
        _ method: Method, on members: DictionaryValue, _ receiver: Value, _ arguments: Arguments
    ) throws(ChatTemplateError) -> Value {
        guard method == .get else {
            try arguments.none(of: method.rawValue, self)
            switch method {
            case .items: return .items(members)
            case .keys: return .keys(members)
            case .values: return .values(members)
            default:
                var builder = DictionaryBuilder()
                for (key, value) in zip(members.keys, members.values) {
                    builder.add(value, for: try self.key(key), shown: key)
                }
                return try dictionary(builder)
            }
        }
        guard arguments.keywords.isEmpty, (1...2).contains(arguments.positional.count) else {
            throw error("'get' takes a key and a default")
        }
        if case .string(let name) = arguments.positional[0] {
            if let found = members.value(for: name) { return found }
        } else if let found = members.value(for: try key(arguments.positional[0])) {
            return found
        }
        return arguments.positional.count > 1 ? arguments.positional[1] : .null
    }

    private func search(_ elements: [Value], _ method: Method, _ arguments: Arguments) throws(ChatTemplateError)
        -> Value
    {
        guard arguments.keywords.isEmpty, let wanted = arguments.positional.first, arguments.positional.count == 1
        else {
            throw error("unsupported arguments of '\(method.rawValue)'")
        }
        var count = 0
        for (place, element) in elements.enumerated() {
            try step()
            guard try isSameOrEqual(element, wanted) else { continue }
            if method == .index { return .int(place) }
            count += 1
        }
        guard method == .count else { throw error("'index' finds nothing") }
        return .int(count)
    }
}
