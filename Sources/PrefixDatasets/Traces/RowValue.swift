import JSON
import Parquet

/// A value in a row of a trace file, whatever format the file has.
///
/// Strings are compared byte by byte, and of several members with one key the last counts, as in Python.
protocol RowValue {
    associatedtype Elements: Sequence<Self>

    var isNull: Bool { get }
    var isArray: Bool { get }
    var isObject: Bool { get }
    /// The string; nil for other kinds.
    var string: String? { get }
    /// The truth value; nil for other kinds.
    var bool: Bool? { get }
    /// The integer; nil for other kinds and above `Int64.max`.
    var int64: Int64? { get }
    /// The integer; nil for other kinds and below 0.
    var uint64: UInt64? { get }
    /// The number; nil for other kinds.
    var double: Double? { get }
    /// Elements or members; 0 for other kinds.
    var count: Int { get }
    /// The elements of an array; none for other kinds.
    var elements: Elements { get }
    /// The keys of an object.
    var memberNames: [String] { get }
    /// The member with this key; nil where there is none.
    subscript(key: String) -> Self? { get }
}

extension RowValue {
    /// A string, number or truth value as text; nil for other kinds.
    var scalarText: String? {
        string ?? int64.map(String.init) ?? uint64.map(String.init) ?? double.map { "\($0)" }
            ?? bool.map { $0 ? "true" : "false" }
    }
}

extension JSONValue: RowValue {
    var isArray: Bool { kind == .array }
    var isObject: Bool { kind == .object }
    var memberNames: [String] { members.map(\.key) }
}

extension ParquetValue: RowValue {
    var isArray: Bool { kind == .array }
    var isObject: Bool { kind == .object }
    var memberNames: [String] { members.map(\.key) }
}
