import Checkpoints
import Files
import JSON
import Schemas
import Tensors
import TestFixtures
import Testing

@Suite struct ManifestTests {
    private func manifest(_ path: String, threads: Int = 2) throws -> CheckpointManifest {
        try ManifestComputation(try Checkpoint.open(path)).run(threads: threads)
    }

    @Test func digestsAreThoseOfFilesAndCanonicalBytes() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try SafetensorsTests.write(path)
        let found = try manifest(path)
        #expect(found.files.map(\.path) == ["a.safetensors"])
        let file = try directory.read("a.safetensors")
        #expect(found.files[0].byteCount == file.count)
        #expect(try found.files[0].sha256 == SHA256.digest(of: file))
        #expect(found.tensors.map(\.description.name) == ["a.weight", "b", "empty", "é"])
        for tensor in found.tensors {
            let bytes = SafetensorsTests.bytes(of: tensor.description)
            #expect(tensor.byteCount == bytes.count)
            #expect(try tensor.sha256 == SHA256.digest(of: bytes))
        }
        #expect(try manifest(path, threads: 1) == found)
    }

    /// Tensors of several blocks: their digest must not depend on the blocks.
    @Test func largeTensors() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        let count = (5 << 20) + 3
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let sink = try CheckpointFormat.safetensors.makeSink(
            path, tensors: [TensorDescription(name: "x", type: .uint8, shape: [count])], options: WritingOptions())
        try bytes.withUnsafeBytes { try sink.write($0, tensor: 0, at: 0, turn: 0) }
        try sink.commit()
        #expect(try manifest(path).tensors[0].sha256 == SHA256.digest(of: bytes))
    }

    @Test func writtenIsReadAndKeepsItsContract() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try SafetensorsTests.write(path)
        let found = try manifest(path)
        try found.write(to: directory.file("m.json"), overwrite: false)
        #expect(try CheckpointManifest(contentsOf: directory.file("m.json")) == found)
        let contract = JSONNode(try JSONDocument.parsing(Schemas.json(named: "checkpoint-manifest") ?? []).root)
        // The version is the house's own key, which the validator does not know.
        guard case .object(let members) = contract else { throw NoContract() }
        let schema = try JSONSchema(.object(members.filter { $0.key != "version" }))
        let written = JSONNode(try JSONDocument.parsing(try directory.read("m.json")).root)
        #expect(schema.violations(in: written).isEmpty)
        #expect(throws: FileError.self) { try found.write(to: directory.file("m.json"), overwrite: false) }
    }

    static let digest = String(repeating: "0", count: 64)
    static func text(
        format: String = CheckpointManifest.format, version: String = "1", files: String = "[]", tensors: String = "[]"
    ) -> String {
        #"{"format":"\#(format)","version":\#(version),"files":\#(files),"tensors":\#(tensors)}"#
    }
    static func file(_ path: String, bytes: String = "1", sha256: String = digest) -> String {
        #"{"path":"\#(path)","bytes":\#(bytes),"sha256":"\#(sha256)"}"#
    }
    static func tensor(_ name: String, dtype: String = "int8", shape: String = "[2]", bytes: String = "2") -> String {
        #"{"name":"\#(name)","dtype":"\#(dtype)","shape":\#(shape),"bytes":\#(bytes),"sha256":"\#(digest)"}"#
    }

    @Test(arguments: [
        ("", CheckpointError.Code.malformed), ("[]", .malformed), ("{}", .malformed),
        (text(format: "kedge.checkpoint"), .malformed), (text(version: "2"), .unsupported),
        (text(version: "\"1\""), .malformed), (text(files: "{}"), .malformed), (text(files: "[1]"), .malformed),
        (text(files: "[\(file("../a"))]"), .unsafePath), (text(files: "[\(file("/a"))]"), .unsafePath),
        (text(files: "[\(file("a/../b"))]"), .unsafePath), (text(files: "[\(file(""))]"), .unsafePath),
        (text(files: "[\(file("a\\u0000"))]"), .unsafePath),
        (text(files: "[\(file("a")),\(file("a"))]"), .conflict),
        (text(files: "[\(file("a", bytes: "-1"))]"), .malformed),
        (text(files: "[\(file("a", bytes: "1e300"))]"), .malformed),
        (text(files: "[\(file("a", sha256: "00"))]"), .malformed),
        (text(files: "[\(file("a", sha256: String(repeating: "A", count: 64)))]"), .malformed),
        (text(tensors: "[\(tensor("a")),\(tensor("a"))]"), .conflict),
        (text(tensors: "[\(tensor("a", dtype: "int3"))]"), .malformed),
        (text(tensors: "[\(tensor("a", shape: "[-2]", bytes: "-2"))]"), .malformed),
        (text(tensors: "[\(tensor("a", shape: "[2,\"2\"]"))]"), .malformed),
        (text(tensors: "[\(tensor("a", shape: "[4611686018427387904,4,4]", bytes: "0"))]"), .malformed),
        (text(tensors: "[\(tensor("a", bytes: "3"))]"), .malformed),
    ])
    func badManifests(text: String, code: CheckpointError.Code) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("m.json", text)
        let error = #expect(throws: CheckpointError.self) { try CheckpointManifest(contentsOf: path) }
        #expect(error?.code == code, "\(String(describing: error))")
    }

    @Test func soundManifestIsRead() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "m.json", Self.text(files: "[\(Self.file("b")),\(Self.file("a/c"))]", tensors: "[\(Self.tensor("t"))]"))
        let manifest = try CheckpointManifest(contentsOf: path)
        #expect(manifest.files.map(\.path) == ["a/c", "b"])
        #expect(manifest.tensors.map(\.description) == [TensorDescription(name: "t", type: .int8, shape: [2])])
    }
}

private struct NoContract: Error {}
