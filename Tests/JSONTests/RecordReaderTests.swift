import Files
import JSON
import TestFixtures
import Testing

@Suite struct RecordReaderTests {
    struct Found: Equatable {
        var text: String
        var row: Int
        var line: Int
        var byte: Int
    }

    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func read(
        _ path: String, layout: RecordReader.Layout? = nil, maxBytes: Int = 1 << 20, limit: Int = 1 << 20,
        bufferSize: Int = 1 << 16
    ) -> (found: [Found], error: RecordError?) {
        var found: [Found] = []
        do throws(RecordError) {
            var reader = try RecordReader(path: path, layout: layout, recordLimit: limit, bufferSize: bufferSize)
            while let batch = try reader.nextBatch(maxBytes: maxBytes) {
                #expect(!batch.records.isEmpty)
                for record in batch.records {
                    found.append(
                        Found(
                            text: String(decoding: batch.copy(of: record), as: UTF8.self), row: record.row,
                            line: record.line, byte: record.byteOffset))
                }
            }
            return (found, nil)
        } catch {
            return (found, error)
        }
    }

    @Test(arguments: [1, 2, 3, 5, 16, 1 << 20])
    func lines(maxBytes: Int) throws {
        let text = "\u{FEFF}\n{\"a\":1}\r\n\n  \t\r\n [2] \n3"
        let path = try directory.write("a.jsonl", text)
        let result = read(path, maxBytes: maxBytes, bufferSize: 16)
        #expect(result.error == nil)
        #expect(
            result.found == [
                Found(text: "{\"a\":1}", row: 1, line: 2, byte: 4), Found(text: "[2]", row: 2, line: 5, byte: 20),
                Found(text: "3", row: 3, line: 6, byte: 25),
            ])
    }

    @Test(arguments: [1, 2, 3, 5, 16, 1 << 20])
    func array(maxBytes: Int) throws {
        let text = "\u{FEFF} \n[ {\"a\":\n\"]}\\\"\"} ,\n\n[1,[2]]\n,\"x\\\\\",null , -1.5]\n "
        let path = try directory.write("a.json", text)
        let result = read(path, maxBytes: maxBytes, bufferSize: 16)
        #expect(result.error == nil)
        #expect(
            result.found == [
                Found(text: "{\"a\":\n\"]}\\\"\"}", row: 1, line: 2, byte: 7),
                Found(text: "[1,[2]]", row: 2, line: 5, byte: 24), Found(text: "\"x\\\\\"", row: 3, line: 6, byte: 33),
                Found(text: "null", row: 4, line: 6, byte: 39), Found(text: "-1.5", row: 5, line: 6, byte: 46),
            ])
    }

    @Test(arguments: [1, 2, 3, 5, 16, 1 << 20])
    func values(maxBytes: Int) throws {
        let text = "{\n\"a\": 1\n}{}\n\n12 \"s\"[]\r\ntrue"
        let path = try directory.write("a.json", text)
        let result = read(path, maxBytes: maxBytes, bufferSize: 16)
        #expect(result.error == nil)
        #expect(
            result.found == [
                Found(text: "{\n\"a\": 1\n}", row: 1, line: 1, byte: 0), Found(text: "{}", row: 2, line: 3, byte: 10),
                Found(text: "12", row: 3, line: 5, byte: 14), Found(text: "\"s\"", row: 4, line: 5, byte: 17),
                Found(text: "[]", row: 5, line: 5, byte: 20), Found(text: "true", row: 6, line: 6, byte: 24),
            ])
    }

    @Test func layoutIsToldByNameAndContent() throws {
        for (name, text, expected): (String, String, RecordReader.Layout) in [
            ("a.jsonl", "[1]\n[2]", .lines), ("a.ndjson", "", .lines), ("a.json", " [1]", .array),
            ("a.json", "{}", .values),
            ("a", "[]", .array), ("a", "", .values),
        ] {
            var reader = try RecordReader(path: try directory.write(name, text))
            _ = try reader.nextBatch()
            #expect(reader.layout == expected)
        }
        #expect(read(try directory.write("b.json", "[1]\n[2]"), layout: .values).found.count == 2)
        #expect(read(try directory.write("b.jsonl", "[1,2]"), layout: .array).found.count == 2)
    }

    @Test(arguments: ["", " ", "\n\n", "\u{FEFF}", "\u{FEFF}\n", "x"])
    func filesWithoutRecords(text: String) throws {
        for name in ["a.jsonl", "a.json"] where text != "x" {
            let result = read(try directory.write(name, text), maxBytes: 1, bufferSize: 16)
            #expect(result.found.isEmpty && result.error == nil)
        }
        #expect(read(try directory.write("c.json", "[ ]")).found.isEmpty)
        // Blanks alone must not fill the memory, nor count as a record that is too long.
        let blanks = String(repeating: "\n ", count: 5000)
        let result = read(try directory.write("d.json", blanks + "1" + blanks + "2"), maxBytes: 10, limit: 100)
        #expect(result.error == nil)
        #expect(result.found.map(\.line) == [5001, 10001])
        #expect(result.found.map(\.byte) == [10000, 20001])
    }

    @Test(arguments: [
        ("[{}{}]", RecordError.Code.missingComma, 1, 3), ("[1 2]", .missingComma, 1, 3),
        ("[1,]", .unexpectedCharacter, 1, 3),
        ("[,1]", .unexpectedCharacter, 0, 1), ("[1,,2]", .unexpectedCharacter, 1, 3), ("[1:2]", .missingComma, 1, 2),
        ("[1] [2]", .trailingData, 1, 4), ("[]x", .trailingData, 0, 2), ("[1]]", .trailingData, 1, 3),
        ("[{\"a\":1]", .unbalanced, 1, 7), ("[[1}]", .unbalanced, 1, 3), ("[1}", .unbalanced, 1, 2),
        ("{}}", .unbalanced, 1, 2),
        ("{} ]", .unbalanced, 1, 3), ("{},{}", .unexpectedCharacter, 1, 2), ("[", .truncated, 0, 1),
        ("[1", .truncated, 1, 2),
        ("[1,", .truncated, 1, 3), ("[{\"a", .truncated, 1, 4), ("{\"a\":[1]", .truncated, 1, 8),
        ("\"abc\\\"", .truncated, 1, 6),
        ("[{},{\"a\":\"]}", .truncated, 2, 12),
    ])
    func structuralErrors(text: String, code: RecordError.Code, row: Int, byte: Int) throws {
        for maxBytes in [1, 2, 1 << 20] {
            let result = read(try directory.write("a.json", text), maxBytes: maxBytes, bufferSize: 16)
            #expect(result.error?.code == code)
            #expect(result.error?.row == row)
            #expect(result.error?.byte == byte)
        }
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(read(try directory.write("a.json", "[\(nested(512))]")).found.count == 1)
        let result = read(try directory.write("a.json", "[1,\(nested(513))]"))
        #expect(result.error?.code == .tooDeep)
        #expect(result.error?.byte == 3 + 512)
        #expect(result.found.count == 1)
    }

    @Test(arguments: [1, 10, 1 << 20])
    func longRecords(maxBytes: Int) throws {
        let row = "{\"a\":\"\(String(repeating: "x", count: 92))\"}"
        for (name, text, byte) in [
            ("a.jsonl", "1\n\(row)\n2", 2), ("a.json", "[1,\(row),2]", 3), ("b.json", "1 \(row) 2", 2),
        ] {
            let path = try directory.write(name, text)
            #expect(read(path, maxBytes: maxBytes, limit: 100, bufferSize: 16).found.count == 3)
            let result = read(path, maxBytes: maxBytes, limit: 99, bufferSize: 16)
            #expect(result.error?.code == .recordTooLong)
            #expect(result.error?.row == 2)
            #expect(result.error?.byte == byte)
            #expect(result.found.map(\.text) == ["1"])
        }
    }

    @Test func errorsOfTheFile() throws {
        let missing = read("\(directory.path)/missing.jsonl").error
        guard case .unreadable(let cause)? = missing?.code else {
            Issue.record("\(String(describing: missing))"); return
        }
        #expect(cause.code == .notFound)
        // Rows before a damaged place are given; then the error, each time again. A gzip member of stored blocks.
        let stored: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0, 6, 0, 0xF9, 0xFF] + Array("1\n2\n3\n".utf8)
        let result = read(try directory.write("a.jsonl.gz", stored))
        #expect(result.found.map(\.text) == ["1", "2", "3"])
        guard case .unreadable(let cut)? = result.error?.code else { Issue.record("no error"); return }
        #expect(cut.code == .truncated && cut.byte == stored.count)
        #expect(
            read(try directory.write("a.jsonl", [0xFF, 0xFE, 0x7B, 0] as [UInt8])).error?.code == .unsupportedEncoding)
    }

    @Test func batchesAreSendableAndBounded() async throws {
        let path = try directory.write("a.jsonl", (0..<1000).map { "{\"n\": \($0)}" }.joined(separator: "\n"))
        var reader = try RecordReader(path: path, hashing: true)
        var sums: [Task<Int, any Error>] = []
        while let batch = try reader.nextBatch(maxBytes: 100) {
            #expect(batch.bytes.count <= 100)
            sums.append(
                Task {
                    var parser = try JSONParser()
                    var sum = 0
                    for record in batch.records { sum += try parser.parse(record, of: batch).root["n"]?.int ?? 0 }
                    return sum
                })
        }
        var total = 0
        for sum in sums { total += try await sum.value }
        #expect(total == 499_500)
        #expect(reader.rows == 1000)
        #expect(reader.consumed == reader.size)
        #expect(try reader.digest() == SHA256.digest(ofFileAt: path))
    }
}
