extension Renderer {
    // MARK: Attributes of elements

    /// The steps to an attribute as filters name it: `a.b.0`.
    func attributePath(_ attribute: Value?) throws(ChatTemplateError) -> [Value] {
        switch attribute {
        case nil, .null: return []
        case .string(let text):
            return text.split(Text("."), limit: nil).map { part in
                part.isDigit ? Int(part.string).map { .int($0) } ?? .string(part) : .string(part)
            }
        case let value?: return [value]
        }
    }

    func lookUp(_ path: [Value], in value: Value, default fallback: Value? = nil) throws(ChatTemplateError) -> Value {
        var value = value
        for step in path {
            value = try item(step, of: value)
            if let fallback, value.isUndefined, !isNull(fallback) { value = fallback }
        }
        return value
    }

    private func isNull(_ value: Value) -> Bool { if case .null = value { true } else { false } }

    private func folded(_ value: Value, _ isCaseSensitive: Bool) -> Value {
        if !isCaseSensitive, case .string(let text) = value { .string(text.lowercased) } else { value }
    }

    func sorted<Element>(
        _ elements: [Element], isReversed: Bool, _ isLess: (Element, Element) throws(ChatTemplateError) -> Bool
    ) throws(ChatTemplateError) -> [Element] {
        // A stable merge sort; reversing keeps equal elements in their order, as Python does.
        var runs = elements.map { [$0] }
        while runs.count > 1 {
            var merged: [[Element]] = []
            for place in stride(from: 0, to: runs.count, by: 2) {
                guard place + 1 < runs.count else {
                    merged.append(runs[place])
                    break
                }
                let (left, right) = (runs[place], runs[place + 1])
                var (run, first, second) = ([Element](), 0, 0)
                run.reserveCapacity(left.count + right.count)
                while first < left.count, second < right.count {
                    try step()
                    let takesRight =
                        isReversed ? try isLess(left[first], right[second]) : try isLess(right[second], left[first])
                    run.append(takesRight ? right[second] : left[first])
                    if takesRight { second += 1 } else { first += 1 }
                }
                merged.append(run + left[first...] + right[second...])
            }
            runs = merged
        }
        return runs.first ?? []
    }

    // MARK: Sequences

    func sequential(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch filter {
        case .list:
            try arguments.none(of: "list", self)
            var cursor = try Cursor(value, self)
            return try list(try cursor.rest(self))
        case .first:
            try arguments.none(of: "first", self)
            var cursor = try Cursor(value, self)
            return try cursor.next(self) ?? .undefined(Undefined(.message("there is no first item")))
        case .last:
            try arguments.none(of: "last", self)
            return try reversible(value).last ?? .undefined(Undefined(.message("there is no last item")))
        case .reverse:
            try arguments.none(of: "reverse", self)
            if case .string(let text) = value {
                try spend(bytes: text.bytes.count)
                var view = String.UnicodeScalarView()
                view.append(contentsOf: text.scalars.reversed())
                return .string(Text(Array(String(view).utf8), isMarkup: text.isMarkup))
            }
            if case .iterator = value {
                var cursor = try Cursor(value, self)
                return try list(try cursor.rest(self).reversed())
            }
            let elements = try reversible(value)
            try spend(values: elements.count)
            return .iterator(IteratorValue("reversed", over: elements.reversed()))
        case .items:
            try arguments.none(of: "items", self)
            switch value {
            case .undefined: return .iterator(IteratorValue("generator", over: []))
            case .dictionary(let members):
                try spend(values: members.count)
                return .iterator(IteratorValue("generator", over: members.pairs))
            default:
                let message = "'items' wants a mapping, not '\(value.type)'"
                return try iterator("generator", over: 0) { (renderer) throws(ChatTemplateError) in
                    throw renderer.error(message)
                }
            }
        default: return try grouped(filter, value, arguments)
        }
    }

    private func reversible(_ value: Value) throws(ChatTemplateError) -> [Value] {
        switch value {
        case .iterator, .loop: throw error("a \(value.type) cannot be gone through backwards")
        default:
            var cursor = try Cursor(value, self)
            return try cursor.rest(self)
        }
    }

    private func grouped(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        let name = filter == .batch ? "linecount" : "slices"
        let bound = try arguments.bound(to: name, "fill_with", required: 1, of: filter.rawValue, self)
        var groups: Cursor?
        return try iterator("generator", over: 1 + value.depth) { (renderer) throws(ChatTemplateError) in
            var walk =
                if let groups { groups } else {
                    Cursor(try renderer.groups(filter, value, size: bound[0] ?? .null, filling: bound[1]))
                }
            defer { groups = walk }
            return try walk.next(renderer)
        }
    }

