import Checkpoints
import Files
import JSON
import Kernels
import Tensors
import TestFixtures

@testable import Transformers

/// Small models of every family.
enum ModelFixture {
    /// Names of ``configurations``.
    static let names = configurations.keys.sorted()

    /// config.json of each.
    static let configurations: [String: String] = [
        "llama": text("llama", #""num_attention_heads": 4, "num_key_value_heads": 2"#),
        "llama biases": text(
            "llama", #""num_attention_heads": 4, "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": true"#
        ),
        "mistral": text("mistral", #""num_attention_heads": 4, "num_key_value_heads": 1, "sliding_window": 3"#),
        "qwen2 tied": text(
            "qwen2",
            #""num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": true, "pad_token_id": 5"#),
        "qwen2": text("qwen2", #""num_attention_heads": 2, "num_key_value_heads": 2"#),
        "qwen3": text("qwen3", #""num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 12"#),
    ]

    private static func text(_ type: String, _ rest: String) -> String {
        """
        {"model_type": "\(type)", "vocab_size": 32, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
         "max_position_embeddings": 64, "torch_dtype": "bfloat16", \(rest)}
        """
    }

    static func configuration(_ name: String) throws -> TransformerConfiguration {
        try parse(configurations[name] ?? "")
    }

    static func parse(_ text: String, generation: String? = nil) throws -> TransformerConfiguration {
        try TransformerConfiguration(
            json: JSONNode(try JSONDocument.parsing(text).root),
            generation: try generation.map { JSONNode(try JSONDocument.parsing($0).root) })
    }

    /// The tensors of a model with numbers that are exact in every type, by name.
    static func tensors(of configuration: TransformerConfiguration) -> [(
        description: TensorDescription, values: [Float]
    )] {
        ParameterTable(configuration).parameters.enumerated().map { index, parameter in
            (
                TensorDescription(name: parameter.name, type: .float32, shape: parameter.shape),
                (0..<parameter.count).map { Float(($0 * 7 + index * 3) % 61 - 30) / 32 }
            )
        }
    }

    /// Writes config.json and the tensors, and returns the directory's path.
    static func write(
        _ name: String, tensors: [(description: TensorDescription, values: [Float])], in directory: TemporaryDirectory
    ) throws -> String {
        let path = try directory.makeDirectory("model")
        try directory.write("model/config.json", configurations[name] ?? "")
        try write(tensors, to: "\(path)/model.safetensors")
        return path
    }

    /// Writes tensors into one file of a format.
    static func write(
        _ tensors: [(description: TensorDescription, values: [Float])], to path: String,
        format: CheckpointFormat = .safetensors, metadata: [(key: String, value: String)] = []
    ) throws {
        var options = WritingOptions()
        options.metadata = metadata
        options.isSynchronized = false
        let sink = try format.makeSink(path, tensors: tensors.map(\.description), options: options)
        for (index, tensor) in tensors.enumerated() {
            let type = tensor.description.type
            var bytes = [UInt8](repeating: 0, count: tensor.values.count * (type.byteWidth ?? 0))
            try tensor.values.withUnsafeBytes { source in
                try bytes.withUnsafeMutableBytes { target in
                    ElementConversion.convert(source, from: .float32, into: target, to: type)
                    try sink.write(UnsafeRawBufferPointer(target), tensor: index, at: 0, turn: index)
                }
            }
        }
        try sink.commit()
    }
}

extension TransformerWeights {
    /// The numbers of each parameter.
    var values: [[Float]] {
        matrices.map { TransformerWeights.numbers(of: $0, at: 0, count: $0.count) }
    }
}

/// What an expression throws, in words; nil where it throws nothing.
func failure(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}
