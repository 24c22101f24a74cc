import JSON
import TestFixtures
import Testing

@Suite struct CheckpointViewTests {
    /// A safetensors file of bytes; names are as hostile as they come.
    private static func write(_ directory: TemporaryDirectory, _ name: String, _ tensors: [(String, [UInt8])]) throws
        -> String
    {
        var header: [(key: String, value: JSONNode)] = []
        var data: [UInt8] = []
        for (name, bytes) in tensors {
            let end = data.count + bytes.count
            header.append(
                (
                    name,
                    .object([
                        ("dtype", "U8"), ("shape", .array([.int(Int64(bytes.count))])),
                        ("data_offsets", .array([.int(Int64(data.count)), .int(Int64(end))])),
                    ])
                ))
            data += bytes
        }
        let text = Array(try JSONWriter().string(.object(header)).utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        return try directory.write(name, length + text + data)
    }

    private static let hostile = "a\u{1B}[31m,\"b\"\n"

    @Test func inspect() throws {
        let directory = try TemporaryDirectory()
        let path = try Self.write(directory, "a.safetensors", [(Self.hostile, [1, 2, 3]), ("b.weight", [0, 0])])
        let shown = try Program.run(["inspect", path, "--stats", "--hash", "--table"])
        #expect(shown.status == 0 && shown.errors.isEmpty)
        #expect(!shown.output.contains(0x1B) && shown.text.contains("nothing but zeros (1): b.weight"))
        let csv = try Program.run(["inspect", path, "--csv", "--filter", "a*"])
        #expect(csv.text.contains("\"a\u{1B}[31m,\"\"b\"\"\n\"") && !csv.text.contains("b.weight"))
        let json = try Program.run(["inspect", path, "--stats", "--json"])
        let node = JSONNode(try JSONDocument.parsing(json.output).root)
        #expect(node["checkpoint"]?["parameters"] == 5)
    }

    @Test func diff() throws {
        let directory = try TemporaryDirectory()
        let first = try Self.write(directory, "a.safetensors", [("x", [1, 2, 3]), (Self.hostile, [1])])
        let second = try Self.write(directory, "b.safetensors", [("x", [1, 2, 5]), (Self.hostile, [1])])
        #expect(try Program.run(["diff", first, second]).status == 0)
        #expect(try Program.run(["diff", first, second, "--exit-code"]).status == 1)
        #expect(try Program.run(["diff", first, first, "--exit-code"]).status == 0)
        #expect(try Program.run(["diff", first, second, "--exit-code", "--filter", "a*"]).status == 0)
        #expect(try !Program.run(["diff", first, second, "--csv"]).output.isEmpty)
        expectRefusal(try Program.run(["diff", first, directory.file("none")]), [directory.file("none")])
    }

    @Test func wrongUsage() throws {
        let directory = try TemporaryDirectory()
        let path = try Self.write(directory, "a.safetensors", [("x", [1])])
        for arguments in [
            ["inspect", path, "--csv", "--json"], ["inspect", path, "--rank", "1"], ["diff", path],
            ["diff", path, path, "--tolerance", "nan"], ["inspect", "a.jsonl", "--stats"],
        ] {
            #expect(try Program.run(arguments).status == 64, "\(arguments)")
        }
        expectRefusal(try Program.run(["inspect", "--join", path]), [path])
    }
}
