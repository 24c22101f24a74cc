import Checkpoints
import JSON
import Tensors
import TestFixtures
import Testing

@testable import Transformers

@Suite struct SavingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func files(_ name: String) throws -> ModelFiles {
        let path = try directory.write("given.json", try #require(ModelFixture.configurations[name]))
        return try ModelFiles(configuration: path)
    }

    @Test(arguments: ModelFixture.names, [ElementType.float32, .bfloat16])
    func roundTripIsBitExact(_ name: String, _ type: ElementType) throws {
        let files = try files(name)
        let weights = try TransformerWeights.random(files.configuration, seed: 3, type: type)
        try weights.save(directory: directory.file("out"), files: files)
        let again = try TransformerWeights.load(directory.file("out"))
        #expect(again.storedType == type && again.values == weights.values)
        #expect(again.configuration == weights.configuration)
        try weights.save(hdf5: directory.file("out.h5"), files: files)
        let third = try TransformerWeights.load(directory.file("out.h5"))
        #expect(third.storedType == type && third.values == weights.values)
        let config = try JSONDocument.contents(ofFileAt: directory.file("out/config.json")).root
        #expect(config["torch_dtype"]?.string == type.name)
    }

    @Test func configurationStaysAsItIsWhereTheTypeDoes() throws {
        let files = try files("llama")
        let weights = try TransformerWeights.random(files.configuration, seed: 3, type: .bfloat16)
        try weights.save(directory: directory.file("out"), files: files)
        #expect(try directory.read("out/config.json") == directory.read("given.json"))
    }

    @Test func shards() throws {
        let files = try files("qwen2")
        let weights = try TransformerWeights.random(files.configuration, seed: 4)
        var settings = ModelWriting()
        settings.shardSize = 5000
        settings.threads = 2
        let report = try weights.save(directory: directory.file("out"), files: files, settings: settings)
        #expect(report.files.count > 2)
        #expect(!directory.isMissing("out/model.safetensors.index.json"))
        #expect(try TransformerWeights.load(directory.file("out")).values == weights.values)
        // One file in place of the shards leaves none of them.
        settings.shardSize = .max
        settings.writing.overwrite = true
        try weights.save(directory: directory.file("out"), files: files, settings: settings)
        #expect(try directory.contents("out") == ["config.json", "model.safetensors"])
    }

    @Test func companionsGoAlong() throws {
        let path = try ModelFixture.write(
            "qwen3", tensors: ModelFixture.tensors(of: try ModelFixture.configuration("qwen3")), in: directory)
        try directory.write("model/tokenizer.json", "{}")
        try directory.write("model/generation_config.json", #"{"eos_token_id": [3, 4]}"#)
        try directory.write("model/optimizer.pt", "not this")
        let weights = try TransformerWeights.load(path)
        #expect(weights.configuration.endOfSequence == [3, 4])
        let files = try ModelFiles(path)
        try weights.save(directory: directory.file("out"), files: files)
        #expect(
            try directory.contents("out") == [
                "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
            ])
        try weights.save(hdf5: directory.file("out.h5"), files: files)
        let carried = try ModelFiles(directory.file("out.h5"))
        #expect(carried.configuration.endOfSequence == [3, 4])
    }

    @Test func tokenizersOfOthers() throws {
        var files = try files("llama")
        let path = try directory.makeDirectory("tokenizer")
        #expect(failure { try files.takeTokenizer(from: path) }?.contains("has no files of a tokenizer") == true)
        try directory.write("tokenizer/tokenizer.json", "{}")
        try directory.write("tokenizer/config.json", #"{"model_type": "other"}"#)
        try files.takeTokenizer(from: path)
        let weights = try TransformerWeights.random(files.configuration, seed: 3)
        try weights.save(directory: directory.file("out"), files: files)
        #expect(try directory.contents("out") == ["config.json", "model.safetensors", "tokenizer.json"])
        #expect(try TransformerWeights.load(directory.file("out")).configuration.family == .llama)
    }

    @Test func existingOutputsStay() throws {
        let files = try files("llama")
        let weights = try TransformerWeights.random(files.configuration, seed: 3)
        let path = try directory.makeDirectory("out")
        #expect(failure { try weights.save(directory: path, files: files) }?.contains("already exists") == true)
        #expect(try directory.isEmpty("out"))
        let other = try self.files("qwen3")
        #expect(
            failure { try weights.save(directory: directory.file("new"), files: other) }?.contains("another model")
                == true)
        #expect(directory.isMissing("new"))
    }
}
