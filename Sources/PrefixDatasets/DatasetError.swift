/// Why a prefix dataset cannot be made or read.
public enum DatasetError: Error, Equatable, Sendable {
    /// A directory of traces has none in it.
    case noTraceFiles(directory: String)
    /// The ending of a file tells no trace format.
    case unknownFileType(path: String)
    /// A row that cannot be used; `byte` counts in the decompressed file.
    case badRow(path: String, row: Int, byte: Int, reason: String)
    /// One more bad row than is tolerated.
    case tooManyBadRows(limit: Int, path: String, row: Int, byte: Int, reason: String)
    /// A file without any row.
    case emptyFile(path: String)
    /// Rows were read, but no trace passed the filters.
    case nothingKept(summary: String)
    /// The output is one of the inputs.
    case outputIsInput(path: String)
    /// The output cannot be written: a full disk, a limit on the size of files.
    case notWritable(path: String, reason: String)
    /// Neither an option nor tokenizer_config.json names the end-of-sequence token.
    case noEndOfSequence(tokenizer: String)
    /// The end-of-sequence token is not in the vocabulary.
    case unknownEndOfSequence(token: String, tokenizer: String)
    /// The file does not keep the contract of a prefix dataset.
    case contractBroken(path: String, violations: [String])
    /// The contract has a version that this build does not know.
    case unknownVersion(path: String, version: Int)
    /// No row has this number.
    case noSuchRow(path: String, row: Int, count: Int)
}

extension DatasetError: CustomStringConvertible {
    /// One line: what, where, and how to mend it.
    public var description: String {
        switch self {
        case .noTraceFiles(let directory):
            "\(directory): holds no trace file (.jsonl or .json, each also .gz or .zst)"
        case .unknownFileType(let path):
            "\(path): is not a trace file that can be read: .jsonl or .json, each also .gz or .zst"
        case .badRow(let path, let row, let byte, let reason):
            "\(path): row \(row), byte \(byte): \(reason)"
        case .tooManyBadRows(let limit, let path, let row, let byte, let reason):
            "\(path): row \(row), byte \(byte): \(reason) (\(limit) bad rows were tolerated before it)"
        case .emptyFile(let path):
            "\(path): holds no rows"
        case .nothingKept(let summary):
            "no trace is left to write: \(summary)"
        case .outputIsInput(let path):
            "\(path): is read as a trace file and cannot be the output too; name another output"
        case .notWritable(let path, let reason):
            "\(path): cannot be written: \(reason)"
        case .noEndOfSequence(let tokenizer):
            "\(tokenizer): no tokenizer_config.json beside it names an eos_token; name one with --eos TOKEN"
        case .unknownEndOfSequence(let token, let tokenizer):
            "\(tokenizer): has no token '\(token)' to end a sequence with; name another with --eos TOKEN"
        case .contractBroken(let path, let violations):
            "\(path): is not a sound prefix dataset: " + violations.prefix(3).joined(separator: "; ")
                + (violations.count > 3 ? "; and \(violations.count - 3) more" : "")
        case .unknownVersion(let path, let version):
            "\(path): is a prefix dataset of version \(version); this build reads version \(PrefixDatasetFormat.version)"
        case .noSuchRow(let path, let row, let count):
            "\(path): has no row \(row); its rows are 0 to \(count - 1)"
        }
    }
}

/// What identifies a prefix dataset on disk.
public enum PrefixDatasetFormat {
    /// The root attribute `format`.
    public static let name = "kedge.prefix-dataset"
    /// The root attribute `version`.
    public static let version = 1
}
