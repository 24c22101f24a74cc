public import JSON

/// Everything that decides what a prefix dataset holds, besides its inputs and its tokenizer.
public struct DatasetSettings: Sendable {
    /// How the prompt is written.
    public var template = PromptTemplate.chatML
    /// A system message for rows that bring none.
    public var system: String?
    /// Text behind the last user message.
    public var promptSuffix = ""
    /// Whether the prompt also gets what the tokenizer's post-processor adds, such as a BOS.
    public var addsSpecialTokens = false
    /// Which part of the expert's output is kept.
    public var expertPart = ExpertPart.thought
    /// The most tokens of the expert, EOS not counted; longer ones are cut.
    public var maximumExpert = 8192
    /// The most tokens of a prompt; rows with longer ones are dropped.
    public var maximumPrompt = 1024
    /// The token that ends a row.
    public var endOfSequence = ""
    /// Shares of the trace for which prefix ends are kept.
    public var prefixRatios = [0, 0.2, 0.5, 1.0]
    /// Whether prefixes are drawn out to the end of a paragraph.
    public var snap = PrefixRule.Snap.paragraph
    /// The most traces kept of one prompt, or nil.
    public var tracesPerPrompt: Int?
    /// Keeps only traces known to be right.
    public var requiresCorrect = false
    /// Keeps only traces known to be complete.
    public var requiresComplete = false
    /// How many bad rows are passed over.
    public var toleratedBadRows = 0
    /// Which columns stand for which.
    public var columns = ColumnMapping()
    /// The zlib level of the token array, 1...9, or nil to leave it uncompressed.
    public var compressionLevel: Int? = 1

    /// The defaults, which are TRAPO's where it has one.
    public init() {}

    /// The settings as the dataset's `settings` attribute records them.
    public var json: JSONNode {
        .object([
            ("template", .string(template.rawValue)),
            ("system", system.map(JSONNode.string) ?? .null),
            ("prompt_suffix", .string(promptSuffix)),
            ("add_special_tokens", .bool(addsSpecialTokens)),
            ("expert_part", .string(expertPart.rawValue)),
            ("max_expert", .int(Int64(maximumExpert))),
            ("max_prompt", .int(Int64(maximumPrompt))),
            ("eos", .string(endOfSequence)),
            ("prefix_ratios", .array(prefixRatios.map(JSONNode.double))),
            ("snap", .string(snap.rawValue)),
            ("traces_per_prompt", tracesPerPrompt.map { .int(Int64($0)) } ?? .null),
            ("require_correct", .bool(requiresCorrect)),
            ("require_complete", .bool(requiresComplete)),
            ("skip_bad_rows", .int(Int64(toleratedBadRows))),
            ("columns", .object(columns.pairs.map { ($0.name, .string($0.column)) })),
        ])
    }
}
