import Contracts
import HDF5
public import JSON
import Schemas

/// A prefix dataset on disk, opened for reading.
///
/// Opening checks the file against its contract without reading the arrays; rows are read one at a time.
public struct PrefixDataset: ~Copyable {
    /// The file.
    public let path: String
    /// Rows in the dataset.
    public let rowCount: Int
    /// Tokens of all rows together.
    public let tokenCount: Int
    /// The shares for which prefix ends are kept.
    public let prefixRatios: [Double]
    /// SHA-256 of the tokenizer.json that the tokens come from.
    public let tokenizerDigest: String
    /// The attribute `settings`.
    public let settings: JSONNode
    /// The attribute `provenance`.
    public let provenance: JSONNode
    /// The attribute `counts`.
    public let counts: JSONNode

    let file: HDF5File
    let columns: Columns

    struct Columns: ~Copyable {
        let tokens: HDF5Dataset
        let offsets: HDF5Dataset
        let promptLengths: HDF5Dataset
        let expertLengths: HDF5Dataset
        let prefixEnds: HDF5Dataset
        let promptIndices: HDF5Dataset
        let traceIndices: HDF5Dataset

        init(_ file: borrowing HDF5File) throws {
            let tokens = try file.openDataset("tokens")
            let offsets = try file.openDataset("offsets")
            let promptLengths = try file.openDataset("prompt_lengths")
            let expertLengths = try file.openDataset("expert_lengths")
            let prefixEnds = try file.openDataset("prefix_ends")
            let promptIndices = try file.openDataset("prompt_index")
            let traceIndices = try file.openDataset("trace_index")
            self.tokens = tokens
            self.offsets = offsets
            self.promptLengths = promptLengths
            self.expertLengths = expertLengths
            self.prefixEnds = prefixEnds
            self.promptIndices = promptIndices
            self.traceIndices = traceIndices
        }
    }

    /// The most bytes that one row's tokens may take.
    static let rowByteLimit = 256 << 20

    /// Opens a dataset.
    ///
    /// - Parameter isStrict: whether objects that the contract does not name break it.
    /// - Throws: ``DatasetError`` when the file breaks the contract or has another version; `HDF5Error` when it is not a
    ///   whole HDF5 file.
    public init(_ path: String, isStrict: Bool = false) throws {
        let file = try HDF5File(reading: path)
        let contract = try HDF5Contract(json: Schemas.json(named: "prefix-dataset") ?? [])
        guard try file.hasAttribute("format"), try file.stringAttribute("format") == contract.format else {
            throw DatasetError.contractBroken(
                path: path, violations: ["its attribute 'format' does not say \(contract.format)"])
        }
        if try file.hasAttribute("version"), case let version = try file.integerAttribute("version"),
            version != contract.version
        {
            throw DatasetError.unknownVersion(path: path, version: version)
        }
        let (violations, sizes) = try contract.check(file, refusesUnknown: isStrict)
        guard violations.isEmpty else { throw DatasetError.contractBroken(path: path, violations: violations) }
        // Everything that may throw comes first: a half-initialised owner of handles cannot be undone.
        let columns = try Columns(file)
        let ratios = try file.doubleArrayAttribute("prefix_ratios")
        let digest = try file.stringAttribute("tokenizer_sha256")
        let settings = try Self.json("settings", file)
        let provenance = try Self.json("provenance", file)
        let counts = try Self.json("counts", file)
        self.path = path
        rowCount = sizes["N"] ?? 0
        tokenCount = sizes["T"] ?? 0
        prefixRatios = ratios
        tokenizerDigest = digest
        self.settings = settings
        self.provenance = provenance
        self.counts = counts
        self.file = file
        self.columns = columns
    }

    /// One row.
    public struct Row: Sendable {
        /// The prompt's tokens, then the expert's.
        public var tokens: [Int32]
        /// How many of them are the prompt's.
        public var promptLength: Int
        /// For each ratio, how many expert tokens the prefix holds.
        public var prefixEnds: [Int]
        /// The number of the prompt among all rows read.
        public var promptIndex: Int
        /// The number of the trace among its prompt's.
        public var traceIndex: Int
        /// What the input calls the row.
        public var id: String
        /// The expected answer.
        public var answer: String
        /// Where the row comes from.
        public var source: String
    }

    /// Reads a row, from 0.
    ///
    /// - Throws: ``DatasetError/noSuchRow(path:row:count:)``; ``DatasetError/contractBroken(path:violations:)`` when the
    ///   row's place or lengths contradict each other.
    public func row(_ index: Int) throws -> Row {
        guard index >= 0, index < rowCount else {
            throw DatasetError.noSuchRow(path: path, row: index, count: rowCount)
        }
        let here = index..<(index + 1)
        let ends = try columns.offsets.read(Int64.self, rows: index..<(index + 2))
        let promptLength = Int(try columns.promptLengths.read(Int32.self, rows: here)[0])
        let expertLength = Int(try columns.expertLengths.read(Int32.self, rows: here)[0])
        let prefixEnds = try columns.prefixEnds.read(Int32.self, rows: here).map(Int.init)
        guard ends[0] >= 0, ends[1] >= ends[0], ends[1] <= Int64(tokenCount), promptLength >= 0, expertLength >= 0,
            Int64(promptLength) + Int64(expertLength) == ends[1] - ends[0],
            prefixEnds.allSatisfy({ $0 >= 0 && $0 <= expertLength })
        else {
            throw DatasetError.contractBroken(
                path: path, violations: ["row \(index) has offsets or lengths that contradict each other"])
        }
        return Row(
            tokens: try columns.tokens.read(Int32.self, rows: Int(ends[0])..<Int(ends[1]), limit: Self.rowByteLimit),
            promptLength: promptLength, prefixEnds: prefixEnds,
            promptIndex: Int(try columns.promptIndices.read(Int32.self, rows: here)[0]),
            traceIndex: Int(try columns.traceIndices.read(Int32.self, rows: here)[0]),
            id: try string("ids", here), answer: try string("answers", here), source: try string("sources", here))
    }

    private func string(_ name: String, _ rows: Range<Int>) throws -> String {
        try file.openDataset(name).readStrings(rows: rows, limit: Self.rowByteLimit).first ?? ""
    }

    private static func json(_ name: String, _ file: borrowing HDF5File) throws -> JSONNode {
        JSONNode(try JSONDocument.parsing(try file.stringAttribute(name)).root)
    }
}
