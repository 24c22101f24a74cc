extension Renderer {
    func compare(_ operation: ComparisonOperator, _ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
        switch operation {
        case .equal: try isEqual(left, right)
        case .notEqual: !(try isEqual(left, right))
        case .less: try isLess(left, right, "<")
        case .greater: try isLess(right, left, ">", swapped: true)
        case .lessOrEqual: try isLess(left, right, "<=") ? true : try isOrderedEqual(left, right)
        case .greaterOrEqual:
            try isLess(right, left, ">=", swapped: true) ? true : try isOrderedEqual(left, right)
        case .contained: try contains(right, left)
        case .notContained: !(try contains(right, left))
        }
    }

    func isEqual(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.null, .null): return true
        case (.string(let left), .string(let right)):
            try spend(bytes: min(left.bytes.count, right.bytes.count))
            return left.bytes == right.bytes
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            guard left !== right else { return true }
            guard left.elements.count == right.elements.count else { return false }
            return try deeper { () throws(ChatTemplateError) in
                for (left, right) in zip(left.elements, right.elements) {
                    try step()
                    guard try isSameOrEqual(left, right) else { return false }
                }
                return true
            }
        case (.dictionary(let left), .dictionary(let right)): return try isEqual(left, right)
        case (.keys(let left), .keys(let right)):
            guard left.count == right.count else { return false }
            for key in left.keys { if right.value(for: try self.key(key)) == nil { return false } }
            return true
        case (.items(let left), .items(let right)): return try isEqual(left, right)
        case (.range(let left), .range(let right)):
            return DictionaryKey(.range(left)) == DictionaryKey(.range(right))
        case (.values, .values): return false
        case (.iterator(let left), .iterator(let right)): return left === right
        case (.namespace(let left), .namespace(let right)): return left === right
        case (.macro(let left), .macro(let right)): return left === right
        case (.loop(let left), .loop(let right)): return left === right
        case (.function(let left), .function(let right)): return left == right
        case (.method(let left), .method(let right)):
            return left.method == right.method && isSame(left.receiver, right.receiver)
        default:
            return order(left, right) == .equal
        }
    }

    private func isEqual(_ left: DictionaryValue, _ right: DictionaryValue) throws(ChatTemplateError) -> Bool {
        guard left !== right else { return true }
        guard left.count == right.count else { return false }
        return try deeper { () throws(ChatTemplateError) in
            for (key, value) in zip(left.keys, left.values) {
                try step()
                guard let other = right.value(for: try self.key(key)), try isSameOrEqual(value, other) else {
                    return false
                }
            }
            return true
        }
    }

    /// As containers compare their elements: what is the same object is equal.
    func isSameOrEqual(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
        if case .float = left, isSame(left, right) { return try isEqual(left, right) }
        return try isSame(left, right) ? true : isEqual(left, right)
    }

    /// `is`: whether two values are one object. Numbers and strings are where they are equal, as small ones are in Python.
    func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)): left === right
        case (.dictionary(let left), .dictionary(let right)): left === right
        case (.range(let left), .range(let right)): left === right
        case (.undefined(let left), .undefined(let right)): left === right
        case (.iterator(let left), .iterator(let right)): left === right
        case (.namespace(let left), .namespace(let right)): left === right
        case (.macro(let left), .macro(let right)): left === right
        case (.loop(let left), .loop(let right)): left === right
        default: false
        }
    }

    private enum Order { case less, equal, greater, unordered }

    /// How two numbers compare; nil where one is no number. Exact, even between integers and floats.
    private func order(_ left: Value, _ right: Value) -> Order? {
        func order<Number: Comparable>(_ left: Number, _ right: Number) -> Order {
            left < right ? .less : left > right ? .greater : left == right ? .equal : .unordered
        }
        switch (left, right) {
        case (.float(let left), .float(let right)): return order(left, right)
        case (.large(let left), .large(let right)): return order(left, right)
        case (.large(let left), .float(let right)): return order(Double(left), right)
        case (.float(let left), .large(let right)): return order(left, Double(right))
        case (.large, _): return right.index == nil ? nil : .greater
        case (_, .large): return left.index == nil ? nil : .less
        case (.float(let left), _): return right.index.map { Renderer.flipped(mixed($0, left)) }
        case (_, .float(let right)): return left.index.map { mixed($0, right) }
        default:
            guard let left = left.index, let right = right.index else { return nil }
            return order(left, right)
        }
    }

    private static func flipped(_ order: Order) -> Order {
        order == .less ? .greater : order == .greater ? .less : order
    }

    private func mixed(_ left: Int, _ right: Double) -> Order {
        if right.isNaN { return .unordered }
        if right >= 0x1p63 { return .less }
        if right < -0x1p63 { return .greater }
        let whole = Int(right.rounded(.down))
        if left != whole { return left < whole ? .less : .greater }
        return right == right.rounded(.down) ? .equal : .less
    }

    /// Whether a value comes before another. `swapped` says that the two stand the other way round in the template.
    func isLess(
        _ left: Value, _ right: Value, _ operation: String, swapped: Bool = false
    ) throws(ChatTemplateError) -> Bool {
        if let order = order(left, right) { return order == .less }
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try spend(bytes: min(left.bytes.count, right.bytes.count))
            // The order of UTF-8 is that of code points.
            return left.bytes.lexicographicallyPrecedes(right.bytes)
        case (.list(let one), .list(let other)), (.tuple(let one), .tuple(let other)):
            return try deeper { () throws(ChatTemplateError) in
                for (one, other) in zip(one.elements, other.elements) {
                    try step()
                    if !(try isSameOrEqual(one, other)) { return try isLess(one, other, operation, swapped: swapped) }
                }
                return one.elements.count < other.elements.count
            }
        default:
            throw swapped ? operandError(operation, right, left) : operandError(operation, left, right)
        }
    }

    private func isOrderedEqual(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
        try isEqual(left, right)
    }

    func contains(_ container: Value, _ element: Value) throws(ChatTemplateError) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let wanted) = element else {
                throw error("'in' wants a string on its left, not '\(element.type)'")
            }
            try spend(bytes: text.bytes.count)
            return text.find(wanted.bytes) != nil
        case .dictionary(let members), .keys(let members):
            return members.value(for: try key(element)) != nil
        case .range(let range) where element.index != nil:
            guard let value = element.index, range.count > 0 else { return false }
            let low = min(range.start, range[range.count - 1])
            let high = max(range.start, range[range.count - 1])
            return (low...high).contains(value) && (value - range.start) % range.step == 0
        case .undefined: return false
        default:
            var cursor = try Cursor(container, self)
            while let value = try cursor.next(self) {
                try step()
                if try isSameOrEqual(value, element) { return true }
            }
            return false
        }
    }
}
