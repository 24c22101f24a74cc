/// The sizes of a model.
struct ModelShape {
    let vocabularySize: Int
    let hiddenSize: Int
    let intermediateSize: Int
    let layerCount: Int
    let queryHeads: Int
    let keyHeads: Int
    let headWidth: Int
    let maximumPositions: Int

    /// Defaults are those of transformers' configuration classes.
    init(_ fields: inout ConfigurationFields, family: TransformerFamily) throws(TransformerError) {
        let isQwen = family == .qwen2 || family == .qwen3
        vocabularySize = try fields.count("vocab_size", isQwen ? 151_936 : 32_000, in: 1...1 << 24)
        let hiddenSize = try fields.count("hidden_size", 4096, in: 1...1 << 18)
        self.hiddenSize = hiddenSize
        let intermediateSize =
            switch family {
            case .llama: 11_008
            case .mistral: 14_336
            case .qwen2, .qwen3: 22_016
            }
        self.intermediateSize = try fields.count("intermediate_size", intermediateSize, in: 1...1 << 20)
        layerCount = try fields.count("num_hidden_layers", 32, in: 1...1 << 12)
        let queryHeads = try fields.count("num_attention_heads", 32, in: 1...1 << 12)
        self.queryHeads = queryHeads
        // Null means as many as queries; absent means what the family's class says.
        let isAbsent = !fields.has("num_key_value_heads")
        let given = try fields.count("num_key_value_heads", in: 1...1 << 12)
        let absent =
            switch family {
            case .llama: queryHeads
            case .mistral: 8
            case .qwen2, .qwen3: 32
            }
        keyHeads = given ?? (isAbsent ? absent : queryHeads)
        guard queryHeads % keyHeads == 0 else {
            throw fields.error(
                .contradiction, "num_key_value_heads",
                "is \(keyHeads)\(given == nil ? " by default" : ""), which does not divide the \(queryHeads) of 'num_attention_heads'"
            )
        }
        headWidth = try Self.headWidth(&fields, family: family, hiddenSize: hiddenSize, queryHeads: queryHeads)
        maximumPositions = try fields.count(
            "max_position_embeddings", family == .llama ? 2048 : family == .mistral ? 131_072 : 32_768, in: 1...1 << 30)
    }

    private static func headWidth(
        _ fields: inout ConfigurationFields, family: TransformerFamily, hiddenSize: Int, queryHeads: Int
    ) throws(TransformerError) -> Int {
        let divides = hiddenSize % queryHeads == 0
        var width = try fields.count("head_dim", in: 1...1 << 14)
        if width == nil, family == .qwen3, !fields.has("head_dim") { width = 128 }
        // Llama refuses such sizes in transformers even where the width of a head is given.
        guard divides || (width != nil && family != .llama) else {
            throw fields.error(
                .contradiction, "hidden_size",
                "is \(hiddenSize), which is no multiple of the \(queryHeads) of 'num_attention_heads'")
        }
        let result = width ?? hiddenSize / queryHeads
        guard result % 2 == 0 else {
            throw fields.error(
                .unsupported, "head_dim", "is \(result); rotary embeddings need heads of an even width")
        }
        return result
    }
}
