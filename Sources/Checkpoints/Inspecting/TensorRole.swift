/// What a tensor does in a transformer, told by its name: by the names that transformers, GPT-2, GPT-NeoX, BERT and
/// llama.cpp use.
public enum TensorRole: String, Sendable, Hashable, CaseIterable {
    /// Tables of tokens, positions and segments.
    case embedding
    /// Projections of attention; ``queryKeyValue`` where they are one matrix.
    case query, key, value
    case queryKeyValue = "query_key_value"
    case attentionOutput = "attention_output"
    /// Projections of the feed-forward part; ``gateUp`` where two are one matrix.
    case gate, up
    case gateUp = "gate_up"
    case down
    /// What chooses experts.
    case router
    /// Layer norms and RMS norms, biases included.
    case norm
    /// The matrix of logits.
    case head
    /// Any other bias.
    case bias
    /// What none of the names fits.
    case other

    /// The role of a tensor of that name.
    ///
    /// - Complexity: linear in the length of the name.
    public init(ofTensorNamed name: String) {
        let parts = TensorPath.parts(of: name).map { $0.lowercased() }
        var words = parts[...]
        let leaf = words.last ?? ""
        let isBias = leaf == "bias" || leaf == "beta" || leaf.hasSuffix("_bias")
        // What follows the module's own name: weight, bias, the numbers of Keras.
        while let last = words.last, words.count > 1, TensorRole.leaves.contains(last) || Int(last) != nil {
            words.removeLast()
        }
        let module = words.last ?? ""
        if TensorRole.isNorm(module) || TensorRole.isNorm(leaf) {
            self = .norm
            return
        }
        if isBias {
            self = .bias
            return
        }
        if let role = TensorRole.modules[module] {
            self = role
            return
        }
        self = TensorRole.role(of: module, under: words.dropLast().last ?? "", in: words)
    }

    private static func role(of module: String, under parent: String, in words: ArraySlice<String>) -> TensorRole {
        let isAttention = words.contains { $0.contains("attn") || $0.contains("attention") }
        switch module {
        case "c_proj", "dense", "out_proj", "output", "wo":
            if isAttention { return .attentionOutput }
            if module == "output" { return words.count == 1 ? .head : .other }
            if parent == "intermediate" { return .up }
            return parent == "mlp" || parent == "output" || parent == "ffn" ? .down : .other
        case "gate": return parent.contains("mlp") || parent.contains("moe") ? .router : .other
        default: return module.contains("embed") ? .embedding : .other
        }
    }

    private static func isNorm(_ word: String) -> Bool {
        word.contains("norm") || word == "ln" || word.hasPrefix("ln_") || word.hasSuffix("_ln")
    }

    private static let leaves: Set<String> = [
        "weight", "bias", "weights", "kernel", "gamma", "beta", "vars", "default", "base_layer", "lora_a", "lora_b",
    ]

    private static let modules: [String: TensorRole] = [
        "wte": .embedding, "wpe": .embedding, "tok_embeddings": .embedding, "token_embd": .embedding,
        "embed_out": .head, "lm_head": .head, "score": .head, "classifier": .head,
        "q_proj": .query, "query": .query, "wq": .query, "attn_q": .query, "q": .query, "q_a_proj": .query,
        "q_b_proj": .query,
        "k_proj": .key, "key": .key, "wk": .key, "attn_k": .key, "k": .key,
        "v_proj": .value, "value": .value, "wv": .value, "attn_v": .value, "v": .value,
        "qkv_proj": .queryKeyValue, "query_key_value": .queryKeyValue, "c_attn": .queryKeyValue,
        "attn_qkv": .queryKeyValue, "wqkv": .queryKeyValue, "qkv": .queryKeyValue, "in_proj_weight": .queryKeyValue,
        "o_proj": .attentionOutput, "attn_output": .attentionOutput, "o": .attentionOutput,
        "gate_proj": .gate, "ffn_gate": .gate, "w1": .gate, "ffn_gate_exps": .gate,
        "up_proj": .up, "ffn_up": .up, "w3": .up, "c_fc": .up, "dense_h_to_4h": .up, "fc1": .up, "fc_in": .up,
        "ffn_up_exps": .up,
        "gate_up_proj": .gateUp,
        "down_proj": .down, "ffn_down": .down, "w2": .down, "dense_4h_to_h": .down, "fc2": .down, "fc_out": .down,
        "ffn_down_exps": .down,
        "router": .router, "ffn_gate_inp": .router,
    ]
}

/// A tensor's name as steps from the outside in.
public enum TensorPath {
    /// The most steps that are told apart; names are hostile, and trees are walked by recursion.
    static let depthLimit = 32

    /// The parts between dots and slashes; behind the 31st all that is left is one part.
    public static func parts(of name: String) -> [String] {
        name.split(maxSplits: depthLimit - 1, omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }
            .map(String.init)
    }

    /// The number of the layer: the first part that is a number, unless it numbers the variables of a Keras layer.
    public static func layer(of name: String) -> Int? {
        let parts = parts(of: name)
        for (index, part) in parts.enumerated() {
            guard let number = number(part) else { continue }
            return index > 0 && parts[index - 1] == "vars" ? nil : number
        }
        return nil
    }

    /// A part that is a number as programs count, from 0, without leading zeros.
    static func number(_ part: String) -> Int? {
        guard part.utf8.count <= 9, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(part),
            part.utf8.count == 1 || part.utf8.first != 0x30
        else { return nil }
        return number
    }
}
