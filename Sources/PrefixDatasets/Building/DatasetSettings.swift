public import ChatTemplates
public import JSON

/// Everything that decides what a prefix dataset holds, besides its inputs and its tokenizer.
public struct DatasetSettings: Sendable {
    /// How the prompt is written.
    public var template = PromptTemplate.auto
    /// The day that a model's own template is told it is, as `strftime_now` shows it; nil refuses templates that ask.
    public var date: ChatTemplateDate?
    /// A system message for rows that bring none.
    public var system: String?
    /// Text behind the last user message.
    public var promptSuffix = ""
    /// Whether the prompt also gets what the tokenizer's post-processor adds, such as a BOS.
    public var addsSpecialTokens = false
    /// Which part of the expert's output is kept.
    public var expertPart = ExpertPart.thought
    /// The fewest tokens of the expert, EOS not counted; shorter ones are dropped.
    public var minimumExpert = 1
    /// The most tokens of the expert, EOS not counted; longer ones are cut or dropped.
    public var maximumExpert = 8192
    /// Whether traces that are too long are dropped rather than cut.
    public var dropsLongExperts = false
    /// The greatest share of a trace's tokens that may repeat what came before in it, 0...1, or nil.
    public var maximumRepetition: Double?
    /// The fewest tokens of a prompt; rows with shorter ones are dropped.
    public var minimumPrompt = 1
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
    /// The share of the problems to keep, 0...1, or nil for all.
    public var sampleShare: Double?
    /// Decides which problems the sample has.
    public var seed: UInt64 = 0
    /// The most rows that are used of those that the filters of rows let through, or nil.
    public var limit: Int?
    /// Which problems count as the same.
    public var deduplication = Deduplication.none
    /// Files with problems that must not be trained on.
    public var benchmarks: [String] = []
    /// How many words in a row a problem may not share with a benchmark.
    public var contaminationLength = 8
    /// Whether what is dropped is handed on, to be written to a file.
    public var keepsDropped = false
    /// How many bad rows are passed over.
    public var toleratedBadRows = 0
    /// Which columns stand for which.
    public var columns = ColumnMapping()
    /// How the arrays of numbers are compressed.
    public var compression = DatasetCompression.fast

    /// The defaults, which are TRAPO's where it has one.
    public init() {}

    /// The settings as the dataset's `settings` attribute records them.
    public var json: JSONNode {
        .object([
            ("template", .string(template.rawValue)),
            ("date", date.map { .string("\($0)") } ?? .null),
            ("system", system.map(JSONNode.string) ?? .null),
            ("prompt_suffix", .string(promptSuffix)),
            ("add_special_tokens", .bool(addsSpecialTokens)),
            ("expert_part", .string(expertPart.rawValue)),
            ("min_expert", .int(Int64(minimumExpert))),
            ("max_expert", .int(Int64(maximumExpert))),
            ("long_experts", .string(dropsLongExperts ? "drop" : "cut")),
            ("max_repetition", maximumRepetition.map(JSONNode.double) ?? .null),
            ("min_prompt", .int(Int64(minimumPrompt))),
            ("max_prompt", .int(Int64(maximumPrompt))),
            ("eos", .string(endOfSequence)),
            ("prefix_ratios", .array(prefixRatios.map(JSONNode.double))),
            ("snap", .string(snap.rawValue)),
            ("traces_per_prompt", tracesPerPrompt.map { .int(Int64($0)) } ?? .null),
            ("require_correct", .bool(requiresCorrect)),
            ("require_complete", .bool(requiresComplete)),
            ("sample", sampleShare.map(JSONNode.double) ?? .null),
            ("seed", seed <= UInt64(Int64.max) ? .int(Int64(seed)) : .unsigned(seed)),
            ("limit", limit.map { .int(Int64($0)) } ?? .null),
            ("deduplicate", .string(deduplication.name)),
            ("near_duplicate_threshold", deduplication.threshold.map(JSONNode.double) ?? .null),
            ("decontaminate", .array(benchmarks.map(JSONNode.string))),
            ("ngram", .int(Int64(contaminationLength))),
            ("skip_bad_rows", .int(Int64(toleratedBadRows))),
            ("columns", .object(columns.pairs.map { ($0.name, .string($0.column)) })),
        ])
    }
}

/// How a dataset's arrays of numbers are compressed; every reader of HDF5 reads them all.
public enum DatasetCompression: Equatable, Sendable {
    /// Not at all.
    case none
    /// Faster than zlib's level 1 and nearly as small.
    case fast
    /// At a level of zlib, 1...9.
    case zlib(level: Int)
}

/// Which problems count as the same; of those the first is kept.
public enum Deduplication: Equatable, Sendable {
    /// None.
    case none
    /// Those of the same words.
    case exact
    /// Those whose sets of word n-grams are alike: a Jaccard similarity of at least the threshold, 0...1.
    case near(threshold: Double)

    /// Its name on the command line.
    public var name: String {
        switch self {
        case .none: "none"
        case .exact: "exact"
        case .near: "near"
        }
    }

    /// The threshold of near duplicates.
    public var threshold: Double? {
        if case .near(let threshold) = self { threshold } else { nil }
    }
}
