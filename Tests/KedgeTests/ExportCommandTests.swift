import Foundation
import Glibc
import JSON
import TestFixtures
import Testing

/// `export`.
@Suite struct ExportCommandTests {
    private func makeDataset(_ directory: TemporaryDirectory, _ options: [String] = []) throws -> String {
        let output = directory.file("a.h5")
        let outcome = try tokenize([Sample.traces], output: output, options)
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        return output
    }

    @Test func everyLayoutInEveryFormat() throws {
        let directory = try TemporaryDirectory()
        let path = try makeDataset(directory)
        for (layout, rows) in [
            ("ids", 35), ("verl", 16), ("trl-sft", 35), ("trl-prompt-completion", 35), ("trl-prompt-only", 16),
        ] {
            for format in ["parquet", "jsonl"] {
                let output = directory.file("\(layout).\(format)")
                let outcome = try Program.run(
                    ["export", path, "--to", format, "--layout", layout, "--output", output, "--json"])
                #expect(outcome.status == 0 && outcome.errors.isEmpty)
                let report = JSONNode(try JSONDocument.parsing(outcome.output).root)
                #expect(report["rows"] == .int(Int64(rows)) && report["rows_read"] == 35)
                #expect(report["layout"] == .string(layout) && report["inexact_prompts"] == 0)
                let bytes = try readBytes(output)
                #expect(report["bytes"] == .int(Int64(bytes.count)))
                if format == "jsonl" {
                    #expect(bytes.count { $0 == UInt8(ascii: "\n") } == rows)
                } else {
                    #expect(bytes.suffix(4).elementsEqual("PAR1".utf8))
                }
            }
        }
        // The default is the dataset as it is.
        let text = try Program.run(["export", path, "--to", "parquet", "--output", directory.file("default")])
        #expect(text.text.hasPrefix(directory.file("default") + ": 35 rows in the layout ids, "))
        #expect(try directory.read("default") == directory.read("ids.parquet"))
    }

    @Test func outputsAreNotReplacedUnasked() throws {
        let directory = try TemporaryDirectory()
        let path = try makeDataset(directory)
        let output = try directory.write("out", "mine")
        let arguments = ["export", path, "--to", "parquet", "--output", output]
        expectRefusal(try Program.run(arguments), [output, "already exists; use --force to replace it"])
        #expect(try directory.read("out").elementsEqual("mine".utf8))
        #expect(try Program.run(arguments + ["--force"]).status == 0)
        expectRefusal(
            try Program.run(["export", path, "--to", "jsonl", "--output", path, "--force"]),
            [path, "cannot be the output"])
        expectRefusal(
            try Program.run(["export", path, "--to", "jsonl", "--output", directory.file("no/a")]), ["create it first"])
    }

    /// No disk is ever full in a test, but a limit on the size of files fails in the same place.
    @Test(arguments: ["parquet", "jsonl"])
    func filesThatCannotGrow(_ format: String) throws {
        let directory = try TemporaryDirectory()
        let path = try makeDataset(directory)
        let output = directory.file("out")
        let outcome = try Program.run(
            ["export", path, "--to", format, "--output", output]
                + (format == "parquet" ? ["--compression", "none"] : []),
            shell: "ulimit -f 8; exec \"$@\"")
        expectRefusal(outcome, [output + ": cannot"])
        #expect(try directory.names() == ["a.h5"])
    }

    @Test func tokenizersThatAreMissing() throws {
        let directory = try TemporaryDirectory()
        let model = try directory.makeDirectory("model")
        try directory.write("model/tokenizer.json", try readBytes(Sample.tokenizerFile))
        let path = directory.file("a.h5")
        #expect(try tokenize([Sample.traces], output: path, ["--eos", "<|im_end|>"], tokenizer: model).status == 0)
        unlink(directory.file("model/tokenizer.json"))
        let output = directory.file("out")
        let verl = ["export", path, "--to", "jsonl", "--layout", "verl", "--output", output]
        expectRefusal(try Program.run(verl), [path, "name it with --tokenizer DIR"])
        #expect(try Program.run(verl + ["--tokenizer", Sample.tokenizer]).status == 0)
        #expect(try Program.run(["export", path, "--to", "jsonl", "--output", output, "--force"]).status == 0)
    }

