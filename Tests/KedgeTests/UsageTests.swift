import Glibc
import JSON
import TestFixtures
import Testing

@Suite struct UsageTests {
    static let complete = ["tokenize", "a.jsonl", "--tokenizer", "t", "--output", "a.h5"]

    @Test(arguments: [
        ["frobnicate"], ["tokenize"], ["tokenize", "a.jsonl"], ["tokenize", "a.jsonl", "--tokenizer", "t"],
        ["tokenize", "--tokenizer", "t", "--output", "a.h5"], complete + ["--unknown"],
        complete + ["--prefix-ratios", "0,2"], complete + ["--prefix-ratios", ""],
        complete + ["--prefix-ratios", "0,,1"],
        complete + ["--prefix-ratios", "nan"], complete + ["--prefix-ratios", "-0.5"],
        complete + ["--prefix-ratios", "half"], complete + ["--max-prompt", "0"], complete + ["--max-expert", "many"],
        complete + ["--max-expert", "99999999999"], complete + ["--traces-per-prompt", "0"],
        complete + ["--skip-bad-rows=-1"], complete + ["--threads", "0"], complete + ["--threads", "2000"],
        complete + ["--compression", "10"], complete + ["--compression", "quick"], complete + ["--snap", "sentence"],
        complete + ["--template", "vicuna"],
        complete + ["--expert-part", "half"], complete + ["--columns", "problem"],
        complete + ["--columns", "solution=x"], complete + ["--columns", "problem="],
        complete + ["--progress", "sometimes"], ["inspect"], ["inspect", "a.h5", "b.h5"],
        ["inspect", "a.h5", "--decode", "first"], ["inspect", "a.h5", "--decode", "99999999999999999999"],
        ["inspect", "a.h5", "--decode=-1"], ["verify"], ["verify", "a.h5", "--unknown"], ["schema"],
        ["schema", "checkpoint"], ["bench", "tokenize", "a.jsonl", "--tokenizer", "t", "--repetitions", "0"],
    ])
    func wrongUsage(_ arguments: [String]) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 64, "\(outcome.errorText)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.errorText.hasPrefix("Error: "))
        #expect(outcome.errorText.contains("Usage: kedge"))
    }

    @Test(arguments: [
        [], ["--help"], ["help"], ["tokenize", "--help"], ["inspect", "--help"], ["verify", "--help"],
        ["schema", "--help"], ["bench", "--help"], ["bench", "tokenize", "--help"], ["help", "tokenize"],
    ])
    func help(_ arguments: [String]) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        #expect(outcome.text.contains("USAGE: kedge"))
        if arguments.count > 1, arguments != ["bench", "--help"] { #expect(outcome.text.contains("Example")) }
    }

    @Test func version() throws {
        let outcome = try Program.run(["--version"])
        #expect(outcome.status == 0)
        #expect(outcome.text.contains { $0.isNumber })
    }

    @Test func schemaIsJSON() throws {
        let outcome = try Program.run(["schema", "prefix-dataset"])
        #expect(outcome.status == 0)
        #expect(try JSONNode(JSONDocument.parsing(outcome.output).root)["$id"] == "kedge.prefix-dataset")
    }

    /// Whoever reads may go away at any time, also before anything is written.
    @Test(arguments: [
        ["schema", "prefix-dataset"], ["inspect", "DATASET"], ["inspect", "DATASET", "--json"], ["verify", "DATASET"],
        ["--help"],
    ])
    func aBrokenPipeEndsQuietly(_ arguments: [String]) throws {
        let directory = try TemporaryDirectory()
        let output = directory.file("a.h5")
        if arguments.contains("DATASET") { try tokenize([Sample.traces], output: output) }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemFailure(code: errno) }
        close(ends[0])
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        defer { close(ends[1]) }
        let running = try Program.start(arguments.map { $0 == "DATASET" ? output : $0 }, terminal: ends[1])
        let outcome = try running.wait()
        #expect(outcome.status == 0 && !outcome.isSignalled)
        #expect(outcome.errors.isEmpty)
    }

    @Test func aFullStandardOutputIsAnError() throws {
        let outcome = try Program.run(["schema", "prefix-dataset"], shell: #"exec "$@" >/dev/full"#)
        expectRefusal(outcome, ["standard output cannot be written", "No space left"])
    }
}
