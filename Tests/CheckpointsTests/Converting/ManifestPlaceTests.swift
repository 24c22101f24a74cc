import Checkpoints
import TestFixtures
import Testing

/// The manifest of a conversion replaces nothing that is read or written.
@Suite struct ManifestPlaceTests {
    private let directory: TemporaryDirectory
    private var conversion = CheckpointConversion()

    init() throws {
        directory = try TemporaryDirectory()
        _ = try directory.makeDirectory("m")
        try CheckpointFixture.write(CheckpointFixture.model, to: directory.file("a.safetensors"))
        var first = CheckpointConversion()
        first.shardSize = 1_500
        try directory.write("m/config.json", CheckpointFixture.config)
        first.writing.overwrite = true
        _ = try first.run(
            try Checkpoint.open(directory.file("a.safetensors")), to: directory.file("m"), format: .huggingFace)
        conversion.writing.overwrite = true
    }

    private func run(_ format: CheckpointFormat, to output: String, manifest: String) throws -> ConversionReport {
        try conversion.run(
            try Checkpoint.open(directory.file("m")), to: directory.file(output), format: format,
            manifest: directory.file(manifest))
    }

    @Test(arguments: [
        ("out", "m/config.json"), ("out", "m/model.safetensors.index.json"),
        ("out", "m/model-00001-of-00009.safetensors"), ("out", "out"), ("out", "m/../out"), ("out", "m"),
        ("out", "out/config.json"), ("out", "out/model.safetensors.index.json"), ("out", "out/model.safetensors"),
        ("out", "out/model-00001-of-00002.safetensors"), ("out", "out/deeper/x.json"), ("out", "none/x.json"),
        ("b.safetensors", "b.safetensors"), ("b.safetensors", "m/../b.safetensors"), ("b.safetensors", "m/config.json"),
    ])
    func whatIsNotReplaced(output: String, manifest: String) throws {
        let names = try directory.contents("m")
        let shard = names.first { $0.hasPrefix("model-00001-of-") } ?? ""
        let manifest = manifest == "m/model-00001-of-00009.safetensors" ? "m/\(shard)" : manifest
        let before = try names.map { try directory.read("m/\($0)") }
        let format: CheckpointFormat = output == "out" ? .huggingFace : .safetensors
        let error = #expect(throws: CheckpointError.self) { _ = try run(format, to: output, manifest: manifest) }
        #expect(error?.code == .invalidRequest, "\(error.map { "\($0)" } ?? "")")
        #expect(directory.isMissing(output) && directory.isMissing("\(output).kedge-partial"))
        #expect(try directory.contents("m") == names)
        #expect(try names.map { try directory.read("m/\($0)") } == before)
    }

    @Test func oneInTheOutput() throws {
        for _ in 0..<2 {
            _ = try run(.huggingFace, to: "out", manifest: "out/manifest.json")
            #expect(try !CheckpointManifest(contentsOf: directory.file("out/manifest.json")).files.isEmpty)
        }
        // The old manifest of the input does not go along where a new one comes.
        var next = conversion
        next.writing.overwrite = false
        _ = try next.run(
            try Checkpoint.open(directory.file("out")), to: directory.file("next"), format: .huggingFace,
            manifest: directory.file("next/manifest.json"))
        let manifest = try CheckpointManifest(contentsOf: directory.file("next/manifest.json"))
        #expect(!manifest.files.contains { $0.path == "manifest.json" })
        // Said before the work.
        let error = #expect(throws: CheckpointError.self) {
            _ = try next.run(
                try Checkpoint.open(directory.file("out")), to: directory.file("last"), format: .huggingFace,
                manifest: directory.file("next/manifest.json"))
        }
        #expect(error?.code == .conflict && directory.isMissing("last"))
    }
}
