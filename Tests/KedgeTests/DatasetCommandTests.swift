import JSON
import TestFixtures
import Testing

/// `inspect` and `verify`.
@Suite struct DatasetCommandTests {
    private func makeDataset(_ directory: TemporaryDirectory) throws -> String {
        let output = directory.file("a.h5")
        let outcome = try tokenize([Sample.traces], output: output)
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        return output
    }

    @Test(arguments: ["inspect", "verify"])
    func filesThatAreNoDataset(_ command: String) throws {
        let directory = try TemporaryDirectory()
        let text = try directory.write("text.h5", "not HDF5\n")
        let empty = try directory.write("empty.h5", "")
        for (path, part) in [
            (text, "is no checkpoint that is known"), (empty, "is no checkpoint that is known"),
            (directory.path, "has no weights"), (directory.file("none.h5"), "there is no such file"),
        ] {
            expectRefusal(try Program.run([command, path]), [path + ": ", part])
            expectRefusal(try Program.run([command, path, "--json"]), [path + ": ", part])
        }
    }

    @Test(arguments: ["inspect", "verify"])
    func truncatedDatasets(_ command: String) throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(try makeDataset(directory))
        for count in [8, 100, bytes.count / 3, bytes.count - 1] {
            let path = try directory.write("cut.h5", bytes.prefix(count))
            expectRefusal(try Program.run([command, path]), [path + ": "])
        }
    }

    /// Without the guard of the child process, so that a crash of any kind shows.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func flippedBytesAreErrorsAtMost(_ seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(try makeDataset(directory))
        var generator = SplitMix(seed: seed)
        var refused = 0
        for round in 0..<60 {
            let damaged = flipped(bytes, count: [1, 1, 2, 16][round % 4], using: &generator)
            let path = try directory.write("damaged.h5", damaged)
            let arguments = [
                ["inspect", path], ["verify", path, "--tokenizer", Sample.tokenizer],
                ["inspect", path, "--decode", "\(round % 35)", "--tokenizer", Sample.tokenizer],
            ][round % 3]
            let outcome = try Program.run(arguments, environment: ["KEDGE_GUARDED": "1"])
            if outcome.status == 0 {
                #expect(outcome.errors.isEmpty)
            } else {
                expectRefusal(outcome, [path])
                refused += 1
            }
        }
        // Damage that nobody notices would mean that nothing was read.
        #expect(refused > 10)
    }

    @Test func jsonOutputs() throws {
        let directory = try TemporaryDirectory()
        let path = try makeDataset(directory)
        func node(_ arguments: [String]) throws -> JSONNode {
            let outcome = try Program.run(arguments + ["--json"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            return JSONNode(try JSONDocument.parsing(outcome.output).root)
        }
        let inspected = try node(["inspect", path])
        #expect(inspected["rows"] == 35)
        #expect(inspected["counts"]?["kept"] == 35)
        #expect(try node(["verify", path])["ok"] == true)
        #expect(try node(["verify", path, "--tokenizer", Sample.tokenizer])["against_tokenizer"] == true)
        let row = try node(["inspect", path, "--decode", "34"])
        #expect(row["row"] == 34)
        let bench = try node(["bench", "tokenize", Sample.traces, "--tokenizer", Sample.tokenizer])
        #expect(bench["texts"] == 35)
        let made = try node(
            ["tokenize", Sample.traces, "--tokenizer", Sample.tokenizer, "--output", directory.file("b.h5")])
        #expect(made["output"] == .string(directory.file("b.h5")))
    }

    @Test func rowsThatAreNotThere() throws {
        let directory = try TemporaryDirectory()
        let path = try makeDataset(directory)
        for row in ["35", "9223372036854775807"] {
            expectRefusal(
                try Program.run(["inspect", path, "--decode", row]),
                [path + ": has no row \(row); its rows are 0 to 34"])
        }
    }

    @Test func tokenizersThatAreNotTheDatasets() throws {
        let directory = try TemporaryDirectory()
        let moved = try directory.makeDirectory("model")
        let json = try readBytes(Sample.tokenizerFile)
        try directory.write("model/tokenizer.json", json)
        let path = directory.file("a.h5")
        #expect(
            try tokenize([Sample.traces], output: path, ["--eos", "<|im_end|>"], tokenizer: moved).status == 0)
        #expect(try Program.run(["inspect", path, "--decode", "0"]).status == 0)
        try directory.write("model/tokenizer.json", json + [0x0A])
        for arguments in [["inspect", path, "--decode", "0"], ["verify", path, "--tokenizer", moved]] {
            expectRefusal(try Program.run(arguments), [moved, "is not the tokenizer"])
        }
        let other = try directory.makeDirectory("other")
        expectRefusal(
            try Program.run(["inspect", path, "--decode", "0", "--tokenizer", other]), [other, "no such file"])
    }
}
