import Parquet

/// Puts rows of the same prompt together.
struct ExportBlocks {
    /// How many tokens are read at a time.
    static let tokens = 1 << 20

    private let byPrompt: Bool
    /// The last prompt read: more rows of it may follow.
    private var open: ExportComposer.Group?
    private var openTokens = 0

    /// - Parameter byPrompt: whether a prompt must not be torn apart; otherwise it may be, between two blocks.
    init(byPrompt: Bool) {
        self.byPrompt = byPrompt
    }

    /// The prompts that a block completes.
    ///
    /// - Throws: ``ExportError/promptTooLarge(path:row:limit:)``.
    mutating func add(
        _ rows: [PrefixDataset.BlockRow], of source: ExportComposer.Source
    ) throws -> [ExportComposer.Group] {
        var groups: [ExportComposer.Group] = []
        for row in rows {
            if var group = open, let first = group.rows.first, Self.isSamePrompt(first, row) {
                openTokens += row.expert.count
                if byPrompt, openTokens > DatasetExporter.maximumPromptTokens {
                    throw ExportError.promptTooLarge(
                        path: source.path, row: row.number, limit: DatasetExporter.maximumPromptTokens)
                }
                // Without another owner the array grows in place.
                open = nil
                group.rows.append(row)
                open = group
            } else {
                if let open { groups.append(open) }
                open = ExportComposer.Group(source: source, rows: [row])
                openTokens = row.expert.count
            }
        }
        if !byPrompt { groups += finish() }
        return groups
    }

    /// The prompt that is left.
    mutating func finish() -> [ExportComposer.Group] {
        defer { open = nil }
        return open.map { [$0] } ?? []
    }

    /// Numbers alone would take the last prompt of one file and the first of another for the same.
    private static func isSamePrompt(_ left: PrefixDataset.BlockRow, _ right: PrefixDataset.BlockRow) -> Bool {
        left.promptIndex == right.promptIndex && left.prompt == right.prompt
            && left.id.utf8.elementsEqual(right.id.utf8)
    }
}

/// Composes blocks on several threads and writes them in order.
struct ExportFlow<Sink: ExportSink & ~Copyable>: ~Copyable {
    /// A block that is ready to be written.
    struct Result: Sendable {
        let index: Int
        let piece: Sink.Piece
        let report: DatasetExporter.Report
    }

    private var sink: Sink
    private let composer: ExportComposer
    private let fields: [ParquetField]
    private let threads: Int
    private var ready: [Int: Result] = [:]
    private var submitted = 0
    private var composed = 0
    private var written = 0
    private var report = DatasetExporter.Report()
    var progress = DatasetExporter.Progress()

    init(sink: consuming Sink, composer: ExportComposer, threads: Int) {
        self.sink = sink
        self.composer = composer
        self.threads = threads
        fields = composer.fields
    }

    /// Hands a block to another thread, once there is room for it.
    mutating func submit(
        _ groups: [ExportComposer.Group], _ tasks: inout ThrowingTaskGroup<Result, any Error>,
        _ progress: @Sendable (DatasetExporter.Progress) -> Void
    ) async throws {
        guard !groups.isEmpty else { return }
        while submitted - composed >= threads || submitted - written >= threads + 1 {
            guard try await writeNext(&tasks, progress) else { break }
        }
        let index = submitted
        let (composer, fields) = (composer, fields)
        submitted += 1
        tasks.addTask { try Self.compose(groups, composer, fields, index: index) }
    }

    /// Writes what is still under way.
    mutating func drain(
        _ tasks: inout ThrowingTaskGroup<Result, any Error>, _ progress: @Sendable (DatasetExporter.Progress) -> Void
    ) async throws {
        while try await writeNext(&tasks, progress) {}
    }

    /// Waits for a block, and writes those whose turn has come.
    private mutating func writeNext(
        _ tasks: inout ThrowingTaskGroup<Result, any Error>, _ progress: @Sendable (DatasetExporter.Progress) -> Void
    ) async throws -> Bool {
        try Task.checkCancellation()
        guard let result = try await tasks.next() else { return false }
        composed += 1
        ready[result.index] = result
        while let result = ready.removeValue(forKey: written) {
            try sink.append(result.piece)
            written += 1
            report.rowsRead += result.report.rowsRead
            report.tokens += result.report.tokens
            report.rowsWritten += result.report.rowsWritten
            report.inexactPrompts += result.report.inexactPrompts
            self.progress.rows = report.rowsRead
            self.progress.tokens = report.tokens
            progress(self.progress)
        }
        return true
    }

    /// Puts the file in place.
    consuming func finish() throws -> DatasetExporter.Report {
        let report = report
        try sink.finish()
        return report
    }

    private static func compose(
        _ groups: [ExportComposer.Group], _ composer: ExportComposer, _ fields: [ParquetField], index: Int
    ) throws -> Result {
        var rows: [[ParquetCell]] = []
        var report = DatasetExporter.Report()
        for group in groups {
            let (composed, isExact) = try composer.rows(of: group)
            rows += composed
            report.rowsRead += group.rows.count
            report.tokens += group.rows.reduce(0) { $0 + $1.tokens.count }
            if !isExact { report.inexactPrompts += 1 }
        }
        report.rowsWritten = rows.count
        return Result(index: index, piece: try Sink.piece(rows, fields), report: report)
    }
}
