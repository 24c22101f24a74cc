import Files
import Parquet
import TestFixtures

/// A table with everything that the writer knows: every type, lists, structures, and nulls at every level.
struct WriterSample {
    static let fields = [
        ParquetField("number", .int32, isOptional: false),
        ParquetField("flag", .bool),
        ParquetField("count", .int64),
        ParquetField("share", .double),
        ParquetField("name", .string),
        ParquetField("text", .string, isOptional: false),
        ParquetField("ids", .list(of: .int32)),
        ParquetField("sums", .list(of: .int64), isOptional: false),
        ParquetField("nested", .list(of: .list(of: .int32))),
        ParquetField("deep", .list(of: .list(of: .list(of: .string)))),
        ParquetField("messages", .list(of: message)),
        ParquetField("info", info),
    ]
    private static let message = ParquetFieldType.structure([
        ParquetField("role", .string), ParquetField("content", .string, isOptional: false),
        ParquetField("marks", .list(of: .double)),
    ])
    private static let info = ParquetFieldType.structure([
        ParquetField("index", .int64, isOptional: false), ParquetField("list", .list(of: .bool)),
        ParquetField("inner", .structure([ParquetField("tags", .list(of: .string))])),
    ])

    /// Rows that depend on the seed alone.
    static func rows(_ count: Int, seed: UInt64) -> [[ParquetCell]] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { row in
            fields.map { field in
                field.name == "number" ? .int32(Int32(row)) : cell(field, &generator)
            }
        }
    }

    private static func cell(_ field: ParquetField, _ generator: inout SplitMix) -> ParquetCell {
        if field.isOptional, Int.random(in: 0..<5, using: &generator) == 0 { return .null }
        return cell(field.type, &generator)
    }

    private static func cell(_ type: ParquetFieldType, _ generator: inout SplitMix) -> ParquetCell {
        switch type {
        case .bool: return .bool(Bool.random(using: &generator))
        case .int32: return .int32(Int32.random(in: .min ... .max, using: &generator))
        case .int64: return .int64(Int64.random(in: .min ... .max, using: &generator))
        case .double: return .double(Double(Int.random(in: -1000...1000, using: &generator)) / 8)
        case .string: return .string(text(&generator))
        case .list(let element):
            let count = [0, 0, 1, 2, 5, 20][Int.random(in: 0..<6, using: &generator)]
            // Both forms that a list of numbers has.
            if element == .int32, Bool.random(using: &generator) {
                return .int32s(
                    ArraySlice((0..<count).map { _ in Int32.random(in: 0..<150_000, using: &generator) }))
            }
            if element == .int64, Bool.random(using: &generator) {
                return .int64s(ArraySlice((0..<count).map { _ in Int64.random(in: 0..<9, using: &generator) }))
            }
            return .list((0..<count).map { _ in cell(ParquetField("element", element), &generator) })
        case .structure(let fields):
            return .structure(fields.map { cell($0, &generator) })
        }
    }

    private static func text(_ generator: inout SplitMix) -> String {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: ""
        case 1: ["user", "assistant", "e\u{301}", "\u{E9}"][Int.random(in: 0..<4, using: &generator)]
        case 2: String(repeating: "\u{1F600}x", count: Int.random(in: 0..<40, using: &generator))
        default: "line \(UInt32.random(in: 0..<1_000_000, using: &generator))\nand \u{0}\u{7F}"
        }
    }

    /// Writes rows and returns the bytes of the file.
    @discardableResult
    static func write(
        _ rows: [[ParquetCell]], _ path: String, compression: ParquetCompression = .uncompressed,
        rowGroupBytes: Int = ParquetWriter.defaultRowGroupBytes
    ) throws -> [UInt8] {
        var writer = try ParquetWriter(
            OutputFile(destination: path, overwrite: true), fields: fields, compression: compression,
            rowGroupBytes: rowGroupBytes, metadata: [("key", "value")], creator: "test version 1")
        for row in rows { try writer.append(row) }
        try writer.finish()
        return try readBytes(path)
    }
}
