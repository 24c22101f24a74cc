/// Which columns an export has.
public enum ExportLayout: String, CaseIterable, Sendable {
    /// The dataset as it is, one row a trace: `input_ids`, `prompt_length`, `prefix_ends` and the rest. Exact, and the only
    /// one that needs no tokenizer.
    case ids
    /// What verl's RLHF dataset reads, with the expert's traces as LUFFY and TRAPO have them; one row a prompt.
    case verl
    /// TRL's language modeling: `messages`, or `text`; one row a trace.
    case trlSFT = "trl-sft"
    /// TRL's prompt-completion: `prompt` and `completion`; one row a trace.
    case trlPromptCompletion = "trl-prompt-completion"
    /// TRL's prompt-only, for GRPO and its kin: `prompt` beside the answer for the reward; one row a prompt.
    case trlPromptOnly = "trl-prompt-only"

    /// Whether all traces of a prompt go into one row.
    var isByPrompt: Bool { self == .verl || self == .trlPromptOnly }
    /// Whether it holds text that has to be decoded.
    public var needsTokenizer: Bool { self != .ids }
}

/// How TRL's layouts hold a conversation.
public enum ConversationFormat: String, CaseIterable, Sendable {
    /// Lists of messages, to which the trainer applies the chat template.
    case conversational
    /// Text as the policy saw it: the rendered prompt, special tokens and all.
    case standard
}

/// What the file is.
public enum ExportFileFormat: String, CaseIterable, Sendable {
    /// Apache Parquet.
    case parquet
    /// One JSON object a line.
    case jsonl
}

/// Everything that decides what an export holds, besides the dataset.
public struct ExportSettings: Sendable {
    /// What the file is.
    public var format = ExportFileFormat.parquet
    /// Which columns it has.
    public var layout = ExportLayout.ids
    /// How TRL's layouts hold a conversation.
    public var conversations = ConversationFormat.conversational
    /// Whether `ids` gets a column `labels`: the tokens, with -100 in the place of the prompt's.
    public var addsLabels = false
    /// verl's `ability`.
    public var ability = "math"
    /// verl's `extra_info.split`.
    public var split = "train"
    /// verl's `data_source`, by which it picks the reward function; nil keeps the dataset's, or `unknown`.
    public var dataSource: String?
    /// How Parquet pages are compressed.
    public var compression = ExportCompression.snappy
    /// The size of Parquet's row groups before compression.
    public var rowGroupBytes = 128 << 20

    /// The defaults.
    public init() {}
}

/// How Parquet pages are compressed.
public enum ExportCompression: String, CaseIterable, Sendable {
    /// Fast, and known to every reader.
    case snappy
    /// Zstandard, level 3: about a third smaller.
    case zstd
    /// Not at all.
    case none
}
