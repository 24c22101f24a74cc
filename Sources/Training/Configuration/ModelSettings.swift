/// The model that is trained, and how. Keys in brackets.
public struct ModelSettings: Sendable, Equatable {
    /// The model's directory or checkpoint [`model_name_or_path`].
    public var path = ""
    /// The policy of the KL term, a directory or checkpoint; nil for the model with which the phase began [`ref_model`].
    public var referencePath: String?
    /// Whether weights are held in bfloat16, beside a master copy in binary32 [`bf16`].
    public var isBFloat16 = false
    /// Whether layers are run again for the backward pass instead of keeping what they computed [`gradient_checkpointing`].
    public var isCheckpointed = false
    /// Whether a LoRA adapter is trained in place of the weights [`use_peft`].
    public var usesAdapter = false
    /// The adapter's rank, at least 1 [`lora_r`].
    public var adapterRank = 16
    /// What the adapter's product is multiplied by, times the rank; above 0 [`lora_alpha`].
    public var adapterAlpha = 32.0
    /// Whether the product is divided by the square root of the rank instead of the rank [`use_rslora`].
    public var usesRankStabilizedScale = false
    /// The projections that the adapter changes, or `all-linear` alone [`lora_target_modules`].
    public var adapterTargets = ["all-linear"]

    /// The defaults.
    public init() {}

    /// Whether a setting means something: those of an adapter do where there is one.
    func uses(_ name: String) -> Bool {
        switch name {
        case "lora_r", "lora_alpha", "use_rslora", "lora_target_modules": usesAdapter
        default: true
        }
    }

    static var settings: [Setting<Self>] {
        [
            .string("model_name_or_path", \.path), .optionalString("ref_model", \.referencePath),
            .flag("bf16", \.isBFloat16), .flag("gradient_checkpointing", \.isCheckpointed),
            .flag("use_peft", \.usesAdapter), .integer("lora_r", \.adapterRank),
            .number("lora_alpha", \.adapterAlpha), .flag("use_rslora", \.usesRankStabilizedScale),
            .strings("lora_target_modules", \.adapterTargets),
        ]
    }
}
