import JSON

/// The members of a configuration file, read by name and checked; each key is ticked off as it is read.
struct ConfigurationFields {
    /// The file, for errors.
    let path: String
    /// What stands before a key in errors: the key of the object that this one lies in, and a dot.
    let prefix: String
    private let members: [String: JSONNode]
    private var rest: Set<String>

    /// - Throws: `malformed` for anything but an object.
    init(_ node: JSONNode, path: String, key: String? = nil) throws(TransformerError) {
        guard case .object(let list) = node else {
            throw TransformerError(.malformed, path: path, subject: key, "is no JSON object")
        }
        self.path = path
        prefix = key.map { "\($0)." } ?? ""
        members = Dictionary(list.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        rest = Set(members.keys)
    }

    func error(_ code: TransformerError.Code, _ key: String, _ message: String) -> TransformerError {
        TransformerError(code, path: path, subject: prefix + key, message)
    }

    /// Whether the key is there, null or not.
    func has(_ key: String) -> Bool { members[key] != nil }

    /// The value; nil where it is absent or null.
    mutating func value(_ key: String) -> JSONNode? {
        rest.remove(key)
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    /// The value of a key that may be absent, but not null.
    private mutating func required(_ key: String) throws(TransformerError) -> JSONNode? {
        rest.remove(key)
        if members[key] == .null { throw error(.malformed, key, "is null; give a value or remove the key") }
        return members[key]
    }

    /// A whole number; `fallback` where the key is absent.
    mutating func count(_ key: String, _ fallback: Int, in range: ClosedRange<Int>) throws(TransformerError) -> Int {
        guard let value = try required(key) else { return fallback }
        return try count(value, key, in: range)
    }

    /// A whole number; nil where the key is absent or null.
    mutating func count(_ key: String, in range: ClosedRange<Int>) throws(TransformerError) -> Int? {
        guard let value = value(key) else { return nil }
        return try count(value, key, in: range)
    }

    private func count(_ value: JSONNode, _ key: String, in range: ClosedRange<Int>) throws(TransformerError) -> Int {
        guard case .int(let number) = value, let count = Int(exactly: number), range.contains(count) else {
            throw error(.malformed, key, "is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return count
    }

    /// A number; `fallback` where the key is absent.
    mutating func number(
        _ key: String, _ fallback: Double, in range: ClosedRange<Double>
    ) throws(TransformerError) -> Double {
        guard let value = try required(key) else { return fallback }
        return try number(value, key, in: range)
    }

    /// A number; nil where the key is absent or null.
    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(TransformerError) -> Double? {
        guard let value = value(key) else { return nil }
        return try number(value, key, in: range)
    }

    private func number(
        _ value: JSONNode, _ key: String, in range: ClosedRange<Double>
    ) throws(TransformerError) -> Double {
        let number: Double? =
            switch value {
            case .int(let value): Double(value)
            case .double(let value): value
            default: nil
            }
        guard let number, range.contains(number) else {
            throw error(.malformed, key, "is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A truth value; `fallback` where the key is absent.
    mutating func flag(_ key: String, _ fallback: Bool) throws(TransformerError) -> Bool {
        guard let value = try required(key) else { return fallback }
        guard case .bool(let flag) = value else { throw error(.malformed, key, "is neither true nor false") }
        return flag
    }

    /// A text; nil where the key is absent or null.
    mutating func text(_ key: String) throws(TransformerError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value else { throw error(.malformed, key, "is no text") }
        return text
    }

    /// A list of texts; nil where the key is absent or null.
    mutating func texts(_ key: String) throws(TransformerError) -> [String]? {
        guard let value = value(key) else { return nil }
        guard case .array(let elements) = value else { throw error(.malformed, key, "is no list of texts") }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else { throw error(.malformed, key, "is no list of texts") }
            texts.append(text)
        }
        return texts
    }

    /// Token ids, of which one may stand alone; nil where the key is absent, none where it is null.
    mutating func tokens(_ key: String, below vocabularySize: Int) throws(TransformerError) -> [Int32]? {
        guard has(key) else { return nil }
        guard let value = value(key) else { return [] }
        var ids: [Int32] = []
        let elements: [JSONNode] = if case .array(let list) = value { list } else { [value] }
        for element in elements {
            guard case .int(let number) = element, let id = Int32(exactly: number), id >= 0, id < vocabularySize else {
                throw error(
                    .malformed, key, "is no token id below the \(vocabularySize) of the vocabulary; correct it")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// Refuses a key unless it is absent, null, or has one of some values.
    mutating func require(_ key: String, _ allowed: JSONNode..., why: String) throws(TransformerError) {
        guard let value = value(key) else { return }
        guard allowed.contains(where: { $0 == value }) else { throw error(.unsupported, key, why) }
    }

    /// Ticks off keys that change nothing.
    mutating func ignore(_ keys: some Sequence<String>) {
        for key in keys { rest.remove(key) }
    }

    /// Refuses keys that nobody asked for, unless they are null.
    func requireAllKnown(_ what: String) throws(TransformerError) {
        let unknown = rest.filter { members[$0] != .null }.sorted()
        guard let first = unknown.first else { return }
        let others = unknown.dropFirst().map { "'\(prefix)\($0)'" }.joined(separator: ", ")
        throw error(
            .unsupported, first,
            (others.isEmpty ? "" : "(and \(others)) ")
                + "is not known for \(what), and might change what the model computes; remove it if it does not")
    }
}
