import Files
public import JSON

extension TransformerConfiguration {
    /// The largest configuration file that is read, in bytes.
    static let largestFile = 16 << 20

    /// Reads config.json of a model directory, and the special tokens of generation_config.json where there is one.
    ///
    /// - Throws: ``TransformerError``.
    public init(directory: String) throws(TransformerError) {
        let path = "\(directory)/config.json"
        guard FileSystem.exists(path) else {
            throw TransformerError(
                .unreadable, path: directory, "has no config.json, which says what the model is built of")
        }
        let generation = "\(directory)/generation_config.json"
        try self.init(
            json: try Self.json(path),
            generation: FileSystem.exists(generation) ? try Self.json(generation) : JSONNode?.none, path: path)
    }

    /// The value of a JSON file.
    ///
    /// - Throws: `unreadable`.
    static func json(_ path: String) throws(TransformerError) -> JSONNode {
        do throws(JSONError) {
            return JSONNode(try JSONDocument.contents(ofFileAt: path, limit: largestFile).root)
        } catch {
            // The error names the file itself; it must not stand there twice.
            let text = error.description
            let front = "\(path): "
            throw TransformerError(
                .unreadable, path: path, text.hasPrefix(front) ? String(text.dropFirst(front.count)) : text)
        }
    }

    /// Reads a configuration as transformers 5 does, each family with its own defaults.
    ///
    /// What would change the computation and is not supported is refused by its name, and so is a key that is not known, unless
    /// it is null.
    ///
    /// - Parameters:
    ///   - json: the content of config.json.
    ///   - generation: that of generation_config.json, whose special tokens win.
    ///   - path: for errors.
    /// - Throws: ``TransformerError``.
    public init(
        json: JSONNode, generation: JSONNode? = nil, path: String = "config.json"
    ) throws(TransformerError) {
        var fields = try ConfigurationFields(json, path: path)
        let family = try Self.family(&fields)
        let shape = try ModelShape(&fields, family: family)
        try Self.refuseUnsupported(&fields, family: family)
        self.init(
            family: family, vocabularySize: shape.vocabularySize, hiddenSize: shape.hiddenSize,
            intermediateSize: shape.intermediateSize, layerCount: shape.layerCount, queryHeads: shape.queryHeads,
            keyHeads: shape.keyHeads, headWidth: shape.headWidth,
            normEpsilon: Float(try fields.number("rms_norm_eps", 1e-6, in: 0...1)),
            tiesEmbeddings: try fields.flag("tie_word_embeddings", false), hasAttentionBias: family == .qwen2,
            hasAttentionOutputBias: false, hasFeedForwardBias: false, normsHeads: family == .qwen3,
            windows: try Self.windows(&fields, family: family, layerCount: shape.layerCount),
            rotary: try RotaryConfiguration(&fields, shape: shape), maximumPositions: shape.maximumPositions,
            initializerRange: try fields.number("initializer_range", 0.02, in: 0...1), endOfSequence: [],
            beginningOfSequence: nil, padding: nil)
        try readBiases(&fields)
        try readTokens(&fields, generation: generation, path: path)
        fields.ignore(HarmlessKeys.all)
        try fields.requireAllKnown("model_type \(family.rawValue)")
    }

    private static func family(_ fields: inout ConfigurationFields) throws(TransformerError) -> TransformerFamily {
        guard let type = try fields.text("model_type") else {
            throw fields.error(.malformed, "model_type", "is missing; it names the architecture")
        }
        let known = TransformerFamily.allCases.map(\.rawValue).joined(separator: ", ")
        guard let family = TransformerFamily(rawValue: type) else {
            throw fields.error(.unsupported, "model_type", "is \(type), which is not supported; only \(known) are")
        }
        let architecture = "\(type.prefix(1).uppercased())\(type.dropFirst())ForCausalLM"
        for name in try fields.texts("architectures") ?? [] where name != architecture {
            throw fields.error(
                .unsupported, "architectures",
                "names \(name), which is not supported; only \(architecture) is for \(type)")
        }
        return family
    }

    private mutating func readBiases(_ fields: inout ConfigurationFields) throws(TransformerError) {
        switch family {
        case .llama, .qwen3:
            hasAttentionBias = try fields.flag("attention_bias", false)
            hasAttentionOutputBias = hasAttentionBias
        case .qwen2:
            try fields.require(
                "attention_bias", true,
                why: "is not read for qwen2, whose queries, keys and values have biases; remove it")
        case .mistral:
            try fields.require("attention_bias", false, why: "is not read for mistral, which has no biases; remove it")
        }
        if family == .llama {
            hasFeedForwardBias = try fields.flag("mlp_bias", false)
        } else {
            try fields.require(
                "mlp_bias", false,
                why: "is not read for \(family.rawValue), whose feed-forward part has no biases; remove it")
        }
    }

    private mutating func readTokens(
        _ fields: inout ConfigurationFields, generation: JSONNode?, path: String
    ) throws(TransformerError) {
        func one(
            _ key: String, _ fields: inout ConfigurationFields
        ) throws(TransformerError) -> [Int32]? {
            guard let ids = try fields.tokens(key, below: vocabularySize) else { return nil }
            guard ids.count <= 1 else { throw fields.error(.malformed, key, "is a list; give one token id") }
            return ids
        }
        let hasDefaults = family == .llama || family == .mistral
        func fallback(_ id: Int32) -> [Int32] { hasDefaults && id < vocabularySize ? [id] : [] }
        var ends = try fields.tokens("eos_token_id", below: vocabularySize) ?? fallback(2)
        var begin = try one("bos_token_id", &fields) ?? fallback(1)
        // The padding row of a random model is that of config.json: transformers makes models without the other file.
        let padding = try one("pad_token_id", &fields) ?? []
        if let generation, generation != .null {
            let place = path.hasSuffix("config.json") ? "\(path.dropLast(11))generation_config.json" : path
            var fields = try ConfigurationFields(generation, path: place)
            ends = try fields.tokens("eos_token_id", below: vocabularySize) ?? ends
            begin = try one("bos_token_id", &fields) ?? begin
        }
        endOfSequence = ends
        beginningOfSequence = begin.first
        self.padding = padding.first
    }
}
