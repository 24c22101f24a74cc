/// What may lie beside the logits of a dump: a number for each token, or for each sequence.
public enum TokenColumn: String, Sendable, Hashable, CaseIterable {
    /// The ids of the tokens.
    case tokenIDs = "token_ids"
    /// 1 for tokens that count, else 0.
    case mask
    /// 1 where there is a token, 0 for padding.
    case attentionMask = "attention_mask"
    /// The number of each token's sequence; those of one sequence stand together.
    case sequences
    /// How many tokens each sequence has.
    case lengths
    /// 0 prompt, 1 expert prefix, 2 continuation.
    case segments
    /// The advantage of each token, or of each sequence.
    case advantages

    /// The names of tensors that are taken for it; of several in one file the first.
    public var names: [String] {
        switch self {
        case .tokenIDs: ["token_ids", "input_ids", "tokens"]
        case .mask: ["mask", "response_mask", "loss_mask", "completion_mask"]
        case .attentionMask: ["attention_mask"]
        case .sequences: ["sequence_ids", "sequences"]
        case .lengths: ["lengths", "sequence_lengths"]
        case .segments: ["segments"]
        case .advantages: ["advantages"]
        }
    }

    /// What a tensor of that name is taken for.
    static func named(_ name: String) -> TokenColumn? { allCases.first { $0.names.contains(name) } }
}

/// A column of tokens in a file of its own.
public struct TokenColumnFile: Sendable, Hashable {
    /// What it is.
    public let column: TokenColumn
    /// The file: `.npy`, `.npz`, safetensors or HDF5.
    public let path: String
    /// The tensor; nil: the only one, or that of the column's names.
    public let tensor: String?

    /// Describes a file.
    public init(_ column: TokenColumn, path: String, tensor: String? = nil) {
        self.column = column
        self.path = path
        self.tensor = tensor
    }
}
