import Files
import JSON
import Parquet
public import Tokenization

/// Writes prefix datasets as Parquet or JSON lines, in the columns that trainers read.
///
/// One task reads blocks of rows and writes in order; others decode. The output depends on the datasets and the settings,
/// not on how many threads there are. Memory is bounded by the blocks under way, and for Parquet by a row group.
public struct DatasetExporter: Sendable {
    /// How far an export has come.
    public struct Progress: Sendable {
        /// Rows of the datasets that are written.
        public var rows = 0
        /// Rows of all datasets.
        public var rowsTotal = 0
        /// Tokens of the rows that are written.
        public var tokens = 0
    }

    /// What a finished export did.
    public struct Report: Sendable {
        /// Rows read of the datasets.
        public var rowsRead = 0
        /// Tokens of these rows.
        public var tokens = 0
        /// Rows written.
        public var rowsWritten = 0
        /// Prompts whose messages do not render to the prompt that the dataset holds, or cannot be proved to; always 0
        /// for layouts without messages.
        public var inexactPrompts = 0
        /// Bytes of the output.
        public var bytes = 0
    }

    /// The most tokens of a prompt's traces that become one row.
    public static let maximumPromptTokens = 32 << 20

    private let composer: ExportComposer
    private let threads: Int
    private let tokenizer: Tokenizer?

    /// - Parameters:
    ///   - tokenizer: what the datasets were made with; nil where the layout needs none.
    ///   - threads: how many blocks are decoded at a time, at least 1.
    /// - Throws: ``ExportError/noTokenizer(layout:)``.
    public init(settings: ExportSettings, tokenizer: Tokenizer?, threads: Int) throws {
        guard tokenizer != nil || !settings.layout.needsTokenizer else {
            throw ExportError.noTokenizer(layout: settings.layout.rawValue)
        }
        composer = ExportComposer(
            settings: settings, decoder: settings.layout.needsTokenizer ? tokenizer.map(TextDecoder.init) : nil)
        self.tokenizer = tokenizer
        self.threads = max(1, threads)
    }

    /// Reads datasets in order, as if they were one, and writes them to `output`, which appears only when it is complete.
    ///
    /// - Parameters:
    ///   - overwrite: whether an existing `output` may be replaced.
    ///   - progress: called after every block that was written.
    /// - Throws: ``DatasetError``, ``ExportError`` or `HDF5Error` for datasets that cannot be read; `ParquetWriteError` or
    ///   `FileError` for an output that cannot be written; `CancellationError`. Nothing is left under the name of
    ///   `output` then.
    /// - Complexity: linear in the datasets; memory bounded by the blocks under way.
    public func export(
        _ datasets: [String], to output: String, overwrite: Bool,
        progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Report {
        if let same = datasets.first(where: { FileSystem.isSameFile($0, output) }) {
            throw DatasetError.outputIsInput(path: same)
        }
        let total = try Self.rowCount(of: datasets)
        let file = try OutputFile(destination: output, overwrite: overwrite)
        let settings = composer.settings
        var report: Report
        switch settings.format {
        case .parquet:
            let writer = try ParquetWriter(
                file, fields: composer.fields, compression: settings.compression.parquet,
                rowGroupBytes: settings.rowGroupBytes, metadata: try metadata(datasets),
                creator: "kedge version \(KedgeVersion.current)")
            report = try await run(datasets, ParquetSink(writer), total, progress)
        case .jsonl:
            report = try await run(datasets, JSONLinesSink(file), total, progress)
        }
        report.bytes = try FileSystem.size(ofFileAt: output)
        return report
    }

    /// Checks that all datasets can be opened and fit together before anything is written.
    private static func rowCount(of datasets: [String]) throws -> Int {
        var count = 0
        var first: (path: String, digest: String, ratios: [Double])?
        for path in datasets {
            let dataset = try PrefixDataset(path)
            count += dataset.rowCount
            guard dataset.prefixRatios.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
                throw DatasetError.contractBroken(path: path, violations: ["has a prefix ratio outside of 0...1"])
            }
            if let first, first.digest != dataset.tokenizerDigest {
                throw ExportError.tokenizersDiffer(path: path, first: first.path)
            }
            if let first, first.ratios != dataset.prefixRatios {
                throw ExportError.ratiosDiffer(path: path, first: first.path)
            }
            first = first ?? (path, dataset.tokenizerDigest, dataset.prefixRatios)
        }
        return count
    }

    /// What the footer keeps of the first dataset.
    private func metadata(_ datasets: [String]) throws -> [(key: String, value: String)] {
        guard let path = datasets.first else { return [] }
        let dataset = try PrefixDataset(path)
        let writer = JSONWriter()
        return [
            ("kedge.layout", composer.settings.layout.rawValue),
            ("kedge.prefix_ratios", try writer.string(.array(dataset.prefixRatios.map(JSONNode.double)))),
            ("kedge.settings", try writer.string(dataset.settings)),
            ("kedge.tokenizer_sha256", dataset.tokenizerDigest),
        ]
    }

    private func run<Sink: ExportSink & ~Copyable>(
        _ datasets: [String], _ sink: consuming Sink, _ total: Int, _ progress: @Sendable (Progress) -> Void
    ) async throws -> Report {
        var flow = ExportFlow(sink: sink, composer: composer, threads: threads)
        flow.progress.rowsTotal = total
        try await withThrowingTaskGroup(of: ExportFlow<Sink>.Result.self) { group in
            var blocks = ExportBlocks(byPrompt: composer.settings.layout.isByPrompt)
            var promptsBefore = 0
            for path in datasets {
                let dataset = try PrefixDataset(path)
                let source = source(of: dataset)
                var start = 0
                while start < dataset.rowCount {
                    var rows = try dataset.rows(from: start, maxRows: 4096, maxTokens: ExportBlocks.tokens)
                    start += rows.count
                    // Prompts are counted through all datasets: a shard begins again from 0.
                    for row in rows.indices {
                        rows[row].promptIndex = Int32(clamping: promptsBefore + Int(rows[row].promptIndex))
                    }
                    try await flow.submit(try blocks.add(rows, of: source), &group, progress)
                }
                if case .int(let read)? = dataset.counts["rows"], (0...Int64(Int32.max)).contains(read) {
                    promptsBefore = min(promptsBefore + Int(read), Int(Int32.max))
                }
            }
            try await flow.submit(blocks.finish(), &group, progress)
            try await flow.drain(&group, progress)
        }
        try Task.checkCancellation()
        return try flow.finish()
    }

    private func source(of dataset: borrowing PrefixDataset) -> ExportComposer.Source {
        var endOfSequence: Int32?
        if case .string(let token)? = dataset.settings["eos"] { endOfSequence = tokenizer?.id(of: token) }
        return ExportComposer.Source(
            path: dataset.path, recovery: ConversationRecovery(settings: dataset.settings),
            prefixRatios: dataset.prefixRatios, endOfSequence: endOfSequence)
    }
}

extension ExportCompression {
    fileprivate var parquet: ParquetCompression {
        switch self {
        case .snappy: .snappy
        case .zstd: .zstandard(level: 3)
        case .none: .uncompressed
        }
    }
}
