import JSON

/// What becomes of a module's tensors in tensor parallelism.
public enum TensorParallelStyle: String, Sendable, Hashable, CaseIterable {
    /// The outputs are divided: dimension 0 of the weight, and the bias.
    case column
    /// The inputs are divided: dimension 1 of the weight; the bias is on all ranks.
    case row
    /// Dimension 0 is divided after padding by its last row.
    case vocabulary
    /// Two column-parallel weights on top of each other (gate and up), divided separately and joined again.
    case fused
    /// Queries, keys and values on top of each other, divided by heads separately and joined again.
    case heads
    /// All ranks have all of it.
    case replicated

    /// The style of that name: ours, or one of transformers' `base_model_tp_plan`.
    public init?(named name: String) {
        switch name {
        case "colwise", "colwise_rep", "colwise_gather_output", "local_colwise", "moe_tp_colwise": self = .column
        case "rowwise", "rowwise_rep", "rowwise_split_input", "local_rowwise", "moe_tp_rowwise": self = .row
        case "packed_colwise", "local_packed_colwise": self = .fused
        case "embedding_rowwise", "vocab_parallel_rowwise": self = .vocabulary
        case "sequence_parallel", "replicate", "replicated_with_grad_allreduce", "gather", "local", "all_reduce":
            self = .replicated
        default:
            guard let style = TensorParallelStyle(rawValue: name) else { return nil }
            self = style
        }
    }
}

/// Which modules are divided in which way; the first rule that matches counts, what none matches is replicated.
public struct TensorParallelPlan: Sendable {
    struct Rule: Sendable {
        let patterns: [NamePattern]
        let style: TensorParallelStyle

        /// - Parameter pattern: of a module, or of a tensor, at the end of the name; `*` stands for anything.
        init(_ pattern: String, _ style: TensorParallelStyle) {
            patterns = [NamePattern(pattern), NamePattern("*." + pattern)]
            self.style = style
        }

        func matches(_ name: String) -> Bool { patterns.contains { $0.matches(name) } }
    }

    let rules: [Rule]
    /// Whether the rules are the built-in ones.
    let isBuiltIn: Bool

    /// The plan for Llama, Mistral, Qwen2 and Qwen3, Mixtral's experts, and Phi-3's fused weights, which go by these names.
    public static let builtIn = TensorParallelPlan(
        rules: [
            Rule("q_proj", .column), Rule("k_proj", .column), Rule("v_proj", .column), Rule("gate_proj", .column),
            Rule("up_proj", .column), Rule("experts.*.w1", .column), Rule("experts.*.w3", .column),
            Rule("o_proj", .row), Rule("down_proj", .row), Rule("experts.*.w2", .row), Rule("gate_up_proj", .fused),
            Rule("qkv_proj", .heads), Rule("embed_tokens", .vocabulary), Rule("lm_head", .vocabulary),
        ], isBuiltIn: true)

    /// The model types that the built-in plan was made for.
    static let builtInTypes: Set<String> = [
        "llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "phi3", "gemma", "gemma2",
    ]

    private init(rules: [Rule], isBuiltIn: Bool) {
        self.rules = rules
        self.isBuiltIn = isBuiltIn
    }

    /// Reads a plan: a JSON object of patterns and styles, as transformers' `base_model_tp_plan` is one.
    ///
    /// - Throws: ``CheckpointError`` for what is none or names a style that is not known.
    public init(contentsOf path: String) throws(CheckpointError) {
        let node: JSONNode
        do throws(JSONError) {
            node = JSONNode(try JSONDocument.contents(ofFileAt: path, limit: 16 << 20).root)
        } catch {
            throw CheckpointError(.malformed, path: path, "cannot be read as a plan: \(error)")
        }
        guard case .object(let members) = node, !members.isEmpty else {
            throw CheckpointError(.malformed, path: path, "is no JSON object of names and styles")
        }
        var rules: [Rule] = []
        for (pattern, value) in members {
            guard case .string(let name) = value, let style = TensorParallelStyle(named: name) else {
                let known = TensorParallelStyle.allCases.map(\.rawValue).joined(separator: ", ")
                throw CheckpointError(
                    .malformed, path: path,
                    "has no known style for '\(pattern)'; known are colwise, rowwise and others of transformers, and \(known)"
                )
            }
            rules.append(Rule(pattern, style))
        }
        self.init(rules: rules, isBuiltIn: false)
    }

    /// The style of a tensor, and whether a rule names the tensor itself and not its module.
    func style(of name: String) -> (style: TensorParallelStyle, isNamed: Bool) {
        let module = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[..<$0]) }
        for rule in rules {
            if rule.matches(name) { return (rule.style, true) }
            if let module, rule.matches(module) { return (rule.style, false) }
        }
        return (.replicated, false)
    }
}
