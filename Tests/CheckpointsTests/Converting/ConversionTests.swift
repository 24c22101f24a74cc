import Checkpoints
import Tensors
import TestFixtures
import Testing

@Suite struct ConversionTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func numbersAreRoundedAndCounted() throws {
        let values: [Float] = [1, 70_000, -1e-9, 0, 1.0004883, .infinity]
        let path = directory.file("a.safetensors")
        try CheckpointFixture.write([CheckpointFixture.float("x", 6)], to: path) { _ in CheckpointFixture.bytes(values)
        }
        var conversion = CheckpointConversion()
        conversion.settings.type = .float16
        let output = directory.file("b.safetensors")
        let report = try conversion.run(try Checkpoint.open(path), to: output, format: .safetensors)
        #expect(report.overflowed == 1 && report.underflowed == 1 && report.losses.map(\.name) == ["x"])
        #expect(report.convertedCount == 1 && report.bytesRead == 24)
        let bytes = try CheckpointFixture.data(of: "x", in: try Checkpoint.open(output))
        let expected = values.flatMap { value in withUnsafeBytes(of: Float16(value).bitPattern) { Array($0) } }
        #expect(bytes == expected)
    }

    @Test func blocksOfOneTensorMeet() throws {
        // More than one block, on several threads, of a length that is no multiple of anything.
        let tensor = TensorDescription(name: "x", type: .uint8, shape: [3_333_333])
        let path = directory.file("a.safetensors")
        try CheckpointFixture.write([tensor], to: path)
        var conversion = CheckpointConversion()
        conversion.threads = 3
        _ = try conversion.run(try Checkpoint.open(path), to: directory.file("b.safetensors"), format: .safetensors)
        #expect(try directory.read("a.safetensors") == directory.read("b.safetensors"))
    }

    @Test func theInputIsNeverTheOutput() throws {
        let path = directory.file("m/model.safetensors")
        _ = try directory.makeDirectory("m")
        try CheckpointFixture.write(CheckpointFixture.model, to: path)
        let before = try readBytes(path)
        var conversion = CheckpointConversion()
        conversion.writing.overwrite = true
        for (input, output, format) in [
            (path, path, CheckpointFormat.safetensors), (path, directory.file("m"), .huggingFace),
            (directory.file("m"), directory.file("m/"), .huggingFace),
            (directory.file("m"), directory.file("m/../m/./model.safetensors"), .safetensors),
        ] {
            let error = #expect(throws: CheckpointError.self) {
                _ = try conversion.run(try Checkpoint.open(input), to: output, format: format)
            }
            #expect(error?.code == .invalidRequest)
        }
        #expect(try readBytes(path) == before)
        #expect(try directory.contents("m") == ["model.safetensors"])
    }

    @Test(arguments: [
        ("a.safetensors", CheckpointFormat.safetensors), ("a.h5", .hdf5), ("a.HDF5", .hdf5), ("a.weights.h5", .keras),
        ("a.weights.json", .keras),
        ("x/a.pt", .pytorch), ("a.bin", .pytorch), ("a.npy", .npy), ("a.npz", .npz), ("model", .huggingFace),
        ("Qwen2.5-0.5B", .huggingFace), ("a.safetensors/", .huggingFace),
    ])
    func formatsByEnding(path: String, format: CheckpointFormat) throws {
        #expect(try CheckpointFormat.ofOutput(path) == format)
    }

    @Test func shardsOfKeras() throws {
        try CheckpointFixture.write(CheckpointFixture.model, to: directory.file("a.safetensors"))
        let checkpoint = try Checkpoint.open(directory.file("a.safetensors"))
        let path = directory.file("m.weights.json")
        var conversion = CheckpointConversion()
        conversion.shardSize = 1_500
        let report = try conversion.run(checkpoint, to: path, format: .keras)
        #expect(report.files.count > 2 && report.writtenCount == report.files.count)
        #expect(report.files.reduce(0) { $0 + $1.tensorCount } == CheckpointFixture.model.count)
        let written = try Checkpoint.open(path)
        #expect(written.files.count == report.files.count)
        #expect(try CheckpointFixture.contents(of: written) == CheckpointFixture.contents(of: checkpoint))
        #expect(throws: (any Error).self) { _ = try conversion.run(checkpoint, to: path, format: .keras) }

        // Fewer shards leave none of before, and none is replaced that is being read.
        conversion.writing.overwrite = true
        let error = #expect(throws: CheckpointError.self) {
            let shard = try Checkpoint.open(directory.file("m_00001.weights.h5"))
            _ = try conversion.run(shard, to: path, format: .keras)
        }
        #expect(error?.code == .invalidRequest)
        conversion.shardSize = 1 << 20
        _ = try conversion.run(checkpoint, to: path, format: .keras)
        #expect(try directory.names() == ["a.safetensors", "m.weights.json", "m_00000.weights.h5"])
        #expect(
            try CheckpointFixture.contents(of: Checkpoint.open(path)) == CheckpointFixture.contents(of: checkpoint))
    }

    @Test func formatsThatAreNotWritten() {
        #expect(throws: CheckpointError.self) { try CheckpointFormat.ofOutput("a.gguf") }
        #expect(throws: CheckpointError.self) { try CheckpointFormat.ofOutput("model.json") }
    }

    @Test func manifestOfADirectory() throws {
        let path = directory.file("a.safetensors")
        try CheckpointFixture.write(CheckpointFixture.model, to: path)
        var conversion = CheckpointConversion()
        conversion.shardSize = 2_000
        let output = directory.file("out")
        let manifest = directory.file("manifest.json")
        let report = try conversion.run(
            try Checkpoint.open(path), to: output, format: .huggingFace, manifest: manifest)
        let written = try CheckpointManifest(contentsOf: manifest)
        #expect(written.tensors.count == CheckpointFixture.model.count)
        #expect(Set(written.files.map(\.path)) == Set(report.files.map(\.name) + ["model.safetensors.index.json"]))
        // What is there is not replaced, and that is said before anything is written.
        #expect(throws: CheckpointError.self) {
            _ = try conversion.run(
                try Checkpoint.open(path), to: directory.file("other"), format: .huggingFace, manifest: manifest)
        }
        #expect(directory.isMissing("other"))
    }
}
