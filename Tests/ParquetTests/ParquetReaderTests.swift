import JSON
import TestFixtures
import Testing

@testable import Parquet

@Suite struct ParquetReaderTests {
    private func golden(_ name: String) -> String { Golden(name: name).path }

    @Test func tellsWhatTheFooterSays() throws {
        let file = try ParquetFile(path: golden("nested-pages"))
        #expect(file.rowCount == 20)
        #expect(file.rowGroups.map(\.rowCount) == [7, 7, 6])
        #expect(file.createdBy?.hasPrefix("parquet-cpp") == true)
        #expect(
            file.schema.map(\.type) == [
                "list<struct<content: string, role: string>>", "list<list<int32>>", "map<string, int64>",
                "map<int32, string>", "struct<index: int64, answers: list<string>>",
            ])
        #expect(file.schema.map(\.isNullable) == [true, true, true, true, true])
        let group = try #require(file.rowGroups.first)
        #expect(group.byteRange.lowerBound == 4)
        #expect(group.byteRange.count == group.compressedBytes)
        #expect(group.chunks.map(\.column).first == "messages.list.element.content")
    }

    @Test func readsFieldsOfStructures() throws {
        let rows = try readRows(golden("nested-pages"), columns: ["extra.answers", "messages.role"])
        #expect(
            rows.first == ["messages": [["role": "user"], ["role": "assistant"]], "extra": ["answers": ["a", nil]]])
        #expect(rows[1] == ["messages": [], "extra": nil])
    }

    @Test func readsHalfAMapAsAList() throws {
        #expect(try readRows(golden("nested-pages"), columns: ["map.key"]).first == ["map": ["a", "b"]])
    }

    @Test func countsRowsWithoutColumns() throws {
        let rows = try readRows(golden("nested-pages"), columns: [])
        #expect(rows == Array(repeating: .object([]), count: 20))
    }

    @Test func namesTheColumnsThatThereAre() throws {
        let file = try ParquetFile(path: golden("all-null"))
        let error = #expect(throws: ParquetError.self) { _ = try ParquetReader(file, columns: ["txt"]) }
        #expect(error?.code == .notFound)
        #expect(error?.message == "has no column 'txt'; its columns are list, text")
    }

    @Test func readsChosenRowGroups() throws {
        let path = golden("nested-pages")
        var reader = try ParquetReader(try ParquetFile(path: path), rowGroups: 1..<2)
        #expect(reader.nextRow == 7)
        let batch = try #require(try reader.nextBatch())
        #expect(batch.firstRow == 7)
        #expect(batch.rows.map { JSONNode($0) } == Array(try Golden(name: "nested-pages").rows()[7..<14]))
        #expect(try reader.nextBatch() == nil)
        #expect(reader.consumed == reader.size)
        let file = try ParquetFile(path: path)
        #expect(throws: ParquetError.self) { _ = try ParquetReader(file, rowGroups: 2..<4) }
    }

    /// Pages of other columns are not even read: here they are zeros.
    @Test func readsNothingOfOtherColumns() throws {
        let directory = try TemporaryDirectory()
        let path = golden("nested-pages")
        var bytes = try readBytes(path)
        let file = try ParquetFile(path: path)
        for group in file.rowGroups {
            for chunk in group.chunks where !chunk.column.hasPrefix("matrix") {
                bytes.replaceSubrange(chunk.byteRange, with: repeatElement(0, count: chunk.byteRange.count))
            }
        }
        let spoiled = try directory.write("spoiled.parquet", bytes)
        let wanted = try Golden(name: "nested-pages").rows().map { $0["matrix"] }
        #expect(try readRows(spoiled, columns: ["matrix"]).map { $0["matrix"] } == wanted)
        #expect(try errorCode(spoiled) != nil)
    }

    @Test func batchesKeepTheirLimits() throws {
        var reader = try ParquetReader(try ParquetFile(path: golden("dictionary-fallback")))
        var counts: [Int] = []
        while let batch = try reader.nextBatch(maxBytes: 100) { counts.append(batch.count) }
        // "value number 0" has 14 bytes and counts 22, "value number 10" one more.
        #expect(counts.first == 4)
        #expect(counts.reduce(0, +) == 200)
        #expect(counts.allSatisfy { $0 <= 4 })
    }

    @Test func refusesRowsThatAreTooLarge() throws {
        let path = golden("nested-pages")
        #expect(try errorCode(path, rowLimit: 50) == .limitExceeded)
        #expect(try errorCode(path, rowLimit: 1000) == nil)
    }

    @Test func givesRowsBeforeAnError() throws {
        let directory = try TemporaryDirectory()
        let path = golden("nested-pages")
        var bytes = try readBytes(path)
        let group = try ParquetFile(path: path).rowGroups[1]
        bytes.replaceSubrange(group.byteRange, with: repeatElement(0xFF, count: group.byteRange.count))
        let file = try ParquetFile(path: try directory.write("spoiled.parquet", bytes))
        var reader = try ParquetReader(file)
        #expect(try reader.nextBatch()?.count == 7)
        for _ in 0..<2 {
            do {
                _ = try reader.nextBatch()
                Issue.record("no error")
            } catch {
                #expect(error.code == .invalidMetadata)
                #expect(error.rowGroup == 1)
                #expect(error.column == "messages.list.element.content")
                #expect(error.byte ?? 0 >= group.byteRange.lowerBound)
            }
        }
    }

    @Test func valuesActLikeThoseOfJSON() throws {
        var reader = try ParquetReader(try ParquetFile(path: golden("nested-pages")))
        let batch = try #require(try reader.nextBatch())
        let row = try #require(batch.rows.first)
        #expect(row.kind == .object)
        #expect(row.count == 5)
        #expect(row["messages"]?[0]?["role"]?.string == "user")
        #expect(row["messages"]?[0]?["role"]?.isString("user") == true)
        #expect(row["messages"]?[1]?["content"]?.isNull == true)
        #expect(row["messages"]?[2] == nil)
        #expect(row["matrix"]?[0]?[0]?.int64 == 1)
        #expect(row["map"]?.kind == .object)
        #expect(row["map"]?["a"]?.double == 1)
        #expect(row["map"]?.members.map(\.key) == ["a", "b"])
        #expect(row["numbered"]?.kind == .array)
        #expect(row["numbered"]?[0]?["key"]?.uint64 == 1)
        #expect(row["nothing"] == nil)
        #expect(row["extra"]?["index"]?.string == nil)
        #expect(batch.rows[1]["extra"]?["index"] == nil)
        #expect(batch.rows[1]["extra"]?.kind == .null)
    }
}
