import Files
import TestFixtures
import Testing

@testable import Parquet

@Suite struct ParquetWriterTests {
    /// pyarrow, DuckDB and polars were shown to read the very rows from the file with this digest. Where the writer means
    /// to write something else, show them the new one.
    @Test func theBytesAreThoseThatOtherReadersRead() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.parquet")
        try WriterSample.write(WriterSample.rows(500, seed: 1), path, rowGroupBytes: 100_000)
        #expect(try SHA256.digest(ofFileAt: path) == "79f7e7c5d0b76718f45a69fad1915c7d26632551204553b61b0f7e9549b56c16")
    }

    @Test func filesBeginAndEndAsTheyShould() throws {
        let directory = try TemporaryDirectory()
        for count in [0, 1, 3] {
            let bytes = try WriterSample.write(WriterSample.rows(count, seed: 2), directory.file("a.parquet"))
            #expect(bytes.starts(with: "PAR1".utf8) && bytes.suffix(4).elementsEqual("PAR1".utf8))
            let length = bytes.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            #expect(length > 0 && length + 12 <= bytes.count)
            // The footer begins with the version, 2, and goes on with the list of the schema's elements.
            let footer = bytes.dropLast(8).suffix(length)
            #expect(footer.starts(with: [0x15, 0x04, 0x19]))
        }
    }

    @Test func theBytesDependOnTheRowsAlone() throws {
        let directory = try TemporaryDirectory()
        for compression in [ParquetCompression.snappy, .zstandard(level: 3)] {
            let rows = WriterSample.rows(300, seed: 3)
            let first = try WriterSample.write(rows, directory.file("a.parquet"), compression: compression)
            let second = try WriterSample.write(rows, directory.file("b.parquet"), compression: compression)
            #expect(first == second)
        }
    }

    @Test func rowGroupsEndAtTheirSize() throws {
        let directory = try TemporaryDirectory()
        let file = try OutputFile(destination: directory.file("a.parquet"), overwrite: false)
        var writer = try ParquetWriter(
            file, fields: [ParquetField("ids", .list(of: .int32))], compression: .uncompressed,
            rowGroupBytes: 1 << 20)
        let ids = ArraySlice((0..<100_000).map { Int32($0) })
        for _ in 0..<10 { try writer.append([.int32s(ids)]) }
        try writer.finish()
        let bytes = try directory.read("a.parquet")
        // 3 rows of 400 kB make a row group; 4 groups have a page each and little else.
        #expect((4_000_000..<4_001_500).contains(bytes.count))
    }

    @Test func wrongCellsAreNamed() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.parquet")
        let fields = [
            ParquetField("n", .int32, isOptional: false),
            ParquetField("m", .list(of: .structure([ParquetField("role", .string)]))),
        ]
        let wrong: [([ParquetCell], String, String)] = [
            ([.null, .null], "n", "null"), ([.int64(1), .null], "n", "int64"),
            ([.int32(1), .int32s([1])], "m.list.element.role", "list of int32"),
            ([.int32(1), .list([.structure([.bool(true)])])], "m.list.element.role", "bool"),
            ([.int32(1), .list([.structure([])])], "m.list.element.role", "structure of 0"), ([.int32(1)], "", "1"),
        ]
        let sound: [ParquetCell] = [.int32(1), .list([.null, .structure([.string("a")])])]
        for (row, column, found) in wrong {
            let errors = Self.errors(writing: [sound, row, sound], fields, path)
            #expect(errors.count == 2)
            guard case .wrongCell(path, column, 1, _, found)? = errors.first else {
                Issue.record("\(row): \(errors)")
                continue
            }
            // Half a row may have been taken: the writer is of no use any more.
            #expect(errors.last == .unfinished(path: path))
        }
        #expect(try directory.names().isEmpty)
    }

    /// The errors of appending rows, one after the other.
    private static func errors(
        writing rows: [[ParquetCell]], _ fields: [ParquetField], _ path: String
    ) -> [ParquetWriteError] {
        var errors: [ParquetWriteError] = []
        do {
            var writer = try ParquetWriter(OutputFile(destination: path, overwrite: false), fields: fields)
            for row in rows {
                do throws(ParquetWriteError) { try writer.append(row) } catch { errors.append(error) }
            }
        } catch {
            Issue.record(error)
        }
        return errors
    }

    @Test func schemasThatCannotBe() throws {
        let directory = try TemporaryDirectory()
        var deep = ParquetFieldType.int32
        for _ in 0..<100 { deep = .list(of: deep) }
        for (fields, part) in [
            ([], "has no fields"), ([ParquetField("a", .int32), ParquetField("a", .bool)], "has two fields 'a'"),
            ([ParquetField("a", .structure([]))], "column 'a' has no fields"), ([ParquetField("a", deep)], "too deep"),
        ] {
            let error = Self.schemaError(fields, directory.file("a.parquet"))
            #expect(error?.description.contains(part) == true)
        }
        #expect(try directory.names().isEmpty)
    }

    private static func schemaError(_ fields: [ParquetField], _ path: String) -> ParquetWriteError? {
        do {
            _ = try ParquetWriter(OutputFile(destination: path, overwrite: false), fields: fields)
        } catch {
            return error as? ParquetWriteError
        }
        return nil
    }
}
