import Files
import HDF5
import JSON
public import Tokenization

/// Makes prefix datasets from trace files.
///
/// Reading and writing happen in order on one task; parsing and tokenising happen batch by batch on others. What is
/// written depends on the inputs and the settings, not on how many threads there are. Memory is bounded by the batches
/// under way, whatever the size of the input; looking for duplicates adds what the problems' signatures take.
public struct DatasetBuilder: Sendable {
    /// How far a build has come.
    public struct Progress: Sendable {
        /// What is being done.
        public enum Phase: Sendable {
            /// Problems are read to find duplicates and the limit.
            case surveying
            /// Rows are tokenised and written.
            case tokenizing
        }

        /// What is being done.
        public var phase = Phase.tokenizing
        /// Bytes read of the input files as they lie on disk.
        public var bytesRead = 0
        /// Bytes of all input files.
        public var bytesTotal = 0
        /// Rows read.
        public var rows = 0
        /// Tokens written.
        public var tokens = 0
    }

    /// What a finished build did.
    public struct Report: Sendable {
        /// Rows and traces, read, kept and dropped.
        public var counts = DatasetCounts()
        /// Tokens written.
        public var tokens = 0
        /// Bad rows that were passed over: file, row, byte and reason, of the first hundred.
        public var badRows: [DatasetError] = []
        /// What the provenance says of the inputs.
        var inputs: [JSONNode] = []
    }

    /// The longest row of a trace file that is read, in bytes.
    public static let maximumRowBytes = 12 << 20

    let rules: RowRules
    let directory: TokenizerDirectory
    let pipeline: BatchPipeline
    let tokenizers: WorkerPool<RowTokenizer>

    /// - Parameters:
    ///   - tokenizer: what to encode with.
    ///   - directory: where it was read from; its digest and its path are recorded.
    ///   - settings: an empty end-of-sequence token is taken from tokenizer_config.json.
    ///   - threads: how many batches are tokenised at a time, at least 1.
    /// - Throws: ``DatasetError`` when there is no end-of-sequence token, the model's chat template cannot be used, or a
    ///   benchmark file cannot be read.
    public init(
        tokenizer: Tokenizer, directory: TokenizerDirectory, settings: DatasetSettings, threads: Int
    ) throws {
        var settings = settings
        if settings.endOfSequence.isEmpty {
            guard let token = directory.endOfSequence else {
                throw DatasetError.noEndOfSequence(tokenizer: directory.tokenizerPath)
            }
            settings.endOfSequence = token
        }
        guard let endOfSequence = tokenizer.id(of: settings.endOfSequence) else {
            throw DatasetError.unknownEndOfSequence(token: settings.endOfSequence, tokenizer: directory.tokenizerPath)
        }
        let rules = RowRules(
            tokenizer: tokenizer, settings: settings,
            prompts: try PromptRenderer(settings, directory),
            prefixRule: PrefixRule(ratios: settings.prefixRatios, snap: settings.snap, tokenizer: tokenizer),
            endOfSequence: endOfSequence, rowFilters: try RowFilters(settings))
        self.directory = directory
        self.rules = rules
        pipeline = BatchPipeline(threads: max(1, threads))
        tokenizers = WorkerPool { try RowTokenizer(rules) }
    }

    /// Reads `files` in order and writes the dataset to `output`, which appears only when it is complete.
    ///
    /// - Parameters:
    ///   - dropped: where the traces that are dropped go as JSON lines, or nil.
    ///   - overwrite: whether existing outputs may be replaced.
    ///   - progress: called after every batch.
    /// - Throws: ``DatasetError``, `RecordError`, `ParquetError` or `FileError` for bad input, naming file and row, and for
    ///   an output that cannot be written; `CancellationError` when the task is cancelled. Nothing is left under the names
    ///   of the outputs then.
    /// - Complexity: linear in the input; memory bounded by the batches under way: 16 MB of input, or the longest row.
    public func build(
        _ files: [String], output: String, dropped: String? = nil, overwrite: Bool,
        progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Report {
        try Self.check(outputs: [output] + (dropped.map { [$0] } ?? []), against: files)
        let parts = files.map { InputPart(path: $0, extent: .whole) }
        var state = Progress()
        state.bytesTotal = try parts.reduce(0) { $0 + (try $1.byteRange().count) }
        let target = DatasetTarget(output: output, dropped: dropped, overwrite: overwrite, allowsNoRows: false)
        // The names are taken before the survey: one that is not free is told at once.
        try target.check()
        let selection = try await survey(parts) { progress($0) }
        return try await write(parts, to: target, selection, from: state, progress)
    }

    /// - Throws: ``DatasetError/outputIsInput(path:)``.
    static func check(outputs: [String], against files: [String]) throws {
        for output in outputs where files.contains(where: { FileSystem.isSameFile($0, output) }) {
            throw DatasetError.outputIsInput(path: output)
        }
    }
}
