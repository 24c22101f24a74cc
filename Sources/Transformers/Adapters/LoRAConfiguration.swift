public import JSON

/// What a LoRA adapter (arXiv 2106.09685) is made of, in PEFT's words.
public struct LoRAConfiguration: Sendable, Hashable {
    /// Which projections get an adapter (`target_modules`).
    public enum Targets: Sendable, Hashable {
        /// All that are matrices, but for the head (`all-linear`).
        case allLinear
        /// Those whose names, such as `model.layers.0.self_attn.q_proj`, are one of these or end with a dot and one of these.
        case names([String])
        /// Those whose whole names match a regular expression.
        case pattern(String)
    }

    /// The rank of the product that is added (`r`).
    public var rank: Int
    /// What the product is scaled by, times the rank (`lora_alpha`).
    public var alpha: Double
    /// Which projections.
    public var targets: Targets
    /// Whether `alpha` is divided by the square root of the rank instead of the rank (`use_rslora`, arXiv 2312.03732).
    public var isRankStabilised: Bool
    /// The dropout that was trained with (`lora_dropout`); recorded, and not applied.
    public var dropout: Double
    /// What the adapter belongs to (`base_model_name_or_path`).
    public var baseModel: String?

    /// PEFT's defaults, for the projections of queries and values.
    public init(
        rank: Int = 8, alpha: Double = 8, targets: Targets = .names(["q_proj", "v_proj"]),
        isRankStabilised: Bool = false,
        dropout: Double = 0, baseModel: String? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
        self.isRankStabilised = isRankStabilised
        self.dropout = dropout
        self.baseModel = baseModel
    }

    /// What the product of B and A is multiplied by.
    public var scale: Double { alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank)) }

    /// The largest rank, and the longest pattern in bytes.
    static let largestRank = 1 << 14
    static let longestPattern = 2_000

    /// Reads adapter_config.json; what is not supported is refused by name.
    ///
    /// - Throws: ``TransformerError``.
    public init(json: JSONNode, path: String = "adapter_config.json") throws(TransformerError) {
        var fields = try ConfigurationFields(json, path: path)
        guard try fields.text("peft_type") == "LORA" else {
            throw fields.error(.unsupported, "peft_type", "is not LORA; other kinds of adapters are not supported")
        }
        try Self.refuseUnsupported(&fields)
        self.init(
            rank: try fields.count("r", 8, in: 1...Self.largestRank),
            alpha: try fields.number("lora_alpha", 8, in: 0...1e9), targets: try Self.targets(&fields),
            isRankStabilised: try fields.flag("use_rslora", false),
            dropout: try fields.number("lora_dropout", 0, in: 0...1),
            baseModel: try fields.text("base_model_name_or_path"))
        fields.ignore([
            "auto_mapping", "peft_version", "revision", "inference_mode", "megatron_core", "qalora_group_size",
            "task_type",
        ])
        try fields.requireAllKnown("LoRA")
    }

    private static func refuseUnsupported(_ fields: inout ConfigurationFields) throws(TransformerError) {
        try fields.require("task_type", "CAUSAL_LM", why: "is not CAUSAL_LM; other tasks are not supported")
        try fields.require("bias", "none", why: "is not none; trained biases are not supported")
        // Values such as pissa change the weights of the base as well.
        try fields.require(
            "init_lora_weights", true, false, "gaussian",
            why: "changes the weights of the base; convert the adapter to plain LoRA with PEFT")
        for key in [
            "fan_in_fan_out", "use_dora", "use_qalora", "use_bdlora", "lora_bias", "ensure_weight_tying",
        ] {
            try fields.require(key, false, why: "is not false; that is not supported")
        }
        for key in [
            "rank_pattern", "alpha_pattern", "loftq_config", "layer_replication", "modules_to_save", "exclude_modules",
            "layers_to_transform", "layers_pattern", "target_parameters",
        ] {
            try fields.require(key, .object([]), .array([]), why: "is not empty; that is not supported")
        }
    }

    private static func targets(_ fields: inout ConfigurationFields) throws(TransformerError) -> Targets {
        switch fields.value("target_modules") {
        case .string("all-linear")?: return .allLinear
        case .string(let pattern)?:
            guard pattern.utf8.count <= longestPattern else {
                throw fields.error(.malformed, "target_modules", "is longer than \(longestPattern) bytes")
            }
            return .pattern(pattern)
        case .array?:
            guard let names = try fields.texts("target_modules"), !names.isEmpty else { break }
            return .names(names)
        default: break
        }
        throw fields.error(
            .malformed, "target_modules", "names no projections; give a list of names, a pattern, or all-linear")
    }

    /// adapter_config.json as PEFT writes it.
    var json: JSONNode {
        let targets: JSONNode =
            switch targets {
            case .allLinear: "all-linear"
            case .names(let names): .array(names.map { .string($0) })
            case .pattern(let pattern): .string(pattern)
            }
        let alpha = Int64(exactly: alpha).map { JSONNode.int($0) } ?? .double(alpha)
        return [
            "peft_type": "LORA", "task_type": "CAUSAL_LM",
            "base_model_name_or_path": baseModel.map { .string($0) } ?? .null, "r": .int(Int64(rank)),
            "lora_alpha": alpha, "lora_dropout": .double(dropout), "target_modules": targets,
            "use_rslora": .bool(isRankStabilised), "bias": "none", "fan_in_fan_out": false, "inference_mode": true,
            "init_lora_weights": true, "modules_to_save": nil, "rank_pattern": .object([]),
            "alpha_pattern": .object([]),
        ]
    }
}
