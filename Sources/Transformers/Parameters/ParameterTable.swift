/// What a parameter is in the model.
public enum ParameterRole: Sendable, Hashable, CaseIterable {
    case embedding, finalNorm, head
    case inputNorm, query, queryBias, key, keyBias, value, valueBias, queryNorm, keyNorm, output, outputBias
    case feedForwardNorm, gate, gateBias, up, upBias, down, downBias
}

/// A parameter: its name in checkpoints, and its shape.
public struct Parameter: Sendable, Hashable {
    /// The name that transformers gives it.
    public let name: String
    /// What it is.
    public let role: ParameterRole
    /// The layer that it belongs to; nil for those of the whole model.
    public let layer: Int?
    /// Outputs; 1 for a vector.
    public let rows: Int
    /// Inputs, or the length of a vector.
    public let columns: Int
    /// Whether it has one dimension in checkpoints: biases and norms. They are always binary32 in memory.
    public let isVector: Bool

    /// Numbers.
    public var count: Int { rows * columns }
    /// The shape in checkpoints.
    public var shape: [Int] { isVector ? [columns] : [rows, columns] }
}

/// All parameters of a model, in the order of its layers.
public struct ParameterTable: Sendable {
    /// The parameters.
    public let parameters: [Parameter]
    /// Where each parameter starts if all lie end to end, each at a multiple of 16 numbers.
    public let offsets: [Int]
    /// How many numbers that takes.
    public let extent: Int
    private let places: [Key: Int]

    private struct Key: Hashable {
        var role: ParameterRole
        var layer: Int?
    }

    /// The parameters of a model.
    public init(_ configuration: TransformerConfiguration) {
        let c = configuration
        var all: [Parameter] = []
        func add(_ role: ParameterRole, _ name: String, layer: Int? = nil, rows: Int = 1, columns: Int, vector: Bool) {
            all.append(
                Parameter(name: name, role: role, layer: layer, rows: rows, columns: columns, isVector: vector))
        }
        add(.embedding, "model.embed_tokens.weight", rows: c.vocabularySize, columns: c.hiddenSize, vector: false)
        for layer in 0..<c.layerCount {
            func matrix(_ role: ParameterRole, _ name: String, _ rows: Int, _ columns: Int) {
                add(role, "model.layers.\(layer).\(name)", layer: layer, rows: rows, columns: columns, vector: false)
            }
            func vector(_ role: ParameterRole, _ name: String, _ columns: Int) {
                add(role, "model.layers.\(layer).\(name)", layer: layer, columns: columns, vector: true)
            }
            vector(.inputNorm, "input_layernorm.weight", c.hiddenSize)
            matrix(.query, "self_attn.q_proj.weight", c.queryWidth, c.hiddenSize)
            matrix(.key, "self_attn.k_proj.weight", c.keyWidth, c.hiddenSize)
            matrix(.value, "self_attn.v_proj.weight", c.keyWidth, c.hiddenSize)
            if c.hasAttentionBias {
                vector(.queryBias, "self_attn.q_proj.bias", c.queryWidth)
                vector(.keyBias, "self_attn.k_proj.bias", c.keyWidth)
                vector(.valueBias, "self_attn.v_proj.bias", c.keyWidth)
            }
            if c.normsHeads {
                vector(.queryNorm, "self_attn.q_norm.weight", c.headWidth)
                vector(.keyNorm, "self_attn.k_norm.weight", c.headWidth)
            }
            matrix(.output, "self_attn.o_proj.weight", c.hiddenSize, c.queryWidth)
            if c.hasAttentionOutputBias { vector(.outputBias, "self_attn.o_proj.bias", c.hiddenSize) }
            vector(.feedForwardNorm, "post_attention_layernorm.weight", c.hiddenSize)
            matrix(.gate, "mlp.gate_proj.weight", c.intermediateSize, c.hiddenSize)
            matrix(.up, "mlp.up_proj.weight", c.intermediateSize, c.hiddenSize)
            matrix(.down, "mlp.down_proj.weight", c.hiddenSize, c.intermediateSize)
            if c.hasFeedForwardBias {
                vector(.gateBias, "mlp.gate_proj.bias", c.intermediateSize)
                vector(.upBias, "mlp.up_proj.bias", c.intermediateSize)
                vector(.downBias, "mlp.down_proj.bias", c.hiddenSize)
            }
        }
        add(.finalNorm, "model.norm.weight", columns: c.hiddenSize, vector: true)
        if !c.tiesEmbeddings {
            add(.head, "lm_head.weight", rows: c.vocabularySize, columns: c.hiddenSize, vector: false)
        }
        parameters = all
        var places: [Key: Int] = [:]
        var offsets: [Int] = []
        var end = 0
        for (index, parameter) in all.enumerated() {
            places[Key(role: parameter.role, layer: parameter.layer)] = index
            offsets.append(end)
            end += (parameter.count + 15) / 16 * 16
        }
        self.places = places
        self.offsets = offsets
        extent = end
    }

    /// The place of a parameter in ``parameters``; nil where the model has none. The head of a model with tied embeddings is
    /// its embedding.
    public func index(of role: ParameterRole, layer: Int? = nil) -> Int? {
        places[Key(role: role, layer: layer)] ?? (role == .head ? places[Key(role: .embedding, layer: nil)] : nil)
    }
}
