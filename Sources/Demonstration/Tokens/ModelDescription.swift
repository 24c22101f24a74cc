import Files
public import JSON

/// The files that describe the demonstration's model: its tokenizer and its configuration.
public struct ModelDescription: Sendable {
    /// The most tokens of a problem and its trace.
    public static let mostPositions = 128
    /// The token that ends a trace.
    public static let endOfSequence = VocabularyWord.endOfSequence

    /// Components of a hidden state, a multiple of the heads.
    public var width = 96
    /// Layers.
    public var layers = 3
    /// Heads of attention.
    public var heads = 4

    /// The model of the demonstration: 3 layers of 96.
    public init() {}

    /// How many tokens there are.
    public static var vocabularySize: Int { VocabularyWord.all.count }

    /// config.json: a Qwen2 whose embedding is also its head.
    public var configuration: JSONNode {
        [
            "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": .int(Int64(width)),
            "intermediate_size": .int(Int64(width * 8 / 3)), "num_hidden_layers": .int(Int64(layers)),
            "num_attention_heads": .int(Int64(heads)), "num_key_value_heads": .int(Int64(heads)),
            "vocab_size": .int(Int64(Self.vocabularySize)),
            "max_position_embeddings": .int(Int64(Self.mostPositions)), "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
            "tie_word_embeddings": true, "hidden_act": "silu", "initializer_range": 0.05, "bos_token_id": .null,
            "eos_token_id": .int(Int64(Self.id(of: VocabularyWord.endOfSequence))), "use_sliding_window": false,
        ]
    }

    /// tokenizer.json, as Hugging Face's tokenizers reads it: a byte pair model without merges, whose words of several
    /// characters are added tokens. What is not a word of the problems becomes `<|unknown|>`.
    public static var tokenizer: JSONNode {
        let words = VocabularyWord.all.enumerated()
        return [
            "version": "1.0", "truncation": .null, "padding": .null,
            "added_tokens": .array(words.filter { !VocabularyWord.isCharacter($0.element) }.map(addedToken)),
            "normalizer": .null, "pre_tokenizer": .null, "post_processor": .null,
            "decoder": ["type": "Fuse"],
            "model": [
                "type": "BPE", "dropout": .null, "unk_token": .string(VocabularyWord.unknown),
                "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": true,
                "byte_fallback": false,
                "vocab": .object(words.map { ($0.element, .int(Int64($0.offset))) }), "merges": [],
            ],
        ]
    }

    /// tokenizer_config.json; the chat template writes the problem and nothing else.
    public static var tokenizerConfiguration: JSONNode {
        [
            "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": .string(VocabularyWord.endOfSequence),
            "unk_token": .string(VocabularyWord.unknown), "pad_token": .null, "bos_token": .null,
            "clean_up_tokenization_spaces": false, "model_max_length": .int(Int64(mostPositions)),
            "chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}",
        ]
    }

    private static func addedToken(_ id: Int, _ word: String) -> JSONNode {
        [
            "id": .int(Int64(id)), "content": .string(word), "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": .bool(VocabularyWord.isSpecial(word)),
        ]
    }

    private static func id(of word: String) -> Int { VocabularyWord.all.firstIndex(of: word) ?? 0 }

    /// Writes the three files into a directory that there is.
    ///
    /// - Throws: `FileError`, also for a file that is there already.
    public func write(into directory: String) throws {
        for (name, node) in [
            ("config.json", configuration), ("tokenizer.json", Self.tokenizer),
            ("tokenizer_config.json", Self.tokenizerConfiguration),
        ] {
            let text = try JSONWriter(isPretty: true).string(node) + "\n"
            try OutputFile.write(Array(text.utf8), to: "\(directory)/\(name)", overwrite: false)
        }
    }
}
