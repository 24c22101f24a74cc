import JSON

extension TransformerConfiguration {
    /// Refuses what would change the computation.
    static func refuseUnsupported(
        _ fields: inout ConfigurationFields, family: TransformerFamily
    ) throws(TransformerError) {
        if let activation = try fields.text("hidden_act"), activation != "silu", activation != "swish" {
            throw fields.error(.unsupported, "hidden_act", "is \(activation); only silu is supported")
        }
        for key in ["quantization_config", "compression_config"] {
            try fields.require(
                key, why: "says that the weights are quantised, which is not supported; use the model in bf16 or fp32")
        }
        try fields.require(
            "auto_map", why: "names code of the model's own, which is never run; remove it if the model needs none")
        for key in ["attention_dropout", "hidden_dropout", "resid_pdrop", "embd_pdrop", "resid_dropout"] {
            try fields.require(
                key, 0, 0.0, why: "is not 0; dropout is not supported, set it to 0 to train and sample without")
        }
        for key in [
            "rope_interleaved", "use_mrope", "is_encoder_decoder", "add_cross_attention", "tie_encoder_decoder",
            "use_qk_norm",
        ] {
            try fields.require(key, false, why: "is not false; that is not supported")
        }
        for key in ["partial_rotary_factor", "rotary_pct"] {
            try fields.require(
                key, 1, 1.0, why: "is not 1; heads of which only a part is rotated are not supported")
        }
        try fields.require("pruned_heads", .object([]), .array([]), why: "is not empty; that is not supported")
        try fields.require("per_layer_config", .object([]), why: "makes layers differ, which is not supported")
    }

    /// What each layer sees: `sliding_window` and its companions.
    static func windows(
        _ fields: inout ConfigurationFields, family: TransformerFamily, layerCount: Int
    ) throws(TransformerError) -> [Int?] {
        let none = [Int?](repeating: nil, count: layerCount)
        let isAbsent = !fields.has("sliding_window")
        var window = try fields.count("sliding_window", in: 1...1 << 30)
        switch family {
        case .llama:
            guard window == nil else {
                throw fields.error(.unsupported, "sliding_window", "is not read for llama; remove it, or use mistral")
            }
            try fields.require("use_sliding_window", false, why: "is not read for llama; remove it")
            fields.ignore(["max_window_layers"])
            let types = try layerTypes(&fields, layerCount: layerCount, hasWindow: false)
            return types.map { $0.map { _ in nil } } ?? none
        case .mistral:
            if isAbsent { window = 4096 }
            try fields.require("layer_types", why: "is not read for mistral; remove it")
            try fields.require(
                "use_sliding_window", .bool(window != nil),
                why: "is not read for mistral, whose 'sliding_window' decides; remove it")
            fields.ignore(["max_window_layers"])
            return [Int?](repeating: window, count: layerCount)
        case .qwen2, .qwen3:
            if isAbsent { window = 4096 }
            if try !fields.flag("use_sliding_window", false) { window = nil }
            let firstWindowed = try fields.count("max_window_layers", 28, in: 0...1 << 30)
            if let types = try layerTypes(&fields, layerCount: layerCount, hasWindow: window != nil) {
                return types.map { $0 ? window : nil }
            }
            return (0..<layerCount).map { $0 >= firstWindowed ? window : nil }
        }
    }

    /// Whether each layer has a window; nil where it is not said.
    private static func layerTypes(
        _ fields: inout ConfigurationFields, layerCount: Int, hasWindow: Bool
    ) throws(TransformerError) -> [Bool]? {
        guard let types = try fields.texts("layer_types") else { return nil }
        guard types.count == layerCount else {
            throw fields.error(
                .contradiction, "layer_types", "has \(types.count) entries for \(layerCount) layers")
        }
        var result: [Bool] = []
        for type in types {
            switch type {
            case "full_attention", "attention": result.append(false)
            case "sliding_attention":
                guard hasWindow else {
                    throw fields.error(
                        .contradiction, "layer_types",
                        "has sliding_attention, but 'use_sliding_window' and 'sliding_window' give no window")
                }
                result.append(true)
            default:
                throw fields.error(.unsupported, "layer_types", "has \(type), which is not supported")
            }
        }
        return result
    }
}

/// Keys of config.json that do not change what a model computes.
enum HarmlessKeys {
    /// What files say about themselves, and what concerns other programs.
    private static let metadata = [
        "_name_or_path", "name_or_path", "_commit_hash", "transformers_version", "torch_dtype", "dtype", "use_cache",
        "pretraining_tp", "_attn_implementation", "_attn_implementation_autoset", "attn_implementation",
        "_experts_implementation", "_attn_implementation_internal", "_experts_implementation_internal",
        "_flash_attn_2_enabled", "use_flash_attn", "is_decoder", "is_llama_config", "transformers.js_config",
        "unsloth_version", "unsloth_fixed", "unsloth_template", "torchscript", "use_bfloat16", "tf_legacy_loss",
        "chunk_size_feed_forward", "cross_attention_hidden_size", "tokenizer_class", "model_name", "license",
        "max_sequence_length", "tokenizer_model_max_length", "max_window_layers", "_unsloth_temporary_saved_buffers",
    ]
    /// Outputs and labels of transformers' classes.
    private static let outputs = [
        "output_attentions", "output_hidden_states", "return_dict", "return_dict_in_generate", "use_return_dict",
        "id2label", "label2id", "num_labels", "problem_type", "task_specific_params", "finetuning_task",
        "sep_token_id", "decoder_start_token_id", "prefix", "unk_token_id", "mask_token_id",
    ]
    /// How text is sampled: old files have it here, and transformers drops it.
    private static let generation = [
        "max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups",
        "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty",
        "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences",
        "output_scores", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
        "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    ]

    /// All of them.
    static let all = metadata + outputs + generation
}
