import Contracts
import HDF5
public import JSON
import Schemas

/// A diagnosis on disk, opened for reading.
///
/// Opening checks the file against its contract without reading the columns; these are read in part or whole, one at a time.
public struct DiagnosisFile: ~Copyable {
    /// What the attribute `format` says.
    public static let format = "kedge.diagnosis"
    /// The version of the contract.
    public static let version = 1

    /// The file.
    public let path: String
    /// Tokens.
    public let count: Int
    /// Sequences.
    public let sequenceCount: Int
    /// k: how many of the most probable tokens are kept of each place.
    public let topWidth: Int
    /// The attribute `settings`.
    public let settings: JSONNode
    /// The attribute `provenance`.
    public let provenance: JSONNode

    private let file: HDF5File

    /// The most bytes that a column is read into at a time.
    private static let readLimit = 1 << 32
    /// The most bytes of all texts of tokens.
    private static let vocabularyLimit = 64 << 20

    /// Opens a diagnosis.
    ///
    /// - Throws: ``DivergenceError`` when the file breaks the contract; `HDF5Error` when it is not a whole HDF5 file.
    public init(_ path: String) throws {
        let file = try HDF5File(reading: path)
        let contract = try HDF5Contract(json: Schemas.json(named: "diagnosis") ?? [])
        guard try file.hasAttribute("format"), try file.stringAttribute("format") == contract.format else {
            throw DivergenceError(.contractBroken, path: path, "its attribute 'format' does not say \(contract.format)")
        }
        if try file.hasAttribute("version"), case let version = try file.integerAttribute("version"),
            version != contract.version
        {
            throw DivergenceError(
                .contractBroken, path: path, "is of version \(version); this program reads \(contract.version)")
        }
        let (violations, sizes) = try contract.check(file)
        guard violations.isEmpty else {
            throw DivergenceError(.contractBroken, path: path, violations.joined(separator: "; "))
        }
        let settings = JSONNode(try JSONDocument.parsing(try file.stringAttribute("settings")).root)
        let provenance = JSONNode(try JSONDocument.parsing(try file.stringAttribute("provenance")).root)
        self.path = path
        count = sizes["N"] ?? 0
        sequenceCount = sizes["S"] ?? 0
        topWidth = sizes["K"] ?? 0
        self.settings = settings
        self.provenance = provenance
        self.file = file
    }

    /// Whether a file says that it is a diagnosis.
    public static func isRecognised(_ path: String) -> Bool {
        guard let file = try? HDF5File(reading: path), let isNamed = try? file.hasAttribute("format") else {
            return false
        }
        return isNamed && (try? file.stringAttribute("format")) == format
    }

    /// The numbers of a statistic.
    ///
    /// - Parameter rows: some tokens; nil: all, 8 bytes each.
    public func statistic(_ statistic: TokenStatistic, rows: Range<Int>? = nil) throws -> [Double] {
        try file.openDataset(statistic.rawValue).read(Double.self, rows: rows, limit: Self.readLimit)
    }

    /// The numbers of a column of whole numbers.
    public func column(_ column: TokenCount, rows: Range<Int>? = nil) throws -> [Int32] {
        try file.openDataset(column.rawValue).read(Int32.self, rows: rows, limit: Self.readLimit)
    }

    /// The segments of tokens.
    ///
    /// - Throws: `contractBroken` for a number that is none.
    public func segments(rows: Range<Int>? = nil) throws -> [Segment] {
        try column(.segment, rows: rows).map {
            guard let byte = UInt8(exactly: $0), let segment = Segment(rawValue: byte) else {
                throw DivergenceError(.contractBroken, path: path, "'segment' has the number \($0)")
            }
            return segment
        }
    }

    /// The most probable tokens under p and under q.
    public func topTokens(rows: Range<Int>) throws -> (p: [Int32], logP: [Float], q: [Int32], logQ: [Float]) {
        (
            try file.openDataset("top_ids_reference").read(Int32.self, rows: rows),
            try file.openDataset("top_log_probs_reference").read(Float.self, rows: rows),
            try file.openDataset("top_ids_policy").read(Int32.self, rows: rows),
            try file.openDataset("top_log_probs_policy").read(Float.self, rows: rows)
        )
    }

    /// Sequence i has the tokens offsets[i] ..< offsets[i + 1].
    ///
    /// - Throws: `contractBroken` where they do not ascend from 0 to the number of tokens.
    public func sequenceOffsets() throws -> [Int] {
        let offsets = try file.openDataset("sequence_offsets").read(Int64.self, limit: Self.readLimit)
        guard offsets.first == 0, offsets.last == Int64(count), zip(offsets, offsets.dropFirst()).allSatisfy(<=) else {
            throw DivergenceError(
                .contractBroken, path: path, "'sequence_offsets' do not ascend from 0 to the \(count) tokens")
        }
        return offsets.map(Int.init)
    }

    /// What the input calls sequences.
    public func sequenceIDs(rows: Range<Int>? = nil) throws -> [String] {
        try file.openDataset("sequence_ids").readStrings(rows: rows, limit: Self.vocabularyLimit)
    }

    /// The bytes of the tokens that occur, where they are known; not always whole characters.
    public func vocabulary() throws -> [Int32: [UInt8]] {
        let ids = try file.openDataset("vocabulary_ids").read(Int32.self, limit: Self.vocabularyLimit)
        let offsets = try file.openDataset("vocabulary_offsets").read(Int64.self, limit: 2 * Self.vocabularyLimit)
        let bytes = try file.openDataset("vocabulary_bytes").read(UInt8.self, limit: Self.vocabularyLimit)
        guard offsets.first == 0, offsets.last == Int64(bytes.count), offsets.count == ids.count + 1,
            zip(offsets, offsets.dropFirst()).allSatisfy(<=)
        else { throw DivergenceError(.contractBroken, path: path, "'vocabulary_offsets' contradict the bytes") }
        var texts: [Int32: [UInt8]] = [:]
        for (index, id) in ids.enumerated() {
            texts[id] = Array(bytes[Int(offsets[index])..<Int(offsets[index + 1])])
        }
        return texts
    }
}
