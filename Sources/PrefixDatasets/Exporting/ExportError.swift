/// Why a dataset cannot be exported.
public enum ExportError: Error, Equatable, Sendable {
    /// Text is asked for, and there is no tokenizer to decode with.
    case noTokenizer(layout: String)
    /// Two files whose tokens come from different tokenizers.
    case tokenizersDiffer(path: String, first: String)
    /// Two files with other prefix ratios: their prefix ends mean other things.
    case ratiosDiffer(path: String, first: String)
    /// A row whose tokens the tokenizer does not know.
    case undecodable(path: String, row: Int, reason: String)
    /// A prompt with more tokens of traces than one row of the output should hold.
    case promptTooLarge(path: String, row: Int, limit: Int)
}

extension ExportError: CustomStringConvertible {
    /// One line: what, where, and how to mend it.
    public var description: String {
        switch self {
        case .noTokenizer(let layout):
            "the layout \(layout) holds text, and there is no tokenizer to decode with; name one"
        case .tokenizersDiffer(let path, let first):
            "\(path): was made with another tokenizer than \(first); export them one by one"
        case .ratiosDiffer(let path, let first):
            "\(path): has other prefix ratios than \(first); export them one by one"
        case .undecodable(let path, let row, let reason):
            "\(path): row \(row): cannot be decoded: \(reason)"
        case .promptTooLarge(let path, let row, let limit):
            "\(path): row \(row): its prompt has more than \(limit) tokens of traces, too many for one row; "
                + "use a layout of one row a trace"
        }
    }
}
