import TestFixtures
import Testing

/// Tokenizers that cannot be used, and end-of-sequence tokens that are not there.
@Suite struct BadTokenizerTests {
    /// Runs `tokenize` with a directory of these files and expects a refusal that names `file` in it.
    private func expectRefused(
        _ files: [String: [UInt8]], naming file: String, _ parts: [String], options: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let directory = try TemporaryDirectory()
        let model = try directory.makeDirectory("model")
        for (name, bytes) in files { try directory.write("model/\(name)", bytes) }
        let outcome = try tokenize([Sample.traces], output: directory.file("a.h5"), options, tokenizer: model)
        expectRefusal(outcome, ["\(model)/\(file): "] + parts, sourceLocation: sourceLocation)
        #expect(try directory.names() == ["model"], sourceLocation: sourceLocation)
    }

    @Test(arguments: [0, 1, 1000, 40_000])
    func truncated(_ count: Int) throws {
        let bytes = Array(try readBytes(Sample.tokenizerFile).prefix(count))
        try expectRefused(["tokenizer.json": bytes], naming: "tokenizer.json", ["byte"])
    }

    @Test(arguments: ["WordPiece", "Unigram", "WordLevel"])
    func unsupportedModel(_ name: String) throws {
        let json = #"{"model": {"type": "\#(name)", "vocab": {"a": 0}, "unk_token": "a"}}"#
        try expectRefused(["tokenizer.json": Array(json.utf8)], naming: "tokenizer.json", [name, "not supported"])
    }

    @Test func missing() throws {
        try expectRefused([:], naming: "tokenizer.json", ["no such file"])
        let directory = try TemporaryDirectory()
        let outcome = try tokenize(
            [Sample.traces], output: directory.file("a.h5"), tokenizer: directory.file("none/tokenizer.json"))
        expectRefusal(outcome, [directory.file("none/tokenizer.json")])
        #expect(try directory.names().isEmpty)
    }

    @Test func noEndOfSequence() throws {
        let json = try readBytes(Sample.tokenizerFile)
        try expectRefused(["tokenizer.json": json], naming: "tokenizer.json", ["eos_token", "--eos"])
        try expectRefused(
            ["tokenizer.json": json, "tokenizer_config.json": Array(#"{"eos_token": null}"#.utf8)],
            naming: "tokenizer.json", ["eos_token", "--eos"])
    }

    @Test func unknownEndOfSequence() throws {
        let json = try readBytes(Sample.tokenizerFile)
        try expectRefused(
            ["tokenizer.json": json, "tokenizer_config.json": Array(#"{"eos_token": "</s>"}"#.utf8)],
            naming: "tokenizer.json", ["'</s>'", "--eos"])
        try expectRefused(
            ["tokenizer.json": json], naming: "tokenizer.json", ["'<eos>'"], options: ["--eos", "<eos>"])
    }

    @Test func brokenConfiguration() throws {
        let json = try readBytes(Sample.tokenizerFile)
        try expectRefused(
            ["tokenizer.json": json, "tokenizer_config.json": Array("{".utf8)], naming: "tokenizer_config.json", [])
    }

    @Test func theEndOfSequenceMayBeNamed() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("tokenizer.json", try readBytes(Sample.tokenizerFile))
        for (index, options) in [["--eos", "<|endoftext|>"], ["--eos", "a"]].enumerated() {
            let output = directory.file("\(index).h5")
            #expect(try tokenize([Sample.traces], output: output, options, tokenizer: path).status == 0)
            #expect(try Program.run(["verify", output, "--tokenizer", path]).status == 0)
        }
    }
}
