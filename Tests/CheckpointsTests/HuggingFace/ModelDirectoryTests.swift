import Checkpoints
import Glibc
import JSON
import Tensors
import TestFixtures
import Testing

@Suite struct ModelDirectoryTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        _ = try directory.makeDirectory("m")
    }

    private func tensors(_ names: String...) -> [TensorDescription] {
        names.map { CheckpointFixture.float($0, 2) }
    }

    @Test func theWeightsThatTransformersTakes() throws {
        try CheckpointFixture.write(tensors("a"), to: directory.file("m/other.safetensors"))
        #expect(try Checkpoint.open(directory.file("m")).tensors.map(\.name) == ["a"])
        try CheckpointFixture.write(tensors("b"), to: directory.file("m/part.safetensors"))
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m")) }
        #expect(error?.code == .unknownFormat)
        try directory.write("m/model.safetensors.index.json", "{\"weight_map\": {\"b\": \"part.safetensors\"}}")
        #expect(try Checkpoint.open(directory.file("m")).tensors.map(\.name) == ["b"])
        try CheckpointFixture.write(tensors("c"), to: directory.file("m/model.safetensors"))
        let checkpoint = try Checkpoint.open(directory.file("m"))
        #expect(checkpoint.tensors.map(\.name) == ["c"] && checkpoint.format == .huggingFace)
        #expect(checkpoint.warnings.contains { $0.message.contains("other weights") })
    }

    @Test func whatGoesAlong() throws {
        try CheckpointFixture.write(tensors("a"), to: directory.file("m/.blob"))
        symlink(".blob", directory.file("m/model.safetensors"))
        try directory.write("m/config.json", CheckpointFixture.config)
        try directory.write("m/.text", "s")
        symlink(".text", directory.file("m/tokenizer.json"))
        try directory.write("m/modeling_x.py", "import os")
        try directory.write("m/pytorch_model.bin", "x")
        try directory.write("m/.hidden", "x")
        _ = try directory.makeDirectory("m/original")
        symlink("nowhere", directory.file("m/dangling"))
        mkfifo(directory.file("m/pipe"), 0o600)
        let checkpoint = try Checkpoint.open(directory.file("m"))
        #expect(checkpoint.companions == ["config.json", "modeling_x.py", "tokenizer.json"])
        let text = checkpoint.warnings.map(\.description).joined(separator: "\n")
        for part in ["original", "pytorch_model.bin", "modeling_x.py", "dangling", "pipe"] {
            #expect(text.contains(part), "\(text)")
        }
        var conversion = CheckpointConversion()
        conversion.settings.type = .bfloat16
        let report = try conversion.run(checkpoint, to: directory.file("out"), format: .huggingFace)
        #expect(report.companions == checkpoint.companions)
        #expect(
            try directory.contents("out") == ["config.json", "model.safetensors", "modeling_x.py", "tokenizer.json"])
        #expect(try directory.read("out/tokenizer.json") == Array("s".utf8))
        let config = JSONNode(try JSONDocument.contents(ofFileAt: directory.file("out/config.json")).root)
        #expect(config["torch_dtype"] == "bfloat16" && config["text_config"]?["dtype"] == "bfloat16")
        #expect(config["rms_norm_eps"] == .double(1e-6) && config["text_config"]?["n"] == 1)
        // Without a type the file is the same, byte for byte.
        _ = try CheckpointConversion().run(checkpoint, to: directory.file("same"), format: .huggingFace)
        #expect(try directory.read("same/config.json") == Array(CheckpointFixture.config.utf8))
    }

    @Test func linksThatLeadOut() throws {
        try CheckpointFixture.write(tensors("a"), to: directory.file("outside"))
        try directory.write("secret", "s")
        try CheckpointFixture.write(tensors("a"), to: directory.file("m/model.safetensors"))
        symlink("../secret", directory.file("m/merges.txt"))
        let checkpoint = try Checkpoint.open(directory.file("m"))
        #expect(checkpoint.companions.isEmpty)
        #expect(checkpoint.warnings.contains { $0.message.contains("merges.txt") })
        _ = try CheckpointConversion().run(checkpoint, to: directory.file("out"), format: .huggingFace)
        #expect(try directory.contents("out") == ["model.safetensors"])

        unlink(directory.file("m/model.safetensors"))
        symlink("../outside", directory.file("m/model.safetensors"))
        var error = #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m")) }
        #expect(error?.code == .unsafePath)
        unlink(directory.file("m/model.safetensors"))
        symlink("../outside", directory.file("m/part.safetensors"))
        let index = try directory.write(
            "m/model.safetensors.index.json", "{\"weight_map\": {\"a\": \"part.safetensors\"}}")
        for path in [directory.file("m"), index] {
            error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
            #expect(error?.code == .unsafePath)
        }
    }

    @Test func theCacheOfHuggingFace() throws {
        for name in ["r/blobs", "r/snapshots/1/part", "s/blobs"] { _ = try directory.makeDirectory(name) }
        try CheckpointFixture.write(tensors("a"), to: directory.file("r/blobs/w"))
        try directory.write("r/blobs/c", "{}")
        try directory.write("s/blobs/c", "{}")
        symlink("../../blobs/w", directory.file("r/snapshots/1/model.safetensors"))
        symlink("../../blobs/c", directory.file("r/snapshots/1/config.json"))
        symlink("../../../s/blobs/c", directory.file("r/snapshots/1/other.json"))
        symlink("../../../blobs/w", directory.file("r/snapshots/1/part/model.safetensors"))
        #expect(try Checkpoint.open(directory.file("r/snapshots/1")).companions == ["config.json"])
        #expect(try Checkpoint.open(directory.file("r/snapshots/1/part")).tensors.count == 1)
    }

    @Test(arguments: ["part", "b.safetensors.index.json"]) func aShardThatIsNoFile(name: String) throws {
        _ = try directory.makeDirectory("m/part")
        try CheckpointFixture.write(tensors("a"), to: directory.file("m/part/model.safetensors"))
        try directory.write(
            "m/b.safetensors.index.json", "{\"weight_map\": {\"a\": \"part/model.safetensors\"}}")
        try directory.write("m/model.safetensors.index.json", "{\"weight_map\": {\"a\": \"\(name)\"}}")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m")) }
        #expect(error?.code == .unsupported)
    }

    @Test(arguments: ["../a.safetensors", "/etc/passwd", "x/../../a.safetensors", "", "./a.safetensors"])
    func indicesThatLeadOut(name: String) throws {
        try CheckpointFixture.write(tensors("a"), to: directory.file("a.safetensors"))
        try directory.write("m/model.safetensors.index.json", "{\"weight_map\": {\"a\": \"\(name)\"}}")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m")) }
        #expect(error?.code == .unsafePath)
    }

    @Test func anIndexThatIsWrong() throws {
        try CheckpointFixture.write(tensors("a", "b"), to: directory.file("m/odd name.safetensors"))
        try directory.write("m/model.safetensors.index.json", "{\"weight_map\": {\"a\": \"odd name.safetensors\"}}")
        let checkpoint = try Checkpoint.open(directory.file("m"))
        #expect(checkpoint.tensors.map(\.name) == ["a"])
        #expect(checkpoint.warnings.contains { $0.tensor == "b" })
        var strict = ReadingOptions()
        strict.isStrict = true
        #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m"), options: strict) }
        try directory.write(
            "m/model.safetensors.index.json",
            "{\"weight_map\": {\"a\": \"odd name.safetensors\", \"c\": \"odd name.safetensors\"}}")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m")) }
        #expect(error?.code == .missingTensor && error?.tensor == "c")
    }

    @Test func nothingToRead() throws {
        try directory.write("m/config.json", "{}")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(directory.file("m")) }
        #expect(error?.code == .unknownFormat)
    }
}
