import Parquet

extension ParquetValue: RowValue {
    var isArray: Bool { kind == .array }
    var isObject: Bool { kind == .object }

    var scalarText: String? {
        switch kind {
        case .string: string
        case .integer: int64.map(String.init) ?? uint64.map(String.init)
        case .double: double.map { "\($0)" }
        case .bool: bool.map { $0 ? "true" : "false" }
        default: nil
        }
    }

    var memberNames: [String] { members.map(\.key) }
}
