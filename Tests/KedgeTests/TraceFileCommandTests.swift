import JSON
import TestFixtures
import Testing

/// `inspect` on trace files.
@Suite struct TraceFileCommandTests {
    /// A file of tests of the Parquet module.
    private func golden(_ name: String) -> String {
        let parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/") + "/ParquetTests/Goldens/" + name
    }

    private func json(_ arguments: [String]) throws -> JSONNode {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        return JSONNode(try JSONDocument.parsing(outcome.output).root)
    }

    @Test func showsColumnsOfJSONLines() throws {
        let summary = try json(["inspect", Sample.traces, "--json"])
        #expect(summary["format"] == "jsonl")
        #expect(summary["rows"] == 16)
        #expect(summary["shape"] == "openr1")
        #expect(summary["row_groups"] == [])
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "a.jsonl", #"{"a":1,"b":[null]}"# + "\n" + #"{"a":0.5,"b":null,"c":{"x":"y"}}"# + "\n")
        let columns = try json(["inspect", path, "--json"])["columns"]
        #expect(
            columns == [
                ["name": "a", "type": "double", "nulls": 0], ["name": "b", "type": "list<null>", "nulls": 1],
                ["name": "c", "type": "struct<x: string>", "nulls": 1],
            ])
    }

    @Test func showsColumnsOfParquet() throws {
        let summary = try json(["inspect", golden("nested-pages.parquet"), "--json"])
        #expect(summary["format"] == "parquet")
        #expect(summary["rows"] == 20)
        #expect(summary["shape"] == "chat")
        guard case .array(let columns)? = summary["columns"], case .array(let groups)? = summary["row_groups"] else {
            Issue.record("no columns")
            return
        }
        #expect(columns.first?["type"] == "list<struct<content: string, role: string>>")
        #expect(columns.map { $0["nulls"] } == [5, 5, 5, 5, 5])
        #expect(groups.map { $0["rows"] } == [7, 7, 6])
        let text = try Program.run(["inspect", golden("nested-pages.parquet")])
        #expect(text.status == 0 && String(decoding: text.output, as: UTF8.self).contains("20 rows in 3 row groups"))
    }

    @Test(arguments: ["nested-pages", "types-plain", "legacy-two-level"])
    func showsRows(_ name: String) throws {
        let expected = try readBytes(golden(name + ".jsonl")).split(separator: 0x0A)
        for range in [0..<expected.count, 3..<9, 5..<5, 0..<1_000_000] {
            let outcome = try Program.run(
                ["inspect", golden(name + ".parquet"), "--rows", "\(range.lowerBound)..<\(range.upperBound)", "--json"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            let lines = outcome.output.split(separator: 0x0A)
            let wanted = expected[range.clamped(to: 0..<expected.count)]
            #expect(lines.count == wanted.count)
            for (line, other) in zip(lines, wanted) {
                let one = JSONNode(try JSONDocument.parsing(Array(line)).root)
                #expect(one == JSONNode(try JSONDocument.parsing(Array(other)).root))
            }
        }
    }

    @Test func showsRowsOfJSONLines() throws {
        let outcome = try Program.run(["inspect", Sample.traces, "--rows", "2..4", "--json"])
        #expect(outcome.status == 0)
        #expect(outcome.output.split(separator: 0x0A).count == 2)
        let ids = try outcome.output.split(separator: 0x0A).map {
            try JSONDocument.parsing(Array($0)).root["uuid"]?.string
        }
        let rows = try Sample.rows()[2..<4].map { try JSONDocument.parsing($0).root["uuid"]?.string }
        #expect(ids == rows)
    }

    @Test func refusesWhatIsNotThere() throws {
        let directory = try TemporaryDirectory()
        let path = golden("all-null.parquet")
        expectRefusal(try Program.run(["inspect", path, "--rows", "5..<7", "--json"]), [path, "has no row 5"])
        expectRefusal(try Program.run(["inspect", Sample.traces, "--rows", "16..20"]), ["has no row 16"])
        expectRefusal(try Program.run(["inspect", directory.file("none.parquet")]), ["none.parquet", "no such file"])
        let text = try directory.write("text.parquet", "this is no Parquet file")
        expectRefusal(try Program.run(["inspect", text]), [text, "does not begin with PAR1"])
        let bytes = try readBytes(golden("nested-pages.parquet"))
        let cut = try directory.write("cut.parquet", bytes.prefix(bytes.count / 2))
        expectRefusal(try Program.run(["inspect", cut, "--rows", "0..<5"]), [cut, "incomplete"])
    }

    @Test(arguments: [
        ["inspect", "a.parquet", "--rows", "5"], ["inspect", "a.parquet", "--rows", "5..<2"],
        ["inspect", "a.parquet", "--rows", "-1..2"], ["inspect", "a.h5", "--rows", "0..<2"],
        ["inspect", "a.jsonl", "--decode", "2"],
    ]) func wrongUsage(_ arguments: [String]) throws {
        #expect(try Program.run(arguments).status == 64)
    }
}
