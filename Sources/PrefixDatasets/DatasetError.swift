/// Why a prefix dataset cannot be made or read.
public enum DatasetError: Error, Equatable, Sendable {
    /// A directory of traces has none in it.
    case noTraceFiles(directory: String)
    /// The ending of a file tells no trace format.
    case unknownFileType(path: String)
    /// A row that cannot be used; `byte` counts in the decompressed file and is nil where that says nothing.
    case badRow(path: String, row: Int, byte: Int?, reason: String)
    /// One more bad row than is tolerated.
    case tooManyBadRows(limit: Int, path: String, row: Int, byte: Int?, reason: String)
    /// A file without any row.
    case emptyFile(path: String)
    /// Rows were read, but no trace passed the filters.
    case nothingKept(summary: String)
    /// The output is one of the inputs.
    case outputIsInput(path: String)
    /// A directory of shards would be made where one of the inputs is.
    case inputInOutput(path: String, directory: String)
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
    /// The model's own chat template cannot be used.
    case badTemplate(path: String, reason: String)
    /// A file to decontaminate against cannot be used.
    case badBenchmark(path: String, reason: String)
    /// The shards wanted are too small for so much input.
    case tooManyShards(size: Int)
    /// A directory has no index of shards.
    case noIndex(directory: String)
    /// A directory has no plan of shards.
    case noPlan(directory: String)
    /// An index or a plan that is not sound.
    case badIndex(path: String, reason: String)
    /// A directory holds shards of another dataset.
    case otherPlan(directory: String, canReplace: Bool)
    /// A shard is there already.
    case shardExists(path: String)
    /// Shards that are not there or not whole.
    case shardsMissing(directory: String, count: Int, of: Int, first: String)
    /// A shard is not as it was written.
    case shardChanged(path: String)
    /// A shard is of another dataset.
    case shardsDisagree(path: String, reason: String)
    /// The counts of shards do not fit together.
    case countsDisagree
}

extension DatasetError: CustomStringConvertible {
    /// One line: what, where, and how to mend it.
    public var description: String {
        switch self {
        case .noTraceFiles(let directory):
            "\(directory): holds no trace file (.parquet, .jsonl or .json, the latter two also .gz or .zst)"
        case .unknownFileType(let path):
            "\(path): is not a trace file that can be read: .parquet, .jsonl or .json, the latter two also .gz or .zst"
        case .badRow(let path, let row, let byte, let reason):
            "\(path): row \(row)\(Self.place(byte)): \(reason)"
        case .tooManyBadRows(let limit, let path, let row, let byte, let reason):
            "\(path): row \(row)\(Self.place(byte)): \(reason) (\(limit) bad rows were tolerated before it)"
        case .emptyFile(let path):
            "\(path): holds no rows"
        case .nothingKept(let summary):
            "no trace is left to write: \(summary)"
        case .outputIsInput(let path):
            "\(path): is an input and cannot be the output too; name another output"
        case .inputInOutput(let path, let directory):
            "\(path): is read as a trace file, and shards would be written beside it; name another output than \(directory)"
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
            "\(path): has no row \(row); " + (count > 0 ? "its rows are 0 to \(count - 1)" : "it has none at all")
        case .badTemplate(let path, let reason):
            "\(path): its chat template cannot be used: \(reason); name another with --template"
        case .badBenchmark(let path, let reason):
            "\(path): cannot be decontaminated against: \(reason)"
        case .tooManyShards(let size):
            "shards of \(size) bytes would be more than \(ShardPlan.maximumShards); make them larger with --shard-size"
        case .noIndex(let directory):
            "\(directory): has no \(DatasetIndex.fileName); if all its shards are there, kedge verify --merge writes one"
        case .noPlan(let directory):
            "\(directory): has no plan.json: it is no directory of shards"
        case .badIndex(let path, let reason):
            "\(path): is not sound: \(reason)"
        case .otherPlan(let directory, let canReplace):
            "\(directory): holds shards made from other inputs or with other settings (see its plan.json); "
                + (canReplace ? "name another directory, or replace them with --force" : "name another directory")
        case .shardExists(let path):
            "\(path): is there already; go on with --resume, or begin again with --force"
        case .shardsMissing(let directory, let count, let total, let first):
            "\(directory): \(count) of \(total) shards are missing or not whole, \(first) for one; make them with --resume"
        case .shardChanged(let path):
            "\(path): is not as it was written: its SHA-256 differs; remove it, and run again with --resume"
        case .shardsDisagree(let path, let reason):
            "\(path): is no shard of this dataset: \(reason)"
        case .countsDisagree:
            "the counts of the shards do not fit together; were they made by different versions?"
        }
    }

    private static func place(_ byte: Int?) -> String { byte.map { ", byte \($0)" } ?? "" }
}

/// What identifies a prefix dataset on disk.
public enum PrefixDatasetFormat {
    /// The root attribute `format`.
    public static let name = "kedge.prefix-dataset"
    /// The root attribute `version`.
    public static let version = 1
}
