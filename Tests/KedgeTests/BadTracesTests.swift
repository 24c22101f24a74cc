import TestFixtures
import Testing

/// Trace files that cannot be used: one line that says where, and nothing left behind.
@Suite struct BadTracesTests {
    /// Runs `tokenize` over a file of `bytes` and expects a refusal that names the file and `parts`.
    private func expectRefused(
        _ name: String, _ bytes: [UInt8], _ parts: [String], options: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(name, bytes)
        let results = try directory.makeDirectory("results")
        let outcome = try tokenize([path], output: results + "/a.h5", options)
        expectRefusal(outcome, [path + ": "] + parts, sourceLocation: sourceLocation)
        #expect(try directory.names() == [name, "results"].sorted(), sourceLocation: sourceLocation)
        #expect(try directory.isEmpty("results"), sourceLocation: sourceLocation)
    }

    /// Forty rows; row 17 is made from the sample's row 1 by `change`.
    private func rows(_ change: ([UInt8]) -> [UInt8]) throws -> (bytes: [UInt8], start: Int) {
        let sample = try Sample.rows()
        let before = Sample.lines(Array(sample.prefix(16)))
        let all = before + change(sample[0]) + [0x0A] + Sample.lines(sample) + Sample.lines(Array(sample.prefix(7)))
        return (all, before.count)
    }

    @Test(arguments: [0.1, 0.5, 0.99])
    func truncatedGzip(_ share: Double) throws {
        let whole = gzip(try Sample.lines(count: 200))
        let count = Int(Double(whole.count) * share)
        try expectRefused("a.jsonl.gz", Array(whole.prefix(count)), ["truncated", "byte \(count)"])
    }

    @Test(arguments: [0.1, 0.5, 0.99])
    func truncatedZstandard(_ share: Double) throws {
        let whole = zstandard(try Sample.lines(count: 200))
        let count = Int(Double(whole.count) * share)
        try expectRefused("a.jsonl.zst", Array(whole.prefix(count)), ["truncated", "byte \(count)"])
    }

    @Test func damagedGzip() throws {
        var bytes = gzip(try Sample.lines(count: 50))
        bytes[bytes.count - 6] ^= 1
        try expectRefused("a.jsonl.gz", bytes, ["checksum"])
    }

    @Test func anotherContentThanTheNamePromises() throws {
        try expectRefused("a.jsonl.gz", try Sample.lines(count: 1), ["is not gzip"])
        try expectRefused("a.jsonl.zst", try Sample.lines(count: 1), ["is not Zstandard"])
    }

    @Test func invalidUTF8() throws {
        let (bytes, start) = try rows { row in
            var row = row
            row[20] = 0xFF
            return row
        }
        try expectRefused("a.jsonl", bytes, ["row 17, byte \(start + 20): ", "UTF-8"])
    }

