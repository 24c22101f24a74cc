import Files
import HDF5
import JSON
import Tokenization

/// Where a dataset goes.
struct DatasetTarget {
    let output: String
    /// Where the traces go that are dropped, or nil.
    let dropped: String?
    /// Whether existing files may be replaced.
    let overwrite: Bool
    /// Whether a dataset without rows is written: one shard of many may well have none.
    let allowsNoRows: Bool

    /// - Throws: `FileError` when a name is taken or cannot be written to.
    func check() throws {
        _ = try OutputFile(destination: output, overwrite: overwrite, creating: false)
        if let dropped { _ = try OutputFile(destination: dropped, overwrite: overwrite, creating: false) }
    }
}

extension DatasetBuilder {
    /// Reads parts in order and writes the dataset that they become; nothing is left under its name when it throws.
    ///
    /// - Parameter before: how far things had come before these parts.
    func write(
        _ parts: [InputPart], to target: DatasetTarget, _ selection: RowSelection?, from before: Progress,
        _ progress: @Sendable (Progress) -> Void
    ) async throws -> Report {
        do {
            return try await writeFiles(parts, target, selection, before, progress)
        } catch let error as HDF5Error {
            // It names the temporary file, which is gone.
            let reason = (error.object.map { "\($0): " } ?? "") + error.detail
            throw DatasetError.notWritable(
                path: target.output, reason: reason + (error.cause.map { " (libhdf5: \($0))" } ?? ""))
        }
    }

    private func writeFiles(
        _ parts: [InputPart], _ target: DatasetTarget, _ selection: RowSelection?, _ before: Progress,
        _ progress: @Sendable (Progress) -> Void
    ) async throws -> Report {
        let file = try OutputFile(destination: target.output, overwrite: target.overwrite, creating: false)
        let dropped = try target.dropped.map { try DroppedFile($0, overwrite: target.overwrite) }
        // Beside the tokenising, which does not wait for it.
        async let tokenizerDigest = SHA256.digest(ofFileAt: directory.tokenizerPath)
        let rows = RowSink(
            try DatasetWriter(
                creating: file.temporaryPath, ratios: rules.settings.prefixRatios.count,
                compression: rules.settings.compression))
        var reader = BatchReader(
            Array(parts.prefix(selection?.partsBeforeLimit ?? parts.count)), rules.settings.columns, for: .dataset,
            toleratedBadRows: rules.settings.toleratedBadRows)
        var report = Report()
        var rowsBefore = RowsBefore()
        let tokenizers = tokenizers
        try await pipeline.run(&reader) { batch in
            (batch, try tokenizers.withWorker(for: batch) { try $0.tokenize(batch, selection) })
        } take: { (output: (TraceBatch, TokenizedRows), bytesRead) in
            let (batch, new) = output
            try note(new.badRows, of: batch, &rowsBefore, in: &report)
            try await rows.append(new)
            try dropped?.append(new.droppedLines)
            report.counts.add(new.counts)
            report.tokens += new.tokenCount
            var now = before
            now.bytesRead += bytesRead
            now.rows += report.counts.rows
            now.tokens += report.tokens
            progress(now)
            return true
        }
        guard report.counts.kept > 0 || target.allowsNoRows else {
            throw DatasetError.nothingKept(summary: report.counts.summary)
        }
        for digest in reader.digests { report.inputs.append(try await digest.provenance()) }
        try Task.checkCancellation()
        try rows.finish(
            ratios: rules.settings.prefixRatios, tokenizerDigest: try await tokenizerDigest, settings: settingsNode,
            provenance: [
                "kedge_version": .string(KedgeVersion.current), "tokenizer": .string(directory.tokenizerPath),
                "inputs": .array(report.inputs),
            ], counts: report.counts.json)
        // What was dropped comes first: a dataset that is there has its drops.
        try dropped?.commit()
        try file.commit()
        return report
    }

    /// The settings as a dataset records them: with the template that was found, in the place of `auto`.
    var settingsNode: JSONNode {
        var settings = rules.settings
        settings.template = rules.prompts.template
        guard case .object(var members) = settings.json else { return settings.json }
        members.append(("chat_template_sha256", rules.prompts.digest.map(JSONNode.string) ?? .null))
        return .object(members)
    }

    /// Takes note of bad rows, or throws where there are more than are tolerated.
    private func note(
        _ rows: [BadRow], of batch: TraceBatch, _ rowsBefore: inout RowsBefore, in report: inout Report
    ) throws {
        let limit = rules.settings.toleratedBadRows
        let before = report.counts.badRows
        for (index, bad) in rows.enumerated() {
            let isTooMany = before + index >= limit
            guard isTooMany || report.badRows.count < 100 else { continue }
            let row = try rowsBefore.of(batch.part) + bad.place.row + 1
            let (path, byte) = (batch.part.path, bad.place.byte)
            if limit == 0 { throw DatasetError.badRow(path: path, row: row, byte: byte, reason: bad.reason) }
            if isTooMany {
                throw DatasetError.tooManyBadRows(limit: limit, path: path, row: row, byte: byte, reason: bad.reason)
            }
            report.badRows.append(.badRow(path: path, row: row, byte: byte, reason: bad.reason))
        }
    }
}

/// How many rows of its file come before a part, counted once: many bad rows must not read the file many times.
private struct RowsBefore {
    private var last: (part: InputPart, rows: Int)?

    mutating func of(_ part: InputPart) throws -> Int {
        if let last, last.part == part { return last.rows }
        let rows = try part.rowsBefore()
        last = (part, rows)
        return rows
    }
}

/// The writer of a dataset, where a closure can reach it. It belongs to one task at a time.
private final class RowSink {
    private var writer: DatasetWriter?

    init(_ writer: consuming DatasetWriter) {
        self.writer = consume writer
    }

    func append(_ rows: TokenizedRows) async throws {
        try await writer?.append(rows)
    }

    func finish(
        ratios: [Double], tokenizerDigest: String, settings: JSONNode, provenance: JSONNode, counts: JSONNode
    ) throws {
        try writer.take()?.finish(
            ratios: ratios, tokenizerDigest: tokenizerDigest, settings: settings, provenance: provenance, counts: counts
        )
    }
}

/// The file that dropped traces go to, written in large pieces.
private final class DroppedFile {
    private var file: OutputFile?
    private var gathered: [UInt8] = []

    init(_ path: String, overwrite: Bool) throws {
        file = try OutputFile(destination: path, overwrite: overwrite)
    }

    func append(_ lines: [UInt8]) throws {
        gathered += lines
        guard gathered.count >= 1 << 20 else { return }
        try file?.write(gathered)
        gathered.removeAll(keepingCapacity: true)
    }

    func commit() throws {
        try file?.write(gathered)
        try file.take()?.commit()
    }
}
