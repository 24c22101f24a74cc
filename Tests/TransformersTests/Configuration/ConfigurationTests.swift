import Testing

@testable import Transformers

@Suite struct ConfigurationTests {
    @Test func qwen25() throws {
        // Qwen2.5-0.5B's own file.
        let c = try ModelFixture.parse(
            """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
             "eos_token_id": 151643, "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02,
             "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2",
             "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
             "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
             "transformers_version": "4.40.1", "use_cache": true, "use_mrope": false, "use_sliding_window": false,
             "vocab_size": 151936}
            """, generation: #"{"eos_token_id": [151645, 151643], "pad_token_id": 151643, "temperature": 0.7}"#)
        #expect(c.family == .qwen2 && c.headWidth == 64 && c.keyHeads == 2 && c.queryHeads == 14)
        #expect(c.hasAttentionBias && !c.hasAttentionOutputBias && !c.normsHeads && c.tiesEmbeddings)
        #expect(c.windows == [Int?](repeating: nil, count: 24))
        #expect(c.rotary == RotaryConfiguration(base: 1_000_000))
        #expect(c.endOfSequence == [151_645, 151_643] && c.beginningOfSequence == 151_643)
        // generation_config.json does not pad the embedding.
        #expect(c.padding == nil)
    }

    @Test func llama32() throws {
        let c = try ModelFixture.parse(
            """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
             "eos_token_id": [128001, 128008, 128009], "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048,
             "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
             "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8,
             "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
             "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
             "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
             "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256}
            """)
        #expect(c.endOfSequence == [128_001, 128_008, 128_009] && c.normEpsilon == 1e-5)
        let scaling = RotaryConfiguration.Scaling.llama3(
            factor: 32, lowFrequency: 1, highFrequency: 4, originalPositions: 8192)
        #expect(c.rotary == RotaryConfiguration(base: 500_000, scaling: scaling))
    }

    @Test func smolLM2AndMistralAndQwen3() throws {
        let smol = try ModelFixture.parse(
            """
            {"_name_or_path": "x", "architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2,
             "hidden_size": 576, "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192,
             "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
             "pad_token_id": 2, "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000,
             "tie_word_embeddings": true, "transformers.js_config": {"dtype": "q4"}, "vocab_size": 49152}
            """)
        #expect(smol.rotary == RotaryConfiguration(base: 100_000) && smol.padding == 2 && smol.headWidth == 64)
        let mistral = try ModelFixture.parse(
            """
            {"architectures": ["MistralForCausalLM"], "hidden_size": 4096, "model_type": "mistral", "sliding_window": 4096,
             "num_hidden_layers": 3, "rms_norm_eps": 1e-05, "vocab_size": 32000}
            """)
        #expect(mistral.windows == [4096, 4096, 4096] && mistral.keyHeads == 8 && mistral.intermediateSize == 14_336)
        #expect(mistral.maximumPositions == 131_072 && mistral.endOfSequence == [2])
        let absent = try ModelFixture.parse(#"{"model_type": "mistral", "num_hidden_layers": 1}"#)
        #expect(absent.windows == [4096])
        let none = try ModelFixture.parse(#"{"model_type": "mistral", "num_hidden_layers": 1, "sliding_window": null}"#)
        #expect(none.windows == [nil])
        let qwen3 = try ModelFixture.parse(
            """
            {"model_type": "qwen3", "hidden_size": 1024, "head_dim": 128, "num_attention_heads": 16, "num_hidden_layers": 4,
             "num_key_value_heads": 8, "use_sliding_window": true, "sliding_window": 7, "max_window_layers": 3,
             "attention_bias": true, "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1000000}}
            """)
        #expect(qwen3.windows == [nil, nil, nil, 7] && qwen3.normsHeads && qwen3.queryWidth == 2048)
        #expect(qwen3.hasAttentionBias && qwen3.hasAttentionOutputBias)
        #expect(qwen3.rotary == RotaryConfiguration(base: 1_000_000, scaling: .linear(factor: 2)))
    }

    /// Defaults of transformers' configuration classes, which are not the same for all.
    @Test func defaults() throws {
        let llama = try ModelFixture.parse(#"{"model_type": "llama"}"#)
        #expect(llama.keyHeads == 32 && llama.maximumPositions == 2048 && llama.beginningOfSequence == 1)
        #expect(llama.rotary.base == 10_000 && llama.normEpsilon == 1e-6 && llama.initializerRange == 0.02)
        let qwen2 = try ModelFixture.parse(#"{"model_type": "qwen2"}"#)
        #expect(qwen2.keyHeads == 32 && qwen2.intermediateSize == 22_016 && qwen2.endOfSequence.isEmpty)
        let qwen3 = try ModelFixture.parse(#"{"model_type": "qwen3", "num_attention_heads": 64}"#)
        #expect(qwen3.headWidth == 128 && qwen3.vocabularySize == 151_936)
        // Null means as many as queries; absent means 32.
        let null = try ModelFixture.parse(
            #"{"model_type": "qwen2", "num_attention_heads": 8, "num_key_value_heads": null}"#)
        #expect(null.keyHeads == 8)
    }

    @Test func layerTypes() throws {
        let text = #"{"model_type": "qwen2", "num_hidden_layers": 2, "use_sliding_window": true, "sliding_window": 9, "#
        let c = try ModelFixture.parse(text + #""layer_types": ["sliding_attention", "full_attention"]}"#)
        #expect(c.windows == [9, nil])
        let few = failure { _ = try ModelFixture.parse(text + #""layer_types": ["full_attention"]}"#) }
        #expect(few?.contains("'layer_types' has 1 entries for 2 layers") == true)
    }

    @Test(arguments: [
        (#""model_type": "gemma2""#, "'model_type' is gemma2"),
        (#""model_type": "llama", "architectures": ["LlamaForSequenceClassification"]"#, "'architectures'"),
        (#""model_type": "llama", "hidden_act": "gelu""#, "'hidden_act' is gelu"),
        (#""model_type": "llama", "quantization_config": {"bits": 4}"#, "'quantization_config'"),
        (#""model_type": "llama", "partial_rotary_factor": 0.5"#, "'partial_rotary_factor'"),
        (#""model_type": "llama", "attention_dropout": 0.1"#, "'attention_dropout'"),
        (#""model_type": "llama", "attn_logit_softcapping": 50.0"#, "'attn_logit_softcapping'"),
        (#""model_type": "llama", "sliding_window": 5"#, "'sliding_window'"),
        (#""model_type": "llama", "auto_map": {"AutoModel": "x.Y"}"#, "'auto_map'"),
        (#""model_type": "mistral", "attention_bias": true"#, "'attention_bias'"),
        (#""model_type": "qwen2", "mlp_bias": true"#, "'mlp_bias'"),
        (#""model_type": "qwen2", "layer_types": ["linear_attention"], "num_hidden_layers": 1"#, "linear_attention"),
        (#""model_type": "qwen2", "layer_types": ["sliding_attention"], "num_hidden_layers": 1"#, "no window"),
        (
            #""model_type": "llama", "rope_scaling": {"type": "longrope", "factor": 2.0}"#,
            "'rope_scaling.rope_type' is longrope"
        ),
        (#""model_type": "llama", "rope_scaling": {"type": "linear"}"#, "'rope_scaling.factor' is missing"),
        (#""model_type": "llama", "rope_scaling": {"rope_type": "llama3", "factor": 8}"#, "high_freq_factor"),
        (#""model_type": "llama", "rope_parameters": {"full_attention": {"rope_type": "default"}}"#, "full_attention"),
        (#""model_type": "llama", "hidden_size": 100, "num_attention_heads": 3"#, "'hidden_size' is 100"),
        (#""model_type": "llama", "num_key_value_heads": 5"#, "'num_key_value_heads' is 5"),
        (#""model_type": "llama", "head_dim": 7"#, "'head_dim' is 7"),
        (#""model_type": "llama", "hidden_size": 1e9"#, "'hidden_size'"),
        (#""model_type": "llama", "num_hidden_layers": 0"#, "'num_hidden_layers'"),
        (#""model_type": "llama", "hidden_size": null"#, "'hidden_size' is null"),
        (#""model_type": "llama", "rms_norm_eps": "small""#, "'rms_norm_eps'"),
        (#""model_type": "llama", "vocab_size": 10, "eos_token_id": 10"#, "'eos_token_id' is no token id below the 10"),
        (#""model_type": "llama", "bos_token_id": [1, 2]"#, "'bos_token_id' is a list"),
        (#""hidden_size": 16"#, "'model_type' is missing"),
    ])
    func refusals(_ members: String, _ expected: String) {
        let text = failure { _ = try ModelFixture.parse("{\(members)}") }
        #expect(text?.contains(expected) == true, "\(text ?? "accepted")")
        #expect(text?.contains("\n") == false)
    }

    @Test func unknownKeysThatAreNullPass() throws {
        _ = try ModelFixture.parse(#"{"model_type": "llama", "something_new": null}"#)
        let text = failure { _ = try ModelFixture.parse(#"{"model_type": "llama", "b_new": 1, "a_new": true}"#) }
        #expect(text?.contains("'a_new' (and 'b_new')") == true)
    }
}