    @Test func syntaxError() throws {
        let (bytes, start) = try rows { Array(#"{"problem": "x", "generations" ["y"]}"#.utf8) + $0.prefix(0) }
        try expectRefused("a.jsonl", bytes, ["row 17, byte \(start + 31): is not valid JSON"])
        // The same in an array, and cut off in the middle of a row.
        let array = Array("[".utf8) + bytes.dropLast().map { $0 == 0x0A ? UInt8(ascii: ",") : $0 } + Array("]".utf8)
        try expectRefused("a.json", array, ["row 17, byte \(start + 32): is not valid JSON"])
        let (cut, _) = try rows { Array($0.prefix(40)) }
        try expectRefused("a.jsonl", cut, ["row 17, byte \(start + 12): is not valid JSON: the string has no"])
    }

    @Test func missingColumn() throws {
        let (bytes, start) = try rows { Array(#"{"problem": "x", "answer": "y"}"#.utf8) + $0.prefix(0) }
        try expectRefused("a.jsonl", bytes, ["row 17, byte \(start): has no column 'generations'", "--columns"])
        try expectRefused(
            "b.jsonl", Array(#"{"question": "x", "text": "y"}"#.utf8),
            ["row 1, byte 0: has no columns of a known shape", "but: question, text", "--columns"])
        try expectRefused(
            "c.jsonl", try Sample.lines(count: 3), ["row 1, byte 0: has no column 'problem'"],
            options: ["--columns", "problem=question"])
    }

    @Test func rowsThatAreNoObjects() throws {
        try expectRefused("a.jsonl", Array("[1]\n".utf8), ["row 1, byte 0: is not a JSON object"])
        try expectRefused("a.json", Array("17".utf8), ["row 1, byte 0: is not a JSON object"])
        let (bytes, start) = try rows { _ in Array("null".utf8) }
        try expectRefused("a.jsonl", bytes, ["row 17, byte \(start): is not a JSON object"])
    }

    @Test(arguments: ["a.jsonl", "a.json"])
    func nothing(_ name: String) throws {
        try expectRefused(name, [], ["holds no rows"])
        try expectRefused(name, Array("\n \r\n\t\n\n".utf8), ["holds no rows"])
        try expectRefused(name + ".gz", gzip([]), ["holds no rows"])
        try expectRefused(name + ".zst", [], ["is empty"])
        if name == "a.json" { try expectRefused(name, Array("[ ]".utf8), ["holds no rows"]) }
    }

    @Test func anEmptyFileAmongOthers() throws {
        let directory = try TemporaryDirectory()
        let empty = try directory.write("empty.jsonl", "\n")
        expectRefusal(
            try tokenize([Sample.traces, empty], output: directory.file("a.h5")), [empty + ": holds no rows"])
        #expect(try directory.names() == ["empty.jsonl"])
    }

    @Test func noUsableRows() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "a.jsonl", #"{"problem": "x", "generations": ["a", "b"], "correctness_math_verify": [false, null]}"#)
        let none = try directory.write("b.jsonl", #"{"problem": "x", "generations": []}"#)
        for (files, options, part) in [
            ([path], ["--require-correct"], "1 dropped as incorrect"),
            ([path], ["--max-prompt", "1"], "prompt too long"),
            ([none], [], "1 rows without traces"),
        ] {
            let outcome = try tokenize(files, output: directory.file("a.h5"), options)
            expectRefusal(outcome, ["no trace is left to write: ", part])
        }
        #expect(try directory.names() == ["a.jsonl", "b.jsonl"])
    }

    @Test func rowsOver12MiB() throws {
        let long = Array(#"{"problem": "x", "generations": [""#.utf8) + [UInt8](repeating: 0x61, count: 13 << 20)
        let bytes = try Sample.lines(count: 3) + long + Array("\"]}\n".utf8)
        try expectRefused(
            "a.jsonl", bytes,
            ["row 4", "byte \(try Sample.lines(count: 3).count)", "longer than the limit of 12582912"])
    }

    @Test func filesThatAreNoTraces() throws {
        try expectRefused("a.csv", Array("problem,answer\n".utf8), ["is not a trace file"])
        let directory = try TemporaryDirectory()
        try directory.write("readme.txt", "x")
        expectRefusal(
            try tokenize([directory.path], output: directory.file("a.h5")), [directory.path, "holds no trace file"])
        for missing in ["none.jsonl", "none.txt", "none/"] {
            expectRefusal(
                try tokenize([directory.file(missing)], output: directory.file("a.h5")),
                [directory.file(missing), "no such file"])
        }
        #expect(try directory.names() == ["readme.txt"])
    }

    /// The first error counts, however far ahead the reader is.
    @Test(arguments: ["1", "2", "8"])
    func theFirstErrorIsTold(_ threads: String) throws {
        let (bytes, start) = try rows { _ in Array("{".utf8) }
        let whole = gzip(bytes + (try Sample.lines(count: 500)))
        try expectRefused(
            "a.jsonl.gz", Array(whole.dropLast(100)), ["row 17, byte \(start + 1): is not valid JSON"],
            options: ["--threads", threads])
    }
}
