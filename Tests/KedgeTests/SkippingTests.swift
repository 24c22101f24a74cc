import JSON
import TestFixtures
import Testing

@Suite struct SkippingTests {
    static let bad = ["{", #"{"problem": "x"}"#, "\u{22}\u{22}", "[1,2]", #"{"problem": 1, "generations": []}"#]

    /// The sample's rows with `count` bad ones among them, the first one first.
    private func mixed(_ count: Int) throws -> [UInt8] {
        var rows: [[UInt8]] = []
        for (index, row) in try Sample.rows().enumerated() {
            if index < count { rows.append(Array(Self.bad[index % Self.bad.count].utf8)) }
            rows.append(row)
        }
        return Sample.lines(rows)
    }

    @Test(arguments: [1, 3, 9])
    func exactlyAsManyAsTolerated(_ count: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", try mixed(count))
        let options = ["--skip-bad-rows", "\(count)", "--json"]
        let outcome = try tokenize([path], output: directory.file("a.h5"), options)
        #expect(outcome.status == 0)
        let counts = try JSONNode(JSONDocument.parsing(outcome.output).root)["counts"]
        #expect(counts?["bad_rows"] == .int(Int64(count)))
        #expect(counts?["rows"] == .int(Int64(Sample.rowCount + count)))
        #expect(counts?["kept"] == 35)
        let lines = outcome.errorText.split(separator: "\n")
        #expect(lines.count == count)
        for (index, line) in lines.enumerated() {
            #expect(line.hasPrefix("kedge: passed over: \(path): row \(2 * index + 1), byte "), "\(line)")
        }
        #expect(try Program.run(["verify", directory.file("a.h5"), "--strict"]).status == 0)
        let shown = try Program.run(["inspect", directory.file("a.h5")]).text
        #expect(shown.contains("bad rows"))
    }

    @Test(arguments: [1, 3, 9])
    func oneMoreThanTolerated(_ count: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", try mixed(count + 1))
        let outcome = try tokenize([path], output: directory.file("a.h5"), ["--skip-bad-rows", "\(count)"])
        expectRefusal(
            outcome, ["\(path): row \(2 * count + 1), byte ", "(\(count) bad rows were tolerated before it)"])
        #expect(try directory.names() == ["a.jsonl"])
    }

    /// The tolerance is for all files together.
    @Test func throughSeveralFiles() throws {
        let directory = try TemporaryDirectory()
        let paths = [
            try directory.write("a.jsonl", try mixed(2)), try directory.write("b.jsonl", try mixed(2)),
        ]
        #expect(try tokenize(paths, output: directory.file("a.h5"), ["--skip-bad-rows", "4"]).status == 0)
        expectRefusal(
            try tokenize(paths, output: directory.file("b.h5"), ["--skip-bad-rows", "3"]), [paths[1] + ": row 3, "])
    }

    /// Bad rows of more than a batch at the front: the shape is still found behind them.
    @Test func theShapeIsFoundBehindLongBadRows() throws {
        let directory = try TemporaryDirectory()
        let long = Array(#"{"text": ""#.utf8) + [UInt8](repeating: 0x61, count: 2 << 20) + Array("\"}".utf8)
        let path = try directory.write("a.jsonl", Sample.lines([long, long]) + (try Sample.lines(count: 2)))
        let outcome = try tokenize([path], output: directory.file("a.h5"), ["--skip-bad-rows", "2"])
        #expect(outcome.status == 0, "\(outcome.errorText)")
        expectRefusal(
            try tokenize([path], output: directory.file("b.h5"), ["--skip-bad-rows", "1"]), ["row 2, byte "])
        expectRefusal(try tokenize([path], output: directory.file("b.h5")), ["row 1, byte 0: has no columns"])
    }

    @Test func onlyBadRows() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", "{\n{\n")
        let outcome = try tokenize([path], output: directory.file("a.h5"), ["--skip-bad-rows", "2"])
        expectRefusal(outcome, ["no trace is left to write: 2 rows, 0 traces, 2 bad rows"])
        #expect(try directory.names() == ["a.jsonl"])
    }
}
