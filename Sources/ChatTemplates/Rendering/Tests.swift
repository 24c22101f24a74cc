/// What can stand after `is`.
enum TemplateTest: String, Sendable {
    case odd, even, divisibleby, defined, undefined, filter, test, none, boolean, integer, float, lower, upper, string
    case mapping, number, sequence, iterable, callable, sameas, escaped, `in`
    case isTrue = "true"
    case isFalse = "false"
    case equalSign = "=="
    case eq, equalto
    case notEqualSign = "!="
    case ne
    case greaterSign = ">"
    case gt, greaterthan
    case greaterOrEqualSign = ">="
    case ge
    case lessSign = "<"
    case lt, lessthan
    case lessOrEqualSign = "<="
    case le

    /// The comparison that it stands for.
    fileprivate var comparison: ComparisonOperator? {
        switch self {
        case .equalSign, .eq, .equalto: .equal
        case .notEqualSign, .ne: .notEqual
        case .greaterSign, .gt, .greaterthan: .greater
        case .greaterOrEqualSign, .ge: .greaterOrEqual
        case .lessSign, .lt, .lessthan: .less
        case .lessOrEqualSign, .le: .lessOrEqual
        case .in: .contained
        default: nil
        }
    }
}

extension Renderer {
    func apply(_ test: TemplateTest, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Bool {
        if let comparison = test.comparison {
            let bound = try arguments.bound(to: "other", required: 1, of: test.rawValue, self)
            return try compare(comparison, value, bound[0] ?? .null)
        }
        switch test {
        case .divisibleby:
            let bound = try arguments.bound(to: "num", required: 1, of: test.rawValue, self)
            return try isEqual(try combine(.remainder, value, bound[0] ?? .null), .int(0))
        case .sameas:
            let bound = try arguments.bound(to: "other", required: 1, of: test.rawValue, self)
            return isSame(value, bound[0] ?? .null)
        default:
            try arguments.none(of: test.rawValue, self)
            return try holds(test, value)
        }
    }

    private func holds(_ test: TemplateTest, _ value: Value) throws(ChatTemplateError) -> Bool {
        switch (test, value) {
        case (.defined, _): return !value.isUndefined
        case (.undefined, _): return value.isUndefined
        case (.none, .null), (.boolean, .bool), (.string, .string), (.mapping, .dictionary), (.float, .float):
            return true
        case (.isTrue, .bool(let value)): return value
        case (.isFalse, .bool(let value)): return !value
        case (.integer, .int), (.integer, .large): return true
        case (.number, .int), (.number, .large), (.number, .float), (.number, .bool): return true
        case (.odd, _): return try isEqual(try combine(.remainder, value, .int(2)), .int(1))
        case (.even, _): return try isEqual(try combine(.remainder, value, .int(2)), .int(0))
        case (.lower, _): return try text(of: value).isLower
        case (.upper, _): return try text(of: value).isUpper
        case (.escaped, .string(let text)): return text.isMarkup
        case (.filter, .string(let name)): return Filter(rawValue: name.string) != nil
        case (.test, .string(let name)): return TemplateTest(rawValue: name.string) != nil
        case (.filter, let other), (.test, let other):
            _ = try key(other)
            return false
        case (.sequence, .undefined), (.sequence, .string), (.sequence, .list), (.sequence, .tuple),
            (.sequence, .dictionary), (.sequence, .range):
            return true
        case (.iterable, .undefined), (.iterable, .string), (.iterable, .list), (.iterable, .tuple),
            (.iterable, .dictionary), (.iterable, .keys), (.iterable, .values), (.iterable, .items),
            (.iterable, .range),
            (.iterable, .iterator), (.iterable, .loop):
            return true
        case (.callable, .undefined), (.callable, .macro), (.callable, .method), (.callable, .function),
            (.callable, .loop):
            return true
        default: return false
        }
    }
}
