import Checkpoints
import Tensors
import TestFixtures
import Testing

@Suite struct SafetensorsTests {
    static let tensors = [
        TensorDescription(name: "b", type: .uint8, shape: [3]),
        TensorDescription(name: "a.weight", type: .float32, shape: [2, 3]),
        TensorDescription(name: "é", type: .bfloat16, shape: []),
        TensorDescription(name: "empty", type: .int64, shape: [0, 7]),
    ]

    static func bytes(of tensor: TensorDescription) -> [UInt8] {
        (0..<(tensor.byteCount ?? 0)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ tensor.name.utf8.count) }
    }

    static func write(_ path: String, as format: CheckpointFormat = .safetensors) throws {
        let sink = try format.makeSink(path, tensors: tensors, options: WritingOptions())
        for (index, tensor) in tensors.enumerated() where (tensor.byteCount ?? 0) > 0 {
            try bytes(of: tensor).withUnsafeBytes { try sink.write($0, tensor: index, at: 0, turn: index) }
        }
        try sink.commit()
    }

    @Test func writtenIsRead() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try Self.write(path)
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.format == .safetensors)
        #expect(checkpoint.tensors.count == Self.tensors.count)
        #expect(checkpoint.metadata.map(\.key) == ["format"])
        for tensor in Self.tensors {
            let stored = try #require(checkpoint.tensor(named: tensor.name))
            #expect(stored.description == tensor)
            var bytes = [UInt8](repeating: 0, count: stored.byteCount)
            try bytes.withUnsafeMutableBytes { try checkpoint.reader(of: stored).read(at: 0, into: $0) }
            #expect(bytes == Self.bytes(of: tensor))
        }
    }
}
