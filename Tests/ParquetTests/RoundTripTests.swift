import JSON
import TestFixtures
import Testing

@testable import Parquet

/// What the writer writes, the reader reads.
@Suite struct RoundTripTests {
    private func node(_ cell: ParquetCell, _ type: ParquetFieldType) -> JSONNode {
        switch (cell, type) {
        case (.null, _): .null
        case (.bool(let value), _): .bool(value)
        case (.int32(let value), _): .int(Int64(value))
        case (.int64(let value), _): .int(value)
        case (.double(let value), _): .double(value)
        case (.string(let value), _): .string(value)
        case (.int32s(let values), _): .array(values.map { .int(Int64($0)) })
        case (.int64s(let values), _): .array(values.map { .int($0) })
        case (.list(let cells), .list(let element)): .array(cells.map { node($0, element) })
        case (.structure(let cells), .structure(let fields)):
            .object(zip(fields, cells).map { ($0.name, node($1, $0.type)) })
        default: .string("a cell of another type")
        }
    }

    @Test(arguments: [ParquetCompression.uncompressed, .snappy, .zstandard(level: 3)])
    func rowsComeBack(_ compression: ParquetCompression) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.parquet")
        let rows = WriterSample.rows(700, seed: 5)
        try WriterSample.write(rows, path, compression: compression, rowGroupBytes: 50_000)
        let expected = rows.map { node(.structure($0), .structure(WriterSample.fields)) }
        #expect(try readRows(path) == expected)
        #expect(try readRows(path, maxBytes: 5000) == expected)
        #expect(try ParquetFile(path: path).rowGroups.count > 1)
    }
}
