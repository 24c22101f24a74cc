/// The families whose layers differ in something else than numbers; named as `model_type` names them.
public enum TransformerFamily: String, Sendable, Hashable, CaseIterable {
    case llama, mistral, qwen2, qwen3
}

/// What a decoder-only transformer is built of: the parts of config.json that decide what it computes.
public struct TransformerConfiguration: Sendable, Hashable {
    /// The family.
    public var family: TransformerFamily
    /// V: rows of the embedding and of the head; token ids are below it.
    public var vocabularySize: Int
    /// D: the width of the residual stream.
    public var hiddenSize: Int
    /// F: the width between the projections of the feed-forward part.
    public var intermediateSize: Int
    /// Layers.
    public var layerCount: Int
    /// Heads of queries.
    public var queryHeads: Int
    /// Heads of keys and values; divides ``queryHeads``.
    public var keyHeads: Int
    /// The width of a head; even.
    public var headWidth: Int
    /// Added to the mean square under the root of each norm.
    public var normEpsilon: Float
    /// Whether the head is the embedding itself.
    public var tiesEmbeddings: Bool
    /// Whether queries, keys and values have a bias (Qwen2; Llama's `attention_bias`).
    public var hasAttentionBias: Bool
    /// Whether the projection out of attention has a bias (Llama's `attention_bias`).
    public var hasAttentionOutputBias: Bool
    /// Whether the projections of the feed-forward part have a bias (Llama's `mlp_bias`).
    public var hasFeedForwardBias: Bool
    /// Whether each head's queries and keys are normed before rotation (Qwen3).
    public var normsHeads: Bool
    /// For each layer, how many positions a token sees, its own included; nil for all before it.
    public var windows: [Int?]
    /// How positions turn queries and keys.
    public var rotary: RotaryConfiguration
    /// The longest sequence that the model is made for (`max_position_embeddings`).
    public var maximumPositions: Int
    /// The standard deviation of random initial weights (`initializer_range`).
    public var initializerRange: Double
    /// The ids that end a completion (`eos_token_id`, also of generation_config.json).
    public var endOfSequence: [Int32]
    /// The id that starts a sequence (`bos_token_id`).
    public var beginningOfSequence: Int32?
    /// The id that fills a batch (`pad_token_id`): its embedding is zero in a random model.
    public var padding: Int32?

    /// The width of all query heads together.
    public var queryWidth: Int { queryHeads * headWidth }
    /// The width of all key heads together.
    public var keyWidth: Int { keyHeads * headWidth }
}

/// How positions turn queries and keys (RoPE): the base and what stretches it.
public struct RotaryConfiguration: Sendable, Hashable {
    /// What is done so that a model sees further than it was trained (`rope_scaling`).
    public enum Scaling: Sendable, Hashable {
        case none
        /// Positions are divided by the factor.
        case linear(factor: Double)
        /// The base grows with the length of the sequence once it passes what the model was trained on.
        case dynamic(factor: Double, originalPositions: Int)
        /// Llama 3.1: slow frequencies are divided, fast ones kept, those between interpolated.
        case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)
        /// YaRN (arXiv 2309.00071).
        case yarn(
            factor: Double, betaFast: Double, betaSlow: Double, originalPositions: Int, attentionFactor: Double,
            truncates: Bool)
    }

    /// The base of the geometric series of wavelengths (`rope_theta`).
    public var base: Double
    /// The scaling.
    public var scaling: Scaling

    /// Rotation by a base, not scaled unless said otherwise.
    public init(base: Double, scaling: Scaling = .none) {
        self.base = base
        self.scaling = scaling
    }
}