    @Test func usage() throws {
        let directory = try TemporaryDirectory()
        let path = try makeDataset(directory)
        let output = directory.file("out")
        for options in [
            ["--to", "csv"], [], ["--to", "parquet", "--layout", "verl", "--labels"],
            ["--to", "parquet", "--data-source", "x"], ["--to", "parquet", "--compression", "lzma"],
            ["--to", "jsonl", "--layout", "verl", "--conversations", "standard"],
            ["--to", "jsonl", "--conversations", "standard"], ["--to", "jsonl", "--compression", "zstd"],
            ["--to", "jsonl", "--split", "test"], ["--to", "jsonl", "--layout", "trl-sft", "--ability", "code"],
        ] {
            let outcome = try Program.run(["export", path, "--output", output] + options)
            #expect(outcome.status == 64 && outcome.output.isEmpty, "\(options)")
        }
        #expect(try Program.run(["export", "--to", "jsonl", "--output", output]).status == 64)
        let help = try Program.run(["export", "--help"])
        #expect(help.status == 0 && help.text.contains("kedge export data.h5 --to parquet"))
    }

    /// Without the guard of the child process, so that a crash of any kind shows.
    @Test(arguments: [1, 2] as [UInt64])
    func flippedBytesAreErrorsAtMost(_ seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(try makeDataset(directory))
        var generator = SplitMix(seed: seed)
        var refused = 0
        for round in 0..<60 {
            let damaged = flipped(bytes, count: [1, 1, 2, 16][round % 4], using: &generator)
            let path = try directory.write("damaged.h5", damaged)
            let output = directory.file("out")
            let layout = ["ids", "verl", "trl-sft"][round % 3]
            let outcome = try Program.run(
                [
                    "export", path, "--to", ["parquet", "jsonl"][round % 2], "--layout", layout, "--output", output,
                    "--tokenizer", Sample.tokenizer, "--force",
                ], environment: ["KEDGE_GUARDED": "1"])
            if outcome.status == 0 {
                #expect(outcome.errors.isEmpty)
            } else {
                expectRefusal(outcome, [path])
                refused += 1
            }
            #expect(try directory.names().allSatisfy { ["a.h5", "damaged.h5", "out"].contains($0) })
        }
        // Damage that nobody notices would mean that nothing was read.
        #expect(refused > 10)
    }

    /// Both processes stop, and nothing is left, whatever ends the one that reads.
    @Test(arguments: [SIGINT, SIGTERM, SIGSEGV])
    func interruption(_ signal: Int32) throws {
        let directory = try TemporaryDirectory()
        let input = try directory.write("a.jsonl", try Sample.lines(count: 16_000))
        let path = directory.file("a.h5")
        #expect(try tokenize([input], output: path).status == 0)
        _ = try directory.makeDirectory("results")
        // Some minutes of work: the same file again and again.
        let running = try Program.start(
            ["export"] + [String](repeating: path, count: 500)
                + ["--to", "parquet", "--layout", "verl", "--output", directory.file("results/out")])
        let deadline = ContinuousClock.now + .seconds(20)
        while try directory.isEmpty("results"), ContinuousClock.now < deadline { usleep(5000) }
        usleep(200_000)
        if signal == SIGSEGV {
            // The reading process is named in its temporary file.
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: directory.file("results")).first)
            let digits = name.drop { $0 != "-" }.dropFirst().prefix { $0.isNumber }
            kill(try #require(pid_t(digits)), signal)
        } else {
            running.send(signal)
        }
        let outcome = try running.wait(limit: 20)
        if signal == SIGSEGV {
            expectRefusal(outcome, [path, "crashed"])
        } else {
            #expect(outcome.status == 128 + signal && !outcome.isSignalled)
            #expect(outcome.errorText == "kedge: interrupted; nothing unfinished stands under its final name\n")
        }
        #expect(try directory.isEmpty("results"))
    }
}
