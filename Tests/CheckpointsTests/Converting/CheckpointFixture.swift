import Checkpoints
import Tensors
import Testing

/// Small checkpoints with known bytes.
enum CheckpointFixture {
    /// Bytes that depend on the name and the place, so that nothing can be mistaken for something else.
    static func bytes(of tensor: TensorDescription) -> [UInt8] {
        let seed = tensor.name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        return (0..<(tensor.byteCount ?? 0)).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ seed) >> 7) }
    }

    static func write(
        _ tensors: [TensorDescription], to path: String, metadata: [(key: String, value: String)] = [],
        bytes: (TensorDescription) -> [UInt8] = { bytes(of: $0) }
    ) throws {
        var options = WritingOptions()
        options.overwrite = true
        options.isSynchronized = false
        options.metadata = metadata
        let sink = try CheckpointFormat.safetensors.makeSink(path, tensors: tensors, options: options)
        for (index, tensor) in tensors.enumerated() where (tensor.byteCount ?? 0) > 0 {
            try bytes(tensor).withUnsafeBytes { try sink.write($0, tensor: index, at: 0, turn: index) }
        }
        try sink.commit()
    }

    static func float(_ name: String, _ shape: Int...) -> TensorDescription {
        TensorDescription(name: name, type: .float32, shape: shape)
    }

    /// The bytes of floating-point numbers.
    static func bytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    /// All data of a tensor.
    static func data(of name: String, in checkpoint: Checkpoint) throws -> [UInt8] {
        let tensor = try #require(checkpoint.tensor(named: name), "\(name)")
        var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
        let reader = try checkpoint.reader(of: tensor)
        try bytes.withUnsafeMutableBytes { if !$0.isEmpty { try reader.read(at: 0, into: $0) } }
        return bytes
    }

    /// Every tensor by name, with its bytes.
    static func contents(of checkpoint: Checkpoint) throws -> [TensorDescription: [UInt8]] {
        var contents: [TensorDescription: [UInt8]] = [:]
        for tensor in checkpoint.tensors { contents[tensor.description] = try data(of: tensor.name, in: checkpoint) }
        return contents
    }

    /// A small model of Qwen2's shape: 4 heads of queries, 2 of keys and values, all of width 4.
    static let model: [TensorDescription] = {
        var tensors = [float("model.embed_tokens.weight", 13, 8)]
        for layer in 0..<2 {
            let front = "model.layers.\(layer)."
            tensors += [
                float(front + "self_attn.q_proj.weight", 16, 8), float(front + "self_attn.q_proj.bias", 16),
                float(front + "self_attn.k_proj.weight", 8, 8), float(front + "self_attn.v_proj.weight", 8, 8),
                float(front + "self_attn.o_proj.weight", 8, 16), float(front + "self_attn.o_proj.bias", 8),
                float(front + "mlp.gate_proj.weight", 24, 8), float(front + "mlp.up_proj.weight", 24, 8),
                float(front + "mlp.down_proj.weight", 8, 24), float(front + "input_layernorm.weight", 8),
            ]
        }
        return tensors + [float("model.norm.weight", 8), float("lm_head.weight", 13, 8)]
    }()

    static let config = """
        {"model_type": "qwen2", "hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
         "torch_dtype": "float32", "rms_norm_eps": 1e-06, "text_config": {"dtype": "float32", "n": 1}}
        """
}