    private func groups(
        _ filter: Filter, _ value: Value, size: Value, filling: Value?
    ) throws(ChatTemplateError) -> [Value] {
        guard let count = size.index, count > 0 else { throw error("'\(filter.rawValue)' wants a number above 0") }
        var cursor = try Cursor(value, self)
        let elements = try cursor.rest(self)
        try spend(values: elements.count)
        var groups: [Value] = []
        let filling = filling.flatMap { isNull($0) ? nil : $0 }
        if filter == .batch {
            for start in stride(from: 0, to: elements.count, by: count) {
                var group = Array(elements[start..<min(elements.count, start + min(count, elements.count))])
                if let filling {
                    try spend(values: count - group.count)
                    group += Array(repeating: filling, count: count - group.count)
                }
                groups.append(try list(group))
            }
        } else {
            try spend(values: count)
            var start = 0
            for place in 0..<count {
                let extra = place < elements.count % count ? 1 : 0
                let end = start + elements.count / count + extra
                groups.append(
                    try list(Array(elements[start..<end]) + (extra == 0 ? filling.map { [$0] } ?? [] : [])))
                start = end
            }
        }
        return groups
    }

    // MARK: Order

    func ordered(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch filter {
        case .sort:
            let bound = try arguments.bound(to: "reverse", "case_sensitive", "attribute", of: "sort", self)
            let paths: [[Value]]
            if case .string(let names) = bound[2] {
                var found: [[Value]] = []
                for name in names.split(Text(","), limit: nil) { found.append(try attributePath(.string(name))) }
                paths = found
            } else {
                paths = [try attributePath(bound[2])]
            }
            let isCaseSensitive = bound[1]?.isTrue ?? false
            let pairs = try keyed(value) { (element) throws(ChatTemplateError) in
                var keys: [Value] = []
                for path in paths { keys.append(folded(try lookUp(path, in: element), isCaseSensitive)) }
                return try list(keys)
            }
            return try list(try sortedByKey(pairs, bound[0]?.isTrue ?? false).map(\.element))
        case .dictsort:
            let bound = try arguments.bound(to: "case_sensitive", "by", "reverse", of: "dictsort", self)
            guard case .dictionary(let members) = value else { throw operandError("'dictsort'", value) }
            let by = try text(of: bound[1] ?? .string("key")).string
            guard by == "key" || by == "value" else { throw error("'dictsort' sorts by 'key' or 'value'") }
            let isCaseSensitive = bound[0]?.isTrue ?? false
            var pairs: [(key: Value, element: Value)] = []
            for (pair, (key, value)) in zip(members.pairs, zip(members.keys, members.values)) {
                pairs.append((folded(by == "key" ? key : value, isCaseSensitive), pair))
            }
            return try list(try sortedByKey(pairs, bound[2]?.isTrue ?? false).map(\.element))
        case .min, .max:
            let bound = try arguments.bound(to: "case_sensitive", "attribute", of: filter.rawValue, self)
            let path = try attributePath(bound[1])
            var best: (key: Value, element: Value)?
            for pair in try keyed(
                value,
                { (element) throws(ChatTemplateError) in
                    folded(try lookUp(path, in: element), bound[0]?.isTrue ?? false)
                })
            {
                guard let found = best else {
                    best = pair
                    continue
                }
                let isBetter =
                    filter == .min
                    ? try isLess(pair.key, found.key, "<") : try isLess(found.key, pair.key, ">", swapped: true)
                if isBetter { best = pair }
            }
            return best?.element ?? .undefined(Undefined(.message("there is nothing to choose from")))
        case .unique:
            let bound = try arguments.bound(to: "case_sensitive", "attribute", of: "unique", self)
            let path = try attributePath(bound[1])
            let isCaseSensitive = bound[0]?.isTrue ?? false
            var cursor = LateCursor(value)
            var seen: Set<DictionaryKey> = []
            return try iterator("generator", over: value.depth) { (renderer) throws(ChatTemplateError) in
                while let element = try cursor.next(renderer) {
                    try renderer.step()
                    let key = renderer.folded(try renderer.lookUp(path, in: element), isCaseSensitive)
                    if seen.insert(try renderer.key(key)).inserted { return element }
                }
                return nil
            }
        case .groupby: return try groups(value, arguments)
        default:
            let bound = try arguments.bound(to: "attribute", "start", of: "sum", self)
            let path = try attributePath(bound[0])
            var total = bound[1] ?? .int(0)
            if case .string = total { throw error("'sum' cannot join strings") }
            var cursor = try Cursor(value, self)
            while let element = try cursor.next(self) {
                try step()
                total = try combine(.add, total, try lookUp(path, in: element))
            }
            return total
        }
    }

