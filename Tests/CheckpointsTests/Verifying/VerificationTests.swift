import Checkpoints
import Glibc
import Tensors
import TestFixtures
import Testing

@Suite struct VerificationTests {
    private typealias Problem = CheckpointVerification.Problem

    private func verify(
        _ path: String, _ change: (inout CheckpointVerification) -> Void = { _ in }
    ) throws -> CheckpointVerification.Report {
        var verification = CheckpointVerification()
        change(&verification)
        return try verification.run(try Checkpoint.open(path), threads: 2)
    }

    private func manifest(_ path: String) throws -> CheckpointManifest {
        try ManifestComputation(try Checkpoint.open(path)).run(threads: 2)
    }

    @Test func soundCheckpoint() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try SafetensorsTests.write(path)
        let found = try manifest(path)
        let report = try verify(path) { $0.manifest = found }
        #expect(report.problems.isEmpty)
        #expect(report.tensorsRead == 4 && report.filesRead == 1)
        #expect(report.bytesRead == 3 + 24 + 2 + (try directory.read("a.safetensors").count))
    }

    /// One byte of one tensor: the file and that tensor are told, and no other.
    @Test func changedValues() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try SafetensorsTests.write(path)
        let found = try manifest(path)
        var bytes = try directory.read("a.safetensors")
        bytes[bytes.count - 1] ^= 1
        try directory.write("a.safetensors", bytes)
        let report = try verify(path) { $0.manifest = found }
        #expect(report.problems.map(\.kind) == [.file, .tensor])
        #expect(report.problems.map(\.name) == ["a.safetensors", "b"])
        let headers = try verify(path) {
            $0.manifest = found
            $0.readsData = false
        }
        #expect(headers.problems.isEmpty && headers.bytesRead == 0)
    }

    @Test func whatDiffersFromTheManifest() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try SafetensorsTests.write(path)
        let found = try manifest(path)
        var tensors = found.tensors
        tensors[0].description.shape = [6]
        tensors[1].description.name = "gone"
        var files = found.files
        files[0].byteCount += 1
        files.append(CheckpointManifest.File(path: "none", byteCount: 1, sha256: files[0].sha256))
        let changed = CheckpointManifest(files: files, tensors: tensors)
        let report = try verify(path) { $0.manifest = changed }
        #expect(Set(report.problems.map(\.name)) == ["a.safetensors", "none", "a.weight", "b", "gone"])
        #expect(report.problems.count == 5)
        let other = CheckpointManifest(files: [], tensors: found.tensors)
        #expect(try verify(path) { $0.manifest = other }.problems.map(\.message) == ["is not in the manifest"])
    }

    @Test func filesThatTheManifestDoesNotHave() throws {
        let directory = try TemporaryDirectory()
        let model = try directory.makeDirectory("model")
        try SafetensorsTests.write(model + "/model.safetensors")
        try directory.write("model/config.json", Array("{}".utf8))
        let found = try manifest(model)
        for name in ["manifest.json", "notes.txt", "a.py"] { try directory.write("model/" + name, Array("{}".utf8)) }
        _ = try directory.makeDirectory("model/inner")
        let report = try verify(model) {
            $0.manifest = found
            $0.manifestPath = model + "/manifest.json"
        }
        #expect(report.problems.isEmpty)
        #expect(report.warnings.map { $0.message.split(separator: "'")[1] } == ["a.py", "notes.txt"])
        // What lies beside a single file is nobody's business.
        let single = try manifest(model + "/model.safetensors")
        #expect(try verify(model + "/model.safetensors") { $0.manifest = single }.warnings.isEmpty)
    }

    /// A flipped byte of a member, which no header tells.
    @Test(arguments: ["numpy/arrays.npz", "torch/state.pt"]) func checksumsOfArchives(_ golden: String) throws {
        let directory = try TemporaryDirectory()
        let source = checkpointGolden(golden)
        let sound = try verify(source)
        #expect(sound.problems.isEmpty && sound.membersRead >= sound.tensorsRead)
        let checkpoint = try Checkpoint.open(source)
        let place = try #require(
            checkpoint.tensors.compactMap { tensor -> Int? in
                if case .bytes(_, let offset) = tensor.storage, tensor.byteCount > 0 { offset } else { nil }
            }.first)
        var bytes = try readBytes(source)
        bytes[place] ^= 1
        let path = try directory.write("damaged", bytes)
        let report = try verify(path)
        #expect(report.problems.map(\.kind) == [.file] && report.problems[0].name == "damaged")
        #expect(report.problems[0].message.contains("CRC-32"))
        #expect(try verify(path) { $0.readsData = false }.problems.isEmpty)
    }

    /// Bytes of one tensor, and what is to be found in it: NaN, infinities, the first of them.
    static let numbers: [(TensorType, [UInt8], nan: Int, infinity: Int, first: Int)] = [
        (.float32, [0, 0, 0x80, 0x7F, 0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0xFF], 1, 2, 0),
        (.float16, [0, 0, 0xFF, 0x7B, 0, 0x7C, 0, 0x7E], 1, 1, 2),
        (.bfloat16, [0x7F, 0x7F, 0x80, 0xFF, 0x81, 0xFF], 1, 1, 1),
        (.float64, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F], 0, 1, 1),
        (.complex64, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x80, 0xFF], 1, 0, 1),
        (.float8E4M3, [0x7E, 0x7F, 0xFF], 2, 0, 1), (.float8E5M2, [0x7B, 0x7C, 0x7D], 1, 1, 1),
    ]

    @Test(arguments: numbers.indices)
    func notFinite(_ index: Int) throws {
        let (type, bytes, nan, infinity, first) = Self.numbers[index]
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        let count = bytes.count * 8 / type.bitWidth
        let sink = try CheckpointFormat.safetensors.makeSink(
            path, tensors: [TensorDescription(name: "x", type: type, shape: [1, count])], options: WritingOptions())
        try bytes.withUnsafeBytes { try sink.write($0, tensor: 0, at: 0, turn: 0) }
        try sink.commit()
        #expect(try verify(path).problems.isEmpty)
        let report = try verify(path) { $0.requiresFinite = true }
        #expect(
            report.problems.map(\.message) == [
                "holds \(nan) NaN and \(infinity) infinities, the first at element \(first) ([0, \(first)])"
            ])
        let tolerant = try verify(path) {
            $0.requiresFinite = true
            $0.allowsInfinities = true
        }
        #expect(tolerant.problems.isEmpty == (nan == 0))
    }

    /// A number that is none, far behind the first block.
    @Test func placeInALargeTensor() throws {
        let directory = try TemporaryDirectory()
        var values = [Float](repeating: 1, count: 700_000)
        values[600_001] = .nan
        _ = try MergeTests.write([("x", values)], to: directory.file("a"))
        let report = try verify(directory.file("a")) { $0.requiresFinite = true }
        #expect(
            report.problems.map(\.description) == [
                "tensor 'x': holds 1 NaN and 0 infinities, the first at element 600001 ([600001])"
            ])
    }

    /// A file that becomes shorter while it is read is a problem of the tensor, not a crash.
    @Test func truncationMeanwhile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try SafetensorsTests.write(path)
        let checkpoint = try Checkpoint.open(path)
        #expect(truncate(path, 200) == 0)
        let report = try CheckpointVerification().run(checkpoint, threads: 2)
        #expect(!report.problems.isEmpty)
        #expect(report.problems.allSatisfy { $0.kind == .unreadable })
    }

    @Test func quantisedTensorsAreOnlyListed() throws {
        let report = try verify(try GGUFTests.golden("types.gguf")) { $0.requiresFinite = true }
        #expect(report.problems.isEmpty)
        #expect(report.tensorsUnread == 2 && report.tensorsRead == 8)
    }
}
