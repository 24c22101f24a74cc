import HDF5
import JSON
import Tensors

/// Writes the arrays of a prefix dataset row by row, in bounded memory.
///
/// The bytes of the file depend on the rows alone: what is gathered before it is written is counted in rows and bytes of
/// the rows, never in time or threads.
struct DatasetWriter: ~Copyable {
    private static let tokensInChunk = 32_768
    private static let rowsInChunk = 1024
    private static let stringBytesGathered = 4 << 20

    private let file: HDF5File
    private var tokens: ChunkedWriter<Int32>
    private var offsets: ChunkedWriter<Int64>
    private var promptLengths: ChunkedWriter<Int32>
    private var expertLengths: ChunkedWriter<Int32>
    private var prefixEnds: ChunkedWriter<Int32>
    private var promptIndices: ChunkedWriter<Int32>
    private var traceIndices: ChunkedWriter<Int32>
    private var strings: StringColumns
    private var tokenCount: Int64 = 0

    /// Rows written so far.
    private(set) var rowCount = 0

    init(creating path: String, ratios: Int, compressionLevel: Int?, threads: Int) throws {
        file = try HDF5File(creating: path)
        let compression = compressionLevel.map { HDF5Compression(level: $0) }
        func column(_ name: String, _ width: Int?, _ rows: Int) throws -> HDF5Dataset {
            let chunk = [rows] + (width.map { [$0] } ?? [])
            return try file.createDataset(
                name, of: name == "offsets" ? .int64 : .int32, shape: [0] + chunk.dropFirst(),
                layout: .chunked(HDF5Chunking(shape: chunk, compression: compression, isExtendable: true)))
        }
        tokens = try ChunkedWriter(column("tokens", nil, Self.tokensInChunk), chunksInFlight: max(1, threads))
        offsets = try ChunkedWriter(column("offsets", nil, Self.rowsInChunk), chunksInFlight: 1)
        promptLengths = try ChunkedWriter(column("prompt_lengths", nil, Self.rowsInChunk), chunksInFlight: 1)
        expertLengths = try ChunkedWriter(column("expert_lengths", nil, Self.rowsInChunk), chunksInFlight: 1)
        prefixEnds = try ChunkedWriter(column("prefix_ends", ratios, Self.rowsInChunk), chunksInFlight: 1)
        promptIndices = try ChunkedWriter(column("prompt_index", nil, Self.rowsInChunk), chunksInFlight: 1)
        traceIndices = try ChunkedWriter(column("trace_index", nil, Self.rowsInChunk), chunksInFlight: 1)
        strings = try StringColumns(in: file, rowsInChunk: Self.rowsInChunk)
        try offsets.append([0])
    }

    /// Appends rows; `firstPrompt` is the number of prompts in the files before.
    mutating func append(_ rows: TokenizedRows, firstPrompt: Int) async throws {
        try await tokens.appendConcurrently(rows.tokens)
        var ends: [Int64] = []
        ends.reserveCapacity(rows.count)
        for index in 0..<rows.count {
            tokenCount += Int64(rows.promptLengths[index]) + Int64(rows.expertLengths[index])
            ends.append(tokenCount)
        }
        try offsets.append(ends)
        try promptLengths.append(rows.promptLengths)
        try expertLengths.append(rows.expertLengths)
        try prefixEnds.append(rows.prefixEnds)
        try promptIndices.append(rows.promptIndices.map { $0 &+ Int32(clamping: firstPrompt) })
        try traceIndices.append(rows.traceIndices)
        try strings.append(rows, flushingAt: (rows: Self.rowsInChunk, bytes: Self.stringBytesGathered))
        rowCount += rows.count
    }

    /// Writes what is gathered, the root attributes, and closes the file.
    consuming func finish(
        ratios: [Double], tokenizerDigest: String, settings: JSONNode, provenance: JSONNode, counts: JSONNode
    ) throws {
        try tokens.finish()
        try offsets.finish()
        try promptLengths.finish()
        try expertLengths.finish()
        try prefixEnds.finish()
        try promptIndices.finish()
        try traceIndices.finish()
        try strings.flush()
        let writer = JSONWriter()
        try file.setAttribute("format", to: PrefixDatasetFormat.name)
        try file.setAttribute("version", to: PrefixDatasetFormat.version)
        try file.setAttribute("prefix_ratios", to: ratios)
        try file.setAttribute("tokenizer_sha256", to: tokenizerDigest)
        try file.setAttribute("settings", to: try writer.string(settings))
        try file.setAttribute("provenance", to: try writer.string(provenance))
        try file.setAttribute("counts", to: try writer.string(counts))
        try file.close()
    }
}

/// The four string columns, gathered and written together.
private struct StringColumns: ~Copyable {
    private let ids: HDF5Dataset
    private let answers: HDF5Dataset
    private let problems: HDF5Dataset
    private let sources: HDF5Dataset
    private var gathered = TokenizedRows()
    private var bytes = 0

    init(in file: borrowing HDF5File, rowsInChunk: Int) throws {
        let layout = HDF5Layout.chunked(HDF5Chunking(shape: [rowsInChunk], isExtendable: true))
        ids = try file.createStringDataset("ids", shape: [0], layout: layout)
        answers = try file.createStringDataset("answers", shape: [0], layout: layout)
        problems = try file.createStringDataset("problems", shape: [0], layout: layout)
        sources = try file.createStringDataset("sources", shape: [0], layout: layout)
    }

    mutating func append(_ rows: TokenizedRows, flushingAt limit: (rows: Int, bytes: Int)) throws {
        for index in 0..<rows.count {
            gathered.ids.append(rows.ids[index])
            gathered.answers.append(rows.answers[index])
            gathered.problems.append(rows.problems[index])
            gathered.sources.append(rows.sources[index])
            bytes += rows.ids[index].utf8.count + rows.answers[index].utf8.count
            bytes += rows.problems[index].utf8.count + rows.sources[index].utf8.count
            if gathered.ids.count >= limit.rows || bytes >= limit.bytes { try flush() }
        }
    }

    mutating func flush() throws {
        try ids.appendStrings(gathered.ids)
        try answers.appendStrings(gathered.answers)
        try problems.appendStrings(gathered.problems)
        try sources.appendStrings(gathered.sources)
        gathered = TokenizedRows()
        bytes = 0
    }
}