    private func keyed(
        _ value: Value, _ key: (Value) throws(ChatTemplateError) -> Value
    ) throws(ChatTemplateError) -> [(key: Value, element: Value)] {
        var cursor = try Cursor(value, self)
        var pairs: [(key: Value, element: Value)] = []
        while let element = try cursor.next(self) {
            try spend(values: 1)
            pairs.append((try key(element), element))
        }
        return pairs
    }

    private func sortedByKey(
        _ pairs: [(key: Value, element: Value)], _ isReversed: Bool
    ) throws(ChatTemplateError) -> [(key: Value, element: Value)] {
        try sorted(pairs, isReversed: isReversed) { (left, right) throws(ChatTemplateError) in
            try isLess(left.key, right.key, "<")
        }
    }

    private func groups(_ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        let bound = try arguments.bound(to: "attribute", "default", "case_sensitive", required: 1, of: "groupby", self)
        let path = try attributePath(bound[0])
        let isCaseSensitive = bound[2]?.isTrue ?? false
        let pairs = try keyed(value) { (element) throws(ChatTemplateError) in
            folded(try lookUp(path, in: element, default: bound[1]), isCaseSensitive)
        }
        var groups: [(key: Value, elements: [Value])] = []
        for pair in try sortedByKey(pairs, false) {
            if let last = groups.last, try isSameOrEqual(last.key, pair.key) {
                groups[groups.count - 1].elements.append(pair.element)
            } else {
                groups.append((pair.key, [pair.element]))
            }
        }
        var result: [Value] = []
        for group in groups {
            let key = isCaseSensitive ? group.key : try lookUp(path, in: group.elements[0], default: bound[1])
            result.append(try tuple([key, try list(group.elements)]))
        }
        return try list(result)
    }

    // MARK: Functions over elements

    func mapped(_ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        var rest = arguments
        guard value.isTrue else { return .iterator(IteratorValue("generator", over: [])) }
        var cursor = LateCursor(value)
        if rest.positional.isEmpty, rest.keywords.contains(where: { $0.name == Text("attribute") }) {
            let bound = try arguments.bound(to: "attribute", "default", of: "map", self)
            let path = try attributePath(bound[0])
            return try iterator("generator", over: value.depth) { (renderer) throws(ChatTemplateError) in
                guard let element = try cursor.next(renderer) else { return nil }
                try renderer.step()
                return try renderer.lookUp(path, in: element, default: bound[1])
            }
        }
        guard !rest.positional.isEmpty, case .string(let name) = rest.positional.removeFirst(),
            let filter = Filter(rawValue: name.string)
        else { throw error("'map' wants the name of a filter, or an attribute") }
        let given = rest
        return try iterator("generator", over: max(value.depth, Value.depth(of: given.positional))) {
            (renderer) throws(ChatTemplateError) in
            guard let element = try cursor.next(renderer) else { return nil }
            try renderer.step()
            return try renderer.apply(filter, element, given)
        }
    }

    func selected(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        guard value.isTrue else { return .iterator(IteratorValue("generator", over: [])) }
        var rest = arguments
        var path: [Value] = []
        if filter == .selectattr || filter == .rejectattr {
            guard !rest.positional.isEmpty else { throw error("'\(filter.rawValue)' wants an attribute") }
            path = try attributePath(rest.positional.removeFirst())
        }
        var test: TemplateTest?
        if !rest.positional.isEmpty {
            guard case .string(let name) = rest.positional.removeFirst(),
                let found = TemplateTest(rawValue: name.string)
            else { throw error("'\(filter.rawValue)' wants the name of a test") }
            test = found
        }
        let keeps = filter == .select || filter == .selectattr
        let (given, chosen, steps) = (rest, test, path)
        var cursor = LateCursor(value)
        return try iterator("generator", over: max(value.depth, Value.depth(of: given.positional))) {
            (renderer) throws(ChatTemplateError) in
            while let element = try cursor.next(renderer) {
                try renderer.step()
                let subject = try renderer.lookUp(steps, in: element)
                let holds =
                    try chosen.map { (test) throws(ChatTemplateError) in try renderer.apply(test, subject, given) }
                    ?? subject.isTrue
                if holds == keeps { return element }
            }
            return nil
        }
    }
}
