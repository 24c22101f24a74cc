import Files
import HDF5
import JSON
public import Tokenization

/// Makes a prefix dataset from trace files.
///
/// Reading and writing happen in order on one task; parsing and tokenising happen batch by batch on others. What is
/// written depends on the inputs and the settings, not on how many threads there are. Memory is bounded by the batches
/// under way, whatever the size of the input.
public struct DatasetBuilder: Sendable {
    /// How far a build has come.
    public struct Progress: Sendable {
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
    }

    /// The longest row of a trace file that is read, in bytes.
    public static let maximumRowBytes = 12 << 20

    private static let batchBytes = 1 << 20
    /// How many bytes of rows may be under way, unless a single batch has more. Parsing and encoding take several times as
    /// much for a while.
    private static let bytesUnderWay = 16 << 20

    private let rules: RowRules
    private let directory: TokenizerDirectory
    private let threads: Int

    /// - Parameters:
    ///   - tokenizer: what to encode with.
    ///   - directory: where it was read from; its digest and its path are recorded.
    ///   - settings: an empty end-of-sequence token is taken from tokenizer_config.json.
    ///   - threads: how many batches are tokenised at a time, at least 1.
    /// - Throws: ``DatasetError`` when there is no end-of-sequence token.
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
        self.directory = directory
        self.threads = max(1, threads)
        rules = RowRules(
            tokenizer: tokenizer, settings: settings,
            prefixRule: PrefixRule(ratios: settings.prefixRatios, snap: settings.snap, tokenizer: tokenizer),
            endOfSequence: endOfSequence)
    }

    /// Reads `files` in order and writes the dataset to `output`, which appears only when it is complete.
    ///
    /// - Parameters:
    ///   - overwrite: whether an existing `output` may be replaced.
    ///   - progress: called after every batch that was written.
    /// - Throws: ``DatasetError``, `RecordError` or `FileError` for bad input, naming file, row and byte, and for an
    ///   output that cannot be written; `CancellationError` when the task is cancelled. Nothing is left under the name of
    ///   `output` then.
    /// - Complexity: linear in the input; memory bounded by the batches under way: 16 MB of input, or the longest row.
    public func build(
        _ files: [String], output: String, overwrite: Bool, progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Report {
        if files.contains(where: { FileSystem.isSameFile($0, output) }) {
            throw DatasetError.outputIsInput(path: output)
        }
        do {
            return try await write(files, output, overwrite, progress)
        } catch let error as HDF5Error {
            // It names the temporary file, which is gone.
            let reason = (error.object.map { "\($0): " } ?? "") + error.detail
            throw DatasetError.notWritable(
                path: output, reason: reason + (error.cause.map { " (libhdf5: \($0))" } ?? ""))
        }
    }

    private func write(
        _ files: [String], _ output: String, _ overwrite: Bool, _ progress: @Sendable (Progress) -> Void
    ) async throws -> Report {
        let target = try OutputFile(destination: output, overwrite: overwrite, creating: false)
        let tokenizerDigest = try SHA256.digest(ofFileAt: directory.tokenizerPath)
        var build = Build()
        for file in files { build.progress.bytesTotal += try FileSystem.size(ofFileAt: file) }
        var writer = try DatasetWriter(
            creating: target.temporaryPath, ratios: rules.settings.prefixRatios.count,
            compressionLevel: rules.settings.compressionLevel)
        var reader = BatchReader(files, rules.settings)
        try await run(&reader, &writer, &build, progress)
        guard writer.rowCount > 0 else { throw DatasetError.nothingKept(summary: build.report.counts.summary) }
        try Task.checkCancellation()
        try writer.finish(
            ratios: rules.settings.prefixRatios, tokenizerDigest: tokenizerDigest, settings: rules.settings.json,
            provenance: provenance(reader.inputs), counts: build.report.counts.json)
        try target.commit()
        return build.report
    }

    private struct Build {
        var report = Report()
        var progress = Progress()
    }

    /// Reads, tokenises and writes all batches.
    private func run(
        _ reader: inout BatchReader, _ writer: inout DatasetWriter, _ build: inout Build,
        _ progress: @Sendable (Progress) -> Void
    ) async throws {
        let workers = WorkerPool(rules)
        var order = BatchOrder()
        // An error of reading waits until the rows before it are written: they may be bad themselves, and the first
        // error of the input counts, whatever the threads.
        var unreadable: (any Error)?
        // The writer and the state are the parent task's alone: child tasks return rows and touch neither.
        try await withThrowingTaskGroup(of: TokenizedBatch.self) { group in
            while let batch = next(&reader, &unreadable) {
                try Task.checkCancellation()
                // Twice as many as can run: the writer may wait for the oldest while the others go on.
                while order.running >= threads || order.waiting >= 2 * threads
                    || !order.hasRoom(for: batch.records.bytes.count, of: Self.bytesUnderWay)
                {
                    guard let batch = try await group.next() else { break }
                    for batch in order.complete(batch) { try await write(batch, &build, &writer) }
                    build.progress.bytesRead = reader.bytesRead
                    progress(build.progress)
                }
                let index = order.submit(bytes: batch.records.bytes.count)
                group.addTask { try workers.tokenize(batch, index: index) }
            }
            while let batch = try await group.next() {
                for batch in order.complete(batch) { try await write(batch, &build, &writer) }
                build.progress.bytesRead = reader.bytesRead
                progress(build.progress)
            }
        }
        if let unreadable { throw unreadable }
    }

    private func next(_ reader: inout BatchReader, _ failure: inout (any Error)?) -> TraceBatch? {
        do {
            return try reader.next(maxBytes: Self.batchBytes)
        } catch {
            failure = error
            return nil
        }
    }

    private func write(_ batch: TokenizedBatch, _ build: inout Build, _ writer: inout DatasetWriter) async throws {
        let limit = rules.settings.toleratedBadRows
        let before = build.report.counts.badRows
        for (index, bad) in batch.rows.badRows.enumerated() {
            if limit == 0 {
                throw DatasetError.badRow(path: batch.path, row: bad.row, byte: bad.byte, reason: bad.reason)
            }
            if before + index >= limit {
                throw DatasetError.tooManyBadRows(
                    limit: limit, path: batch.path, row: bad.row, byte: bad.byte, reason: bad.reason)
            }
            if build.report.badRows.count < 100 {
                build.report.badRows.append(
                    .badRow(path: batch.path, row: bad.row, byte: bad.byte, reason: bad.reason))
            }
        }
        try await writer.append(batch.rows, firstPrompt: batch.firstPrompt)
        build.report.counts.add(batch.rows.counts)
        build.report.tokens += batch.rows.tokenCount
        build.progress.rows = build.report.counts.rows
        build.progress.tokens = build.report.tokens
    }

    private func provenance(_ inputs: [JSONNode]) -> JSONNode {
        .object([
            ("kedge_version", .string(KedgeVersion.current)),
            ("tokenizer", .string(directory.tokenizerPath)),
            ("inputs", .array(inputs)),
        ])
    }
}
