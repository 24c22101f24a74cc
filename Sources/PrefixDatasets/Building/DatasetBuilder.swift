import Files
import HDF5
import JSON
import Synchronization
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
    public static let maximumRowBytes = 16 << 20

    private static let batchBytes = 1 << 20

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
    /// - Complexity: linear in the input; memory bounded by the batches under way, about 1 MB of input each.
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
        var state = State()
        for file in files { state.progress.bytesTotal += try FileSystem.size(ofFileAt: file) }
        var writer = try DatasetWriter(
            creating: target.temporaryPath, ratios: rules.settings.prefixRatios.count,
            compressionLevel: rules.settings.compressionLevel)
        let workers = WorkerPool(rules)
        var inputs: [JSONNode] = []
        for file in files {
            inputs.append(try await read(file, workers, &state, &writer, progress))
        }
        guard writer.rowCount > 0 else { throw DatasetError.nothingKept(summary: state.report.counts.summary) }
        try Task.checkCancellation()
        try writer.finish(
            ratios: rules.settings.prefixRatios, tokenizerDigest: tokenizerDigest, settings: rules.settings.json,
            provenance: provenance(inputs), counts: state.report.counts.json)
        try target.commit()
        return state.report
    }

    private struct State {
        var report = Report()
        var progress = Progress()
        /// Bytes of the files that are done.
        var bytesBefore = 0
        /// Rows of the files that are done.
        var rowsBefore = 0
    }

    /// Reads one file to its end and returns its entry in the provenance.
    private func read(
        _ path: String, _ workers: WorkerPool, _ state: inout State, _ writer: inout DatasetWriter,
        _ progress: @Sendable (Progress) -> Void
    ) async throws -> JSONNode {
        var reader = try RecordReader(path: path, recordLimit: Self.maximumRowBytes, hashing: true)
        var shape: TraceShape?
        // The writer and the state are the parent task's alone: child tasks return rows and touch neither.
        var ordered = OrderedResults()
        var unreadable: RecordError?
        try await withThrowingTaskGroup(of: (Int, TokenizedRows).self) { group in
            while let batch = nextBatch(of: &reader, &unreadable) {
                try Task.checkCancellation()
                let known = try shape ?? workers.recognizeShape(of: batch, rules.settings)
                shape = known
                let index = ordered.submit()
                group.addTask {
                    (index, try workers.tokenize(batch, shape: known))
                }
                // Twice as many as can run: the writer may wait for the oldest while the others go on.
                while ordered.running >= threads || ordered.waiting >= 2 * threads {
                    guard let (index, rows) = try await group.next() else { break }
                    for rows in ordered.complete(index, rows) {
                        try await write(rows, path, &state, &writer)
                    }
                    state.progress.bytesRead = state.bytesBefore + reader.consumed
                    progress(state.progress)
                }
            }
            while let (index, rows) = try await group.next() {
                for rows in ordered.complete(index, rows) { try await write(rows, path, &state, &writer) }
                progress(state.progress)
            }
        }
        if let unreadable { throw unreadable }
        guard reader.rows > 0 else { throw DatasetError.emptyFile(path: path) }
        let size = try FileSystem.size(ofFileAt: path)
        state.bytesBefore += size
        state.rowsBefore += reader.rows
        state.progress.bytesRead = state.bytesBefore
        progress(state.progress)
        return .object([
            ("path", .string(path)), ("bytes", .int(Int64(size))),
            ("sha256", try reader.digest().map(JSONNode.string) ?? .null),
        ])
    }

    /// Keeps an error for later: rows before it may be bad themselves, and the first error counts, whatever the threads.
    private func nextBatch(of reader: inout RecordReader, _ failure: inout RecordError?) -> RecordBatch? {
        do throws(RecordError) {
            return try reader.nextBatch(maxBytes: Self.batchBytes)
        } catch {
            failure = error
            return nil
        }
    }

    private func write(
        _ rows: TokenizedRows, _ path: String, _ state: inout State, _ writer: inout DatasetWriter
    ) async throws {
        let limit = rules.settings.toleratedBadRows
        let before = state.report.counts.badRows
        for (index, bad) in rows.badRows.enumerated() {
            if limit == 0 {
                throw DatasetError.badRow(path: path, row: bad.row, byte: bad.byte, reason: bad.reason)
            }
            if before + index >= limit {
                throw DatasetError.tooManyBadRows(
                    limit: limit, path: path, row: bad.row, byte: bad.byte, reason: bad.reason)
            }
            if state.report.badRows.count < 100 {
                state.report.badRows.append(
                    .badRow(path: path, row: bad.row, byte: bad.byte, reason: bad.reason))
            }
        }
        try await writer.append(rows, firstPrompt: state.rowsBefore)
        state.report.counts.add(rows.counts)
        state.report.tokens += rows.tokens.count
        state.progress.rows = state.report.counts.rows
        state.progress.tokens = state.report.tokens
    }

    private func provenance(_ inputs: [JSONNode]) -> JSONNode {
        .object([
            ("kedge_version", .string(KedgeVersion.current)),
            ("tokenizer", .string(directory.tokenizerPath)),
            ("inputs", .array(inputs)),
        ])
    }
}

/// Puts results that finish in any order back into the order of their submission.
private struct OrderedResults {
    private var results: [Int: TokenizedRows] = [:]
    private var submitted = 0
    private var finished = 0
    private var delivered = 0

    /// Tasks that have not finished.
    var running: Int { submitted - finished }
    /// Results that were not delivered yet, running ones included.
    var waiting: Int { submitted - delivered }

    mutating func submit() -> Int {
        defer { submitted += 1 }
        return submitted
    }

    /// Takes a result and returns those whose turn has come.
    mutating func complete(_ index: Int, _ rows: TokenizedRows) -> [TokenizedRows] {
        finished += 1
        results[index] = rows
        var ready: [TokenizedRows] = []
        while let next = results.removeValue(forKey: delivered) {
            ready.append(next)
            delivered += 1
        }
        return ready
    }
}

/// Row tokenizers that wait for work; there are as many as ever worked at once.
private final class WorkerPool: Sendable {
    private let rules: RowRules
    private let idle = Mutex<[RowTokenizer]>([])

    init(_ rules: RowRules) {
        self.rules = rules
    }

    func tokenize(_ batch: RecordBatch, shape: TraceShape?) throws -> TokenizedRows {
        let worker = try idle.withLock { $0.popLast() } ?? RowTokenizer(rules)
        defer { idle.withLock { $0.append(worker) } }
        return try worker.tokenize(batch, shape: shape)
    }

    /// The shape of a file by its first row that has one, as far as bad rows are tolerated; nil when none has.
    func recognizeShape(of batch: RecordBatch, _ settings: DatasetSettings) throws -> TraceShape? {
        var parser = try JSONParser()
        for record in batch.records.prefix(settings.toleratedBadRows + 1) {
            // What is wrong with a row is said when it is tokenised.
            guard let document = try? parser.parse(record, of: batch) else { continue }
            if let shape = TraceShape.recognized(in: document.root, settings.columns) { return shape }
        }
        return nil
    }
}
