/// A JSON value that stands on its own, for building, comparing and writing.
public enum JSONNode: Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// An integer
    case int(Int64)
    /// An integer above `Int64.max`; smaller ones are `int`.
    case unsigned(UInt64)
    /// A number with a fraction or an exponent
    case double(Double)
    /// A string
    case string(String)
    /// An array
    case array([JSONNode])
    /// An object, whose members keep their order
    case object([(key: String, value: JSONNode)])

    /// Copies a parsed value. Of several members with the same key the first gives the place and the last the value, as
    /// in Python. Linear in the size of the value, apart from sorting out duplicate keys.
    public init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.bool ?? false)
        case .integer: self = value.int64.map { .int($0) } ?? .unsigned(value.uint64 ?? 0)
        case .double: self = .double(value.double ?? 0)
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map { JSONNode($0) })
        case .object: self = .object(JSONNode.members(of: value))
        }
    }

    private static func members(of value: JSONValue) -> [(key: String, value: JSONNode)] {
        var members: [(key: String, value: JSONNode)] = []
        members.reserveCapacity(value.count)
        // By bytes: String's own equality would merge keys that differ in normalisation only.
        guard value.count > 16 else {
            for member in value.members {
                let key = member.key
                let node = JSONNode(member.value)
                if let place = members.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) {
                    members[place].value = node
                } else {
                    members.append((key, node))
                }
            }
            return members
        }
        var places: [[UInt8]: Int] = [:]
        places.reserveCapacity(value.count)
        for member in value.members {
            let key = member.key
            let node = JSONNode(member.value)
            let bytes = Array(key.utf8)
            if let place = places[bytes] {
                members[place].value = node
            } else {
                places[bytes] = members.count
                members.append((key, node))
            }
        }
        return members
    }

    /// The value of the last member with this key, compared byte by byte; nil where there is none and for other kinds.
    public subscript(key: String) -> JSONNode? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}

/// Equality of kind, value and order of members; strings are compared byte by byte.
extension JSONNode: Equatable {
    /// Whether two values are the same. Linear in their size.
    public static func == (left: JSONNode, right: JSONNode) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.unsigned(let left), .unsigned(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):
            left.elementsEqual(right) { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
        default: false
        }
    }
}

extension JSONNode: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`
    public init(nilLiteral: ()) { self = .null }
    /// `true` or `false`
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A number
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A string
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array
    public init(arrayLiteral elements: JSONNode...) { self = .array(elements) }
    /// An object; members keep the order of the literal.
    public init(dictionaryLiteral elements: (String, JSONNode)...) {
        self = .object(elements.map { (key: $0.0, value: $0.1) })
    }
}
