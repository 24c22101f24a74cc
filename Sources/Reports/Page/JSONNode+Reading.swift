import JSON

/// Looking into JSON that may lack anything.
extension JSONNode {
    /// The string; nil for other kinds.
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number; nil for other kinds.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The whole number; nil for other kinds and outside the range of `Int`.
    var integer: Int? {
        if case .int(let value) = self { Int(exactly: value) } else { nil }
    }

    /// The elements of an array; none for other kinds.
    var items: [JSONNode] {
        if case .array(let items) = self { items } else { [] }
    }

    /// The members of an object; none for other kinds.
    var members: [(key: String, value: JSONNode)] {
        if case .object(let members) = self { members } else { [] }
    }

    /// The value at a path of keys; nil where there is none.
    subscript(path keys: String...) -> JSONNode? {
        var node: JSONNode? = self
        for key in keys { node = node?[key] }
        return node
    }

    /// The value for people: strings as they are, everything else as JSON; at most about 2,000 characters.
    var shown: String {
        let text =
            switch self {
            case .string(let text): text
            case .null: "-"
            case .array(let items) where items.allSatisfy({ $0.members.isEmpty && $0.items.isEmpty }):
                items.map(\.shown).joined(separator: ", ")
            default: (try? JSONWriter().string(self)) ?? "?"
            }
        return HTMLText.clipped(text)
    }
}
