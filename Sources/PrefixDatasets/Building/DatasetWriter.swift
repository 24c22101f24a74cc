import HDF5
import JSON
import Tensors

/// Writes the arrays of a prefix dataset row by row, in bounded memory.
///
/// The bytes of the file depend on the rows alone: what is gathered before it is written is counted in rows and bytes of
/// the rows, never in time or threads.
struct DatasetWriter: ~Copyable {
    private static let tokensInChunk = 32_768
    /// How many token chunks are compressed at a time. They are stored one behind the other, with what the other columns
    /// store between such groups: a number that depended on the threads would change where things lie in the file.
    private static let tokenChunksInFlight = 16
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

    init(creating path: String, ratios: Int, compression: DatasetCompression) throws {
        let file = try HDF5File(creating: path)
        let columns = ColumnFactory(
            compression: compression.method.map { HDF5Compression($0) }, rowsInChunk: Self.rowsInChunk)
        let tokens = try ChunkedWriter<Int32>(
            columns.make("tokens", .int32, in: file, rowsInChunk: Self.tokensInChunk), method: compression.method,
            chunksInFlight: Self.tokenChunksInFlight)
        var offsets = try ChunkedWriter<Int64>(columns.make("offsets", .int64, in: file), method: compression.method)
        let promptLengths = try ChunkedWriter<Int32>(
            columns.make("prompt_lengths", .int32, in: file), method: compression.method)
        let expertLengths = try ChunkedWriter<Int32>(
            columns.make("expert_lengths", .int32, in: file), method: compression.method)
        let prefixEnds = try ChunkedWriter<Int32>(
            columns.make("prefix_ends", .int32, in: file, width: ratios), method: compression.method)
        let promptIndices = try ChunkedWriter<Int32>(
            columns.make("prompt_index", .int32, in: file), method: compression.method)
        let traceIndices = try ChunkedWriter<Int32>(
            columns.make("trace_index", .int32, in: file), method: compression.method)
        let strings = try StringColumns(in: file, rowsInChunk: Self.rowsInChunk)
        try offsets.append([0])
        self.file = file
        self.tokens = tokens
        self.offsets = offsets
        self.promptLengths = promptLengths
        self.expertLengths = expertLengths
        self.prefixEnds = prefixEnds
        self.promptIndices = promptIndices
        self.traceIndices = traceIndices
        self.strings = strings
    }

    /// Appends rows.
    mutating func append(_ rows: TokenizedRows) async throws {
        try await appendTokens(of: rows)
        var ends: [Int64] = []
        ends.reserveCapacity(rows.count)
        var lengths: [Int32] = []
        lengths.reserveCapacity(rows.count)
        var numbers: [Int32] = []
        numbers.reserveCapacity(rows.count)
        for (row, prompt) in rows.promptOfRow.enumerated() {
            let prompt = rows.prompts[Int(prompt)]
            tokenCount += Int64(prompt.tokens.count) + Int64(rows.expertLengths[row])
            ends.append(tokenCount)
            lengths.append(Int32(clamping: prompt.tokens.count))
            numbers.append(Int32(clamping: prompt.number))
        }
        try offsets.append(ends)
        try promptLengths.append(lengths)
        try expertLengths.append(rows.expertLengths)
        try prefixEnds.append(rows.prefixEnds)
        try promptIndices.append(numbers)
        try traceIndices.append(rows.traceIndices)
        try strings.append(rows, flushingAt: (rows: Self.rowsInChunk, bytes: Self.stringBytesGathered))
        rowCount += rows.count
    }

    /// Lays prompts and traces end to end: a prompt is repeated for each of its traces.
    private mutating func appendTokens(of rows: TokenizedRows) async throws {
        var start = 0
        for (row, prompt) in rows.promptOfRow.enumerated() {
            try await tokens.appendConcurrently(rows.prompts[Int(prompt)].tokens)
            let end = start + Int(rows.expertLengths[row])
            try await tokens.appendConcurrently(rows.expertTokens[start..<end])
            start = end
        }
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

extension DatasetCompression {
    fileprivate var method: HDF5Compression.Method? {
        switch self {
        case .none: nil
        case .fast: .planes
        case .zlib(let level): .level(level)
        }
    }
}

/// Makes the columns of numbers.
private struct ColumnFactory {
    let compression: HDF5Compression?
    let rowsInChunk: Int

    func make(
        _ name: String, _ type: ElementType, in file: borrowing HDF5File, rowsInChunk: Int? = nil, width: Int? = nil
    ) throws -> HDF5Dataset {
        let chunk = [rowsInChunk ?? self.rowsInChunk] + (width.map { [$0] } ?? [])
        return try file.createDataset(
            name, of: type, shape: [0] + chunk.dropFirst(),
            layout: .chunked(HDF5Chunking(shape: chunk, compression: compression, isExtendable: true)))
    }
}

/// The four string columns, gathered and written together.
private struct StringColumns: ~Copyable {
    private let ids: HDF5Dataset
    private let answers: HDF5Dataset
    private let problems: HDF5Dataset
    private let sources: HDF5Dataset
    private var gathered: [TokenizedRows.Prompt] = []
    private var bytes = 0

    init(in file: borrowing HDF5File, rowsInChunk: Int) throws {
        let layout = HDF5Layout.chunked(HDF5Chunking(shape: [rowsInChunk], isExtendable: true))
        let ids = try file.createStringDataset("ids", shape: [0], layout: layout)
        let answers = try file.createStringDataset("answers", shape: [0], layout: layout)
        let problems = try file.createStringDataset("problems", shape: [0], layout: layout)
        let sources = try file.createStringDataset("sources", shape: [0], layout: layout)
        self.ids = ids
        self.answers = answers
        self.problems = problems
        self.sources = sources
    }

    mutating func append(_ rows: TokenizedRows, flushingAt limit: (rows: Int, bytes: Int)) throws {
        for prompt in rows.promptOfRow {
            let prompt = rows.prompts[Int(prompt)]
            gathered.append(prompt)
            bytes += prompt.id.utf8.count + prompt.answer.utf8.count
            bytes += prompt.problem.utf8.count + prompt.source.utf8.count
            if gathered.count >= limit.rows || bytes >= limit.bytes { try flush() }
        }
    }

    mutating func flush() throws {
        try ids.appendStrings(gathered.map(\.id))
        try answers.appendStrings(gathered.map(\.answer))
        try problems.appendStrings(gathered.map(\.problem))
        try sources.appendStrings(gathered.map(\.source))
        gathered.removeAll(keepingCapacity: true)
        bytes = 0
    }
}
