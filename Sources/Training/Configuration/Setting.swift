import JSON

/// A key of the configuration and the property that it sets.
struct Setting<Root> {
    /// The key.
    let name: String
    /// The value as JSON.
    let read: (Root) -> JSONNode
    /// Sets the value; false for a value of another type, which leaves the property as it was.
    let write: (inout Root, JSONNode) -> Bool

    private init<Value>(
        _ name: String, _ path: WritableKeyPath<Root, Value>, read: @escaping (Value) -> JSONNode,
        parse: @escaping (JSONNode) -> Value?
    ) {
        self.name = name
        self.read = { read($0[keyPath: path]) }
        write = { root, node in
            guard let value = parse(node) else { return false }
            root[keyPath: path] = value
            return true
        }
    }

    private init(name: String, read: @escaping (Root) -> JSONNode, write: @escaping (inout Root, JSONNode) -> Bool) {
        self.name = name
        self.read = read
        self.write = write
    }

    /// The same setting of a value that holds this one.
    func lifted<Whole>(_ path: WritableKeyPath<Whole, Root>) -> Setting<Whole> {
        Setting<Whole>(
            name: name, read: { read($0[keyPath: path]) }, write: { whole, node in write(&whole[keyPath: path], node) })
    }

    static func string(_ name: String, _ path: WritableKeyPath<Root, String>) -> Self {
        Self(name, path, read: { .string($0) }, parse: { $0.text })
    }

    static func optionalString(_ name: String, _ path: WritableKeyPath<Root, String?>) -> Self {
        Self(name, path, read: { $0.map { .string($0) } ?? .null }, parse: { orNull($0) { $0.text } })
    }

    static func flag(_ name: String, _ path: WritableKeyPath<Root, Bool>) -> Self {
        Self(name, path, read: { .bool($0) }, parse: { if case .bool(let value) = $0 { value } else { nil } })
    }

    static func optionalFlag(_ name: String, _ path: WritableKeyPath<Root, Bool?>) -> Self {
        Self(
            name, path, read: { $0.map { .bool($0) } ?? .null },
            parse: { orNull($0) { if case .bool(let value) = $0 { value } else { nil } } })
    }

    static func integer(_ name: String, _ path: WritableKeyPath<Root, Int>) -> Self {
        Self(name, path, read: { .int(Int64($0)) }, parse: { $0.whole })
    }

    /// - Parameter absent: a number that means null as well.
    static func optionalInteger(
        _ name: String, _ path: WritableKeyPath<Root, Int?>, absent: Int? = nil
    ) -> Self {
        Self(
            name, path, read: { $0.map { .int(Int64($0)) } ?? .null },
            parse: { node in orNull(node.whole == absent && absent != nil ? .null : node) { $0.whole } })
    }

    static func number(_ name: String, _ path: WritableKeyPath<Root, Double>) -> Self {
        Self(name, path, read: { .double($0) }, parse: { $0.real })
    }

    static func optionalNumber(_ name: String, _ path: WritableKeyPath<Root, Double?>) -> Self {
        Self(name, path, read: { $0.map { .double($0) } ?? .null }, parse: { orNull($0) { $0.real } })
    }

    static func strings(_ name: String, _ path: WritableKeyPath<Root, [String]>) -> Self {
        Self(name, path, read: { .array($0.map { .string($0) }) }, parse: { $0.list { $0.text } })
    }

    static func optionalIntegers(_ name: String, _ path: WritableKeyPath<Root, [Int]?>) -> Self {
        Self(
            name, path, read: { $0.map { .array($0.map { .int(Int64($0)) }) } ?? .null },
            parse: { orNull($0) { $0.list { $0.whole } } })
    }

    static func optionalNumbers(_ name: String, _ path: WritableKeyPath<Root, [Double]?>) -> Self {
        Self(
            name, path, read: { $0.map { .array($0.map { .double($0) }) } ?? .null },
            parse: { orNull($0) { $0.list { $0.real } } })
    }

    static func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ path: WritableKeyPath<Root, Choice>
    ) -> Self {
        Self(name, path, read: { .string($0.rawValue) }, parse: { $0.text.flatMap { Choice(rawValue: $0) } })
    }

    /// nil in a value that parses is that it was null.
    private static func orNull<Value>(_ node: JSONNode, _ parse: (JSONNode) -> Value?) -> Value?? {
        if case .null = node { return .some(nil) }
        return parse(node).map { .some($0) }
    }
}

extension JSONNode {
    var text: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// An integer, also one that is written with a fraction or an exponent.
    var whole: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// A finite number.
    var real: Double? {
        switch self {
        case .int(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value.isFinite ? value : nil
        default: nil
        }
    }

    /// A list, or a single value as a list of one.
    func list<Value>(_ parse: (JSONNode) -> Value?) -> [Value]? {
        guard case .array(let elements) = self else { return parse(self).map { [$0] } }
        var values: [Value] = []
        for element in elements {
            guard let value = parse(element) else { return nil }
            values.append(value)
        }
        return values
    }
}
