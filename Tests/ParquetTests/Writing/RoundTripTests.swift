import Files
import JSON
import TestFixtures
import Testing

@testable import Parquet

/// What the writer writes, the reader reads.
@Suite struct RoundTripTests {
    @Test(arguments: [ParquetCompression.uncompressed, .snappy, .zstandard(level: 1)], [1, 200_000, 1 << 27])
    func everyTypeComesBack(_ compression: ParquetCompression, _ rowGroupBytes: Int) throws {
        let directory = try TemporaryDirectory()
        for (count, seed) in [(0, 1), (1, 2), (300, 3), (3000, 4)] where rowGroupBytes > 1 || count <= 300 {
            let rows = WriterSample.rows(count, seed: UInt64(seed))
            let path = directory.file("a.parquet")
            try WriterSample.write(rows, path, compression: compression, rowGroupBytes: rowGroupBytes)
            let read = try readRows(path, maxBytes: 100_000)
            #expect(read.count == rows.count)
            for (index, (row, cells)) in zip(read, rows).enumerated() {
                let expected = Self.node(.structure(cells), .structure(WriterSample.fields))
                let isSame = row == expected
                #expect(isSame, "row \(index): \(row) and not \(expected)")
            }
        }
    }

    /// The dictionary grows too large in the middle of a chunk, and pages end in the middle of a row group.
    @Test func dictionariesGiveWay() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.parquet")
        let texts = (0..<4000).map { $0 % 3 == 0 ? "same" : "\($0)" + String(repeating: "x", count: 1000) }
        var writer = try ParquetWriter(
            OutputFile(destination: path, overwrite: false), fields: [ParquetField("text", .string)])
        for text in texts { try writer.append([.string(text)]) }
        try writer.finish()
        let read = try readRows(path, maxBytes: 100_000)
        let isSame = read == texts.map { ["text": .string($0)] }
        #expect(isSame)
    }

    private static func node(_ cell: ParquetCell, _ type: ParquetFieldType) -> JSONNode {
        switch (cell, type) {
        case (.null, _): .null
        case (.bool(let value), _): .bool(value)
        case (.int32(let value), _): .int(Int64(value))
        case (.int64(let value), _): .int(value)
        case (.double(let value), _): .double(value)
        case (.string(let value), _): .string(value)
        case (.int32s(let values), _): .array(values.map { .int(Int64($0)) })
        case (.int64s(let values), _): .array(values.map(JSONNode.int))
        case (.list(let cells), .list(let element)): .array(cells.map { node($0, element) })
        case (.structure(let cells), .structure(let fields)):
            .object(zip(fields, cells).map { (key: $0.name, value: node($1, $0.type)) })
        default: .string("a cell of another type")
        }
    }
}
