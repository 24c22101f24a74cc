import Glibc
import TestFixtures
import Testing

/// `convert` and `shard`.
@Suite struct ConvertCommandTests {
    /// A safetensors file of float32 tensors, written here by hand.
    private func write(_ directory: TemporaryDirectory, _ name: String, tensors: Int, elements: Int) throws -> String {
        let size = elements * 4
        let entries = (0..<tensors).map {
            "\"t\($0).weight\":{\"dtype\":\"F32\",\"shape\":[\(elements)],\"data_offsets\":[\($0 * size),\(($0 + 1) * size)]}"
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        bytes.reserveCapacity(bytes.count + tensors * size)
        for index in 0..<tensors * elements {
            withUnsafeBytes(of: Float(index) * 1.7) { bytes += $0 }
        }
        return try directory.write(name, bytes)
    }

    private func files(_ directory: TemporaryDirectory, _ name: String) throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try directory.contents(name).map { ($0, try directory.read("\(name)/\($0)")) })
    }

    @Test func convertsAndSays() throws {
        let directory = try TemporaryDirectory()
        let input = try write(directory, "a.safetensors", tensors: 3, elements: 50_000)
        let output = directory.file("b.safetensors")
        let outcome = try Program.run(
            ["convert", input, output, "--dtype", "fp16", "--rename", "^t(\\d)=>x.$1", "--json", "--exclude", "t2*"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        for part in ["\"tensors\": 2", "\"converted\": 2", "\"renamed\": 2", "\"excluded\": 1", "\"complete\": true"] {
            #expect(outcome.text.contains(part), "\(outcome.text)")
        }
        // 65,520 and more become infinite: from index 38,542 on.
        #expect(outcome.text.contains("\"overflowed\": 61458"), "\(outcome.text)")
        expectRefusal(try Program.run(["convert", input, output]), [output, "--force"])
        expectRefusal(try Program.run(["convert", input, input, "--force"]), ["the input itself"])
        #expect(try Program.run(["convert", input, output, "--force", "--no-sync"]).status == 0)
        #expect(try Program.run(["diff", input, output, "--exit-code"]).status == 0)
    }

    @Test func aPlanWritesNothing() throws {
        let directory = try TemporaryDirectory()
        let input = try write(directory, "a.safetensors", tensors: 2, elements: 4)
        let outcome = try Program.run(["convert", input, directory.file("out"), "--dtype", "bf16", "--dry-run"])
        #expect(outcome.status == 0 && outcome.text.contains("float32 -> bfloat16"))
        #expect(try directory.names() == ["a.safetensors"])
    }

    @Test(arguments: [
        ["convert", "a", "b", "--dtype", "int8"], ["convert", "a", "b", "--dtype-rule", "x"],
        ["convert", "a", "b", "--rename", "(=>x"], ["convert", "a", "b", "--max-shard-size", "0"],
        ["convert", "a", "b.safetensors", "--max-shard-size", "1GB"],
        ["convert", "a", "b", "--to", "npz", "--max-shard-size", "1GB"],
        ["convert", "a", "b.weights.h5", "--max-shard-size", "1GB"],
        ["convert", "a", "b", "--rank", "1"], ["convert", "a", "b", "--to", "zip"],
        ["shard", "a", "b", "--tensor-parallel", "0"], ["shard", "a", "b", "--join", "--tensor-parallel", "2"],
        ["shard", "a", "b", "--tp-plan", "x"],
    ])
    func wrongUsage(arguments: [String]) throws {
        #expect(try Program.run(arguments).status == 64)
    }

    @Test func dividedAndJoined() throws {
        let directory = try TemporaryDirectory()
        let input = try write(directory, "a.safetensors", tensors: 5, elements: 1_000)
        let out = directory.file("out")
        #expect(try Program.run(["shard", input, out, "--max-shard-size", "8kB"]).status == 0)
        #expect(try directory.contents("out").count == 4)
        #expect(try Program.run(["shard", out, directory.file("b.safetensors"), "--join"]).status == 0)
        let (before, after) = (try directory.read("a.safetensors"), try directory.read("b.safetensors"))
        #expect(before.suffix(20_000) == after.suffix(20_000))
        #expect(try Program.run(["shard", input, directory.file("tp"), "--tensor-parallel", "2"]).status == 0)
        #expect(
            try Program.run(["shard", directory.file("tp"), directory.file("c.safetensors"), "--join"]).status == 0)
        #expect(try directory.read("c.safetensors") == after)
    }

    @Test func killedAndResumed() throws {
        let directory = try TemporaryDirectory()
        let input = try write(directory, "a.safetensors", tensors: 40, elements: 100_000)
        let options = ["--max-shard-size", "400kB", "--dtype", "bf16", "--threads", "2"]
        #expect(try Program.run(["convert", input, directory.file("whole")] + options).status == 0)
        var kills = 0
        for attempt in 1...30 {
            let running = try Program.start(["convert", input, directory.file("out"), "--resume"] + options)
            usleep(UInt32(attempt * 4_000))
            running.send(SIGKILL)
            let outcome = try running.wait()
            if !outcome.isSignalled {
                #expect(outcome.status == 0, "\(outcome.errorText)")
                break
            }
            kills += 1
            if !directory.isMissing("out") {
                // The signal came between the last step and the end of the process.
                #expect(try directory.contents("out").count == 21)
                break
            }
        }
        #expect(kills > 0)
        if directory.isMissing("out") || !directory.isMissing("out.kedge-partial") {
            let last = try Program.run(["convert", input, directory.file("out"), "--resume"] + options)
            #expect(last.status == 0, "\(last.errorText)")
        }
        #expect(try files(directory, "out") == files(directory, "whole"))
        #expect(directory.isMissing("out.kedge-partial"))
    }

    @Test func aDiskThatIsFull() throws {
        let directory = try TemporaryDirectory()
        let input = try write(directory, "a.safetensors", tensors: 4, elements: 200_000)
        let before = try directory.read("a.safetensors")
        let limit = "ulimit -f 1000; \"$@\""
        for output in ["b.safetensors", "out"] {
            expectRefusal(
                try Program.run(["convert", input, directory.file(output)], shell: limit), [output, "File too large"])
        }
        #expect(try directory.names() == ["a.safetensors"])
        #expect(try directory.read("a.safetensors") == before)
    }

    @Test func interruptedItLeavesNothingUnderItsName() throws {
        let directory = try TemporaryDirectory()
        let input = try write(directory, "a.safetensors", tensors: 20, elements: 400_000)
        let running = try Program.start(["convert", input, directory.file("out"), "--max-shard-size", "2MB"])
        usleep(20_000)
        running.send(SIGTERM)
        let outcome = try running.wait()
        if outcome.status != 0 {
            #expect(outcome.status == 143, "\(outcome.errorText)")
            // The signal may come between the last step and the end of the process.
            let isWhole = try directory.isMissing("out") || directory.contents("out").count == 21
            #expect(isWhole)
            if !directory.isMissing("out.kedge-partial") {
                #expect(
                    try Program.run(["convert", input, directory.file("out"), "--max-shard-size", "2MB", "--resume"])
                        .status == 0)
            }
        }
    }
}
