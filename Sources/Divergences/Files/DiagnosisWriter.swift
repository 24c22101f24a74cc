import HDF5
public import JSON
import Kernels
import Tensors

/// Writes a diagnosis, token by token, in bounded memory; schemas/diagnosis.v1.json says what stands in it.
///
/// The bytes of the file depend on the tokens alone, not on the sizes of the blocks.
public final class DiagnosisWriter {
    /// k: how many of the most probable tokens are kept of each place.
    public let topWidth: Int
    /// Tokens written so far.
    public private(set) var count = 0

    private var file: HDF5File?
    private let statistics: [ColumnWriter<Double>]
    private let counts: [ColumnWriter<Int32>]
    private let topIDs: [ColumnWriter<Int32>]
    private let topLogs: [ColumnWriter<Float>]
    private let vocabularyIDs: ColumnWriter<Int32>
    private let vocabularyOffsets: ColumnWriter<Int64>
    private let vocabularyBytes: ColumnWriter<UInt8>
    private let sequenceOffsets: ColumnWriter<Int64>
    private let sequenceIDs: HDF5Dataset
    private var sequences = 0
    private var pendingIDs: [String] = []
    private var known: Set<Int32> = []

    /// - Parameters:
    ///   - path: where nothing is yet; give it its final name when it is whole.
    ///   - topWidth: k, at least 1.
    public init(creating path: String, topWidth: Int) throws {
        precondition(topWidth >= 1, "at least one token is kept")
        let file = try HDF5File(creating: path)
        statistics = try TokenStatistic.allCases.map { try ColumnWriter($0.rawValue, in: file) }
        counts = try TokenCount.allCases.map { try ColumnWriter($0.rawValue, in: file) }
        topIDs = try ["top_ids_reference", "top_ids_policy"].map { try ColumnWriter($0, in: file, width: topWidth) }
        topLogs = try ["top_log_probs_reference", "top_log_probs_policy"].map {
            try ColumnWriter($0, in: file, width: topWidth)
        }
        vocabularyIDs = try ColumnWriter("vocabulary_ids", in: file)
        vocabularyOffsets = try ColumnWriter("vocabulary_offsets", in: file)
        vocabularyBytes = try ColumnWriter("vocabulary_bytes", in: file)
        sequenceOffsets = try ColumnWriter("sequence_offsets", in: file)
        sequenceIDs = try file.createStringDataset(
            "sequence_ids", shape: [0], layout: .chunked(HDF5Chunking(shape: [1024], isExtendable: true)))
        self.topWidth = topWidth
        self.file = consume file
        try sequenceOffsets.append([0])
    }

    /// Begins the next sequence; ``append(_:)`` then adds its tokens, whose column of sequences has ``sequenceCount`` - 1.
    ///
    /// - Parameter id: what the input calls it; empty where it has no name. A NUL in it becomes U+FFFD.
    public func beginSequence(id: String) throws {
        if sequences > 0 { try sequenceOffsets.append([Int64(count)]) }
        sequences += 1
        pendingIDs.append(String(String.UnicodeScalarView(id.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })))
        if pendingIDs.count >= 1024 { try flushIDs() }
    }

    /// Sequences begun so far.
    public var sequenceCount: Int { sequences }

    /// Appends tokens of the current sequence.
    public func append(_ block: TokenBlock) throws {
        precondition(sequences > 0 || block.count == 0, "tokens belong to a sequence")
        for (column, values) in zip(statistics, block.statistics) { try column.append(values) }
        for (column, values) in zip(counts, block.counts) { try column.append(values) }
        for (columns, top) in zip(zip(topIDs, topLogs), [block.topP, block.topQ]) {
            precondition(top.width == topWidth, "blocks keep as many tokens as the file")
            try columns.0.append(top.ids)
            try columns.1.append(top.logProbs)
            known.formUnion(top.ids)
        }
        known.formUnion(block[.tokenID])
        count += block.count
    }

    /// Writes what is gathered, the vocabulary and the attributes, and closes the file.
    ///
    /// - Parameters:
    ///   - text: the bytes of a token, such as " the"; nil where they are not known.
    ///   - settings: as the schema has them.
    ///   - provenance: as the schema has it.
    public func finish(
        settings: JSONNode, provenance: JSONNode, text: (Int32) throws -> [UInt8]?
    ) throws {
        try flushIDs()
        if sequences > 0 { try sequenceOffsets.append([Int64(count)]) }
        try sequenceOffsets.finish()
        try writeVocabulary(text)
        for column in statistics { try column.finish() }
        for column in counts + topIDs { try column.finish() }
        for column in topLogs { try column.finish() }
        guard let file = file.take() else { return }
        let writer = JSONWriter()
        try file.setAttribute("format", to: DiagnosisFile.format)
        try file.setAttribute("version", to: DiagnosisFile.version)
        try file.setAttribute("settings", to: try writer.string(settings))
        try file.setAttribute("provenance", to: try writer.string(provenance))
        try file.close()
    }

    private func flushIDs() throws {
        try sequenceIDs.appendStrings(pendingIDs)
        pendingIDs.removeAll(keepingCapacity: true)
    }

    private func writeVocabulary(_ text: (Int32) throws -> [UInt8]?) throws {
        try vocabularyOffsets.append([0])
        var end: Int64 = 0
        for id in known.sorted() where id >= 0 {
            guard let bytes = try text(id) else { continue }
            end += Int64(bytes.count)
            try vocabularyIDs.append([id])
            try vocabularyOffsets.append([end])
            try vocabularyBytes.append(bytes)
        }
        try vocabularyIDs.finish()
        try vocabularyOffsets.finish()
        try vocabularyBytes.finish()
    }
}
