import JSON
import TestFixtures
import Testing

/// `merge` and `verify` of checkpoints.
@Suite struct MergeCommandTests {
    /// A safetensors file with one tensor of float32.
    static func write(_ values: [Float], to name: String, in directory: TemporaryDirectory) throws -> String {
        let header = #"{"x":{"dtype":"F32","shape":[\#(values.count)],"data_offsets":[0,\#(values.count * 4)]}}"#
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        bytes += header.utf8
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
        return try directory.write(name, bytes)
    }

    private func values(_ path: String) throws -> [Float] {
        let bytes = try readBytes(path)
        let header = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        return stride(from: 8 + header, to: bytes.count, by: 4).map { start in
            Float(bitPattern: bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
    }

    @Test func merges() throws {
        let directory = try TemporaryDirectory()
        let base = try Self.write([1, 1, 1], to: "base.safetensors", in: directory)
        let first = try Self.write([2, 1, 0], to: "a.safetensors", in: directory)
        let second = try Self.write([4, 5, 1], to: "b.safetensors", in: directory)
        let output = directory.file("out.safetensors")
        for (arguments, expected) in [
            (["linear", first, second, "--weight", "3,1"], [2.5, 2, 0.25]),
            (["linear", first, second, "--rule", "x:weight=0,1"], [4, 5, 1]),
            (["task-arithmetic", first, second, "--base", base, "--lambda", "2"], [9, 9, -1]),
            (["ties", first, second, "--base", base, "--density", "1,0.4"], [2, 5, 0]),
            (["dare-linear", first, "--base", base, "--density", "1"], [2, 1, 0]),
        ] as [([String], [Float])] {
            let outcome = try Program.run(["merge"] + arguments + ["--output", output, "--force", "--no-sync"])
            #expect(outcome.status == 0, "\(outcome.errorText)")
            #expect(try values(output) == expected, "\(arguments)")
        }
        expectRefusal(
            try Program.run(["merge", "linear", first, second, "--output", output]), [output, "already exists"])
        expectRefusal(
            try Program.run(["merge", "linear", first, second, "--output", first, "--force"]), [first, "input itself"])
    }

    @Test(arguments: [
        ["linear", "a", "b"], ["median", "a", "--output", "c"], ["ties", "a", "--output", "c"],
        ["linear", "a", "--base", "b", "--output", "c"], ["slerp", "a", "--output", "c"],
        ["linear", "a", "--output", "c", "--weight", "1,x"], ["linear", "a", "--output", "c", "--weight", ""],
        ["linear", "a", "--output", "c", "--rule", "x"], ["linear", "a", "--output", "c", "--rule", "x:t=1,2"],
        ["linear", "a", "--output", "c", "--dtype", "int8"], ["slerp", "a", "b", "d", "--output", "c"],
        ["slerp", "a", "b", "--t", "1.5", "--output", "c"], ["linear", "a", "b", "--t", "0.5", "--output", "c"],
        ["slerp", "a", "b", "--rule", "x:t=2", "--output", "c"], ["linear", "a", "--rule", "x:t=0.5", "--output", "c"],
        ["slerp", "a", "b", "--rule", "x:weight=1", "--output", "c"],
        ["linear", "a", "--weight", "1,2", "--output", "c"], ["linear", "a", "b", "--weight=1,-1", "--output", "c"],
        ["slerp", "a", "b", "--weight", "1,2", "--output", "c"], ["linear", "a", "--lambda", "2", "--output", "c"],
        ["ties", "a", "--base", "b", "--density", "0", "--output", "c"],
        ["linear", "a", "--seed", "1", "--output", "c"],
        ["ties", "a", "--base", "b", "--seed", "1", "--output", "c"],
        ["linear", "a", "--density", "1", "--output", "c"], ["linear", "a", "--consensus", "sum", "--output", "c"],
        ["linear", "a", "--max-shard-size", "1GB", "--output", "c.safetensors"],
    ])
    func wrongUsage(_ arguments: [String]) throws {
        let outcome = try Program.run(["merge"] + arguments)
        #expect(outcome.status == 64, "\(outcome.errorText)")
        #expect(outcome.output.isEmpty)
    }

    @Test func modelsThatDoNotFit() throws {
        let directory = try TemporaryDirectory()
        let first = try Self.write([2, 1, 0], to: "a.safetensors", in: directory)
        let second = try Self.write([4, 5], to: "b.safetensors", in: directory)
        let output = directory.file("out.safetensors")
        expectRefusal(
            try Program.run(["merge", "linear", first, second, "--output", output]), [second, "tensor 'x'", "shape"])
        let outcome = try Program.run(["merge", "linear", first, "--weight", "1,2", "--output", output])
        #expect(outcome.status == 64 && outcome.errorText.contains("do not fit"))
        #expect(directory.isMissing("out.safetensors"))
    }

    @Test func verifies() throws {
        let directory = try TemporaryDirectory()
        let sound = try Self.write([2, 1, 0], to: "a.safetensors", in: directory)
        let outcome = try Program.run(["verify", sound, "--finite"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.text.contains("sound, all finite"))
        let bad = try Self.write([2, .nan, 0], to: "b.safetensors", in: directory)
        let found = try Program.run(["verify", bad, "--finite", "--json"])
        #expect(found.status == 1)
        let node = JSONNode(try JSONDocument.parsing(found.output).root)
        #expect(node["ok"] == false)
        let text = try Program.run(["verify", bad, "--finite"])
        #expect(text.status == 1 && text.errors.isEmpty)
        #expect(text.text.contains("tensor 'x': holds 1 NaN and 0 infinities, the first at element 1 ([1])"))
        #expect(try Program.run(["verify", bad]).status == 0)
        let cut = try directory.write("c.safetensors", try readBytes(sound).dropLast())
        expectRefusal(try Program.run(["verify", cut]), [cut, "truncated"])
        expectRefusal(
            try Program.run(["verify", sound, "--manifest", directory.file("none")]), [directory.file("none")])
        #expect(try Program.run(["verify", sound, "--allow-inf"]).status == 64)
        #expect(try Program.run(["verify", sound, "--finite", "--merge"]).status == 64)
    }
}
