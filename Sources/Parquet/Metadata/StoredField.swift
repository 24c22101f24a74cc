/// A column of a Parquet file, or a field inside one.
public struct StoredField: Sendable {
    /// What a field holds.
    public indirect enum Kind: Sendable {
        /// Single values: how they are stored and, where the file says so, what they mean.
        case value(PhysicalType, LogicalType?)
        /// Any number of elements.
        case list(StoredField)
        /// Keys with values.
        case map(key: StoredField, value: StoredField)
        /// Named fields side by side.
        case structure([StoredField])
    }

    /// Its name. Elements of lists, and keys and values of maps, have the names that the file gives them.
    public let name: String
    /// Whether it may be null.
    public let isNullable: Bool
    /// What it holds.
    public let kind: Kind

    /// The bytes of each value of a fixed length; 0 for other types.
    let length: Int
    let levels: Levels
    /// The leaves of the whole schema that lie below, depth first; one for a single value.
    let leaves: Range<Int>

    /// What repetition levels r and definition levels d say about a field.
    struct Levels: Hashable, Sendable {
        /// How many repeated fields lie above: a slot begins where r is not larger.
        var repetition: Int
        /// The smallest d at which there is a slot: the lists above have an element.
        var slot: Int
        /// The smallest d at which the slot is not null.
        var value: Int
        /// For lists and maps, the smallest d at which there is an element; else the same as `value`.
        var element: Int
    }

    /// The type in the manner of Arrow, such as `list<struct<role: string, content: string>>`.
    public var type: String {
        switch kind {
        case .value(let physical, let logical): logical?.description ?? physical.description
        case .list(let element): "list<\(element.type)>"
        case .map(let key, let value): "map<\(key.type), \(value.type)>"
        case .structure(let fields): "struct<\(fields.map { "\($0.name): \($0.type)" }.joined(separator: ", "))>"
        }
    }

    /// The field with the given kind, for projections.
    func with(_ kind: Kind) -> StoredField {
        StoredField(name: name, isNullable: isNullable, kind: kind, length: length, levels: levels, leaves: leaves)
    }

    /// The leaves in this tree, in their order: fewer than ``leaves`` where it is a projection.
    var storedLeaves: [StoredField] {
        switch kind {
        case .value: [self]
        case .list(let element): element.storedLeaves
        case .map(let key, let value): key.storedLeaves + value.storedLeaves
        case .structure(let fields): fields.flatMap(\.storedLeaves)
        }
    }
}

extension PhysicalType: CustomStringConvertible {
    /// Such as `int32` or `binary`.
    public var description: String {
        switch self {
        case .boolean: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .int96: "timestamp(ns)"
        case .float: "float"
        case .double: "double"
        case .byteArray: "binary"
        case .fixedLengthByteArray: "fixed-length binary"
        }
    }
}
