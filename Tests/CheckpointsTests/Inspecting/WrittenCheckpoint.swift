import Checkpoints
import Tensors
import TestFixtures

/// A safetensors file of given tensors.
struct WrittenTensor {
    let description: TensorDescription
    let bytes: [UInt8]

    init(_ name: String, _ type: TensorType, _ shape: [Int], _ bytes: [UInt8]) {
        description = TensorDescription(name: name, type: type, shape: shape)
        self.bytes = bytes
    }

    init(_ name: String, _ shape: [Int], _ numbers: [Float]) {
        self.init(name, .float32, shape, numbers.withUnsafeBytes { Array($0) })
    }

    init(_ name: String, bfloat16 shape: [Int], _ numbers: [Float]) {
        let patterns = numbers.map { BFloat16($0).bitPattern }
        self.init(name, .bfloat16, shape, patterns.withUnsafeBytes { Array($0) })
    }

    static func write(_ tensors: [WrittenTensor], to path: String) throws -> Checkpoint {
        let sink = try CheckpointFormat.safetensors.makeSink(
            path, tensors: tensors.map(\.description), options: WritingOptions())
        for (index, tensor) in tensors.enumerated() where !tensor.bytes.isEmpty {
            try tensor.bytes.withUnsafeBytes { try sink.write($0, tensor: index, at: 0, turn: index) }
        }
        try sink.commit()
        return try Checkpoint.open(path)
    }

    /// Numbers that look random, -1 to 1.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        }
    }
}
