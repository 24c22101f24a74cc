import Parquet

extension ParquetValue: RowValue {
    var isArray: Bool { false }
    var isObject: Bool { false }
    var scalarText: String? { nil }
    var memberNames: [String] { [] }
}
