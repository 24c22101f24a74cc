/// What the values of a column to be written are.
public indirect enum ParquetFieldType: Sendable, Equatable {
    /// True or false.
    case bool
    /// 32 bits, signed.
    case int32
    /// 64 bits, signed.
    case int64
    /// IEEE 754, 64 bits.
    case double
    /// UTF-8 text.
    case string
    /// Any number of values, each of which may be null.
    case list(of: ParquetFieldType)
    /// Named values side by side, at least one.
    case structure([ParquetField])
}

/// A column of a file to be written, or a member of a structure.
public struct ParquetField: Sendable, Equatable {
    /// Its name, unique among its siblings.
    public var name: String
    /// What its values are.
    public var type: ParquetFieldType
    /// Whether it may be null.
    public var isOptional: Bool

    /// A field; like other writers' it may be null unless said otherwise.
    public init(_ name: String, _ type: ParquetFieldType, isOptional: Bool = true) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
    }
}

/// The value of a field in one row.
public enum ParquetCell: Sendable, Equatable {
    /// Nothing.
    case null
    /// For a field of type `bool`.
    case bool(Bool)
    /// For a field of type `int32`.
    case int32(Int32)
    /// For a field of type `int64`.
    case int64(Int64)
    /// For a field of type `double`.
    case double(Double)
    /// For a field of type `string`.
    case string(String)
    /// For a list.
    case list([ParquetCell])
    /// For a list of `int32` without nulls: stored as one piece.
    case int32s(ArraySlice<Int32>)
    /// For a list of `int64` without nulls: stored as one piece.
    case int64s(ArraySlice<Int64>)
    /// For a structure: a value for each of its fields, in their order.
    case structure([ParquetCell])

    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "double"
        case .string: "string"
        case .list: "list"
        case .int32s: "list of int32"
        case .int64s: "list of int64"
        case .structure(let members): "structure of \(members.count)"
        }
    }
}

extension ParquetFieldType: CustomStringConvertible {
    /// Such as `list of int32`.
    public var description: String {
        switch self {
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "double"
        case .string: "string"
        case .list(let element): "list of \(element)"
        case .structure(let fields): "structure of \(fields.count)"
        }
    }
}
