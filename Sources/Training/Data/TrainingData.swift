import JSON
import PrefixDatasets

/// A prompt with an expert's trace.
public struct TrainingRow: Sendable {
    /// The prompt's tokens.
    public var prompt: [Int32]
    /// The expert's tokens, EOS included.
    public var expert: [Int32]
    /// For each of the data's ratios, how many expert tokens the prefix holds.
    public var prefixEnds: [Int]
    /// What the data calls it.
    public var id: String
    /// The expected answer.
    public var answer: String
    /// The problem's text; empty where the data does not say.
    public var problem: String

    /// Makes a row.
    public init(
        prompt: [Int32], expert: [Int32], prefixEnds: [Int] = [], id: String = "", answer: String = "",
        problem: String = ""
    ) {
        self.prompt = prompt
        self.expert = expert
        self.prefixEnds = prefixEnds
        self.id = id
        self.answer = answer
        self.problem = problem
    }
}

/// Rows to train on, read as they are needed.
public protocol TrainingData: AnyObject {
    /// What errors call it: a path.
    var name: String { get }
    /// The number of rows, at least 1.
    var rowCount: Int { get }
    /// The shares for which rows have prefix ends.
    var prefixRatios: [Double] { get }
    /// For each row a number that rows of the same prompt share. O(rows).
    func promptNumbers() throws -> [Int32]
    /// Reads a row.
    func row(_ index: Int) throws -> TrainingRow
    /// Reads the tokens of a row; its texts may be empty.
    func sequence(_ index: Int) throws -> TrainingRow
}

extension TrainingData {
    /// The whole row.
    public func sequence(_ index: Int) throws -> TrainingRow { try row(index) }
}

/// A prefix dataset, one file or a directory of shards.
///
/// Rows that have been read are kept, up to 32 MiB of them with texts and as much without, and while there is room their neighbours are read with them.
public final class PrefixTrainingData: TrainingData {
    /// The path.
    public let name: String
    /// Rows of all files.
    public let rowCount: Int
    /// The shares of the files, which agree.
    public let prefixRatios: [Double]
    /// SHA-256 of the tokenizer.json that the tokens come from.
    public let tokenizerDigest: String
    /// Where the tokenizer was when the data was made; nil where that is not known.
    public let tokenizerPath: String?
    let shards: [Shard]
    private var rows = KeptRows()
    /// The same without texts.
    private var sequences = KeptRows()

    final class Shard {
        let dataset: PrefixDataset
        let first: Int
        /// Rows that are read together.
        let neighbours: Int

        static let blockTokens = 1 << 16

        init(_ path: String, first: Int) throws {
            dataset = try PrefixDataset(path)
            self.first = first
            let mean = dataset.tokenCount / max(1, dataset.rowCount)
            neighbours = max(1, min(64, Self.blockTokens / max(1, mean)))
        }
    }

    /// Opens it.
    ///
    /// - Throws: `DatasetError`, `HDF5Error`; ``TrainingError`` where there are no rows, or files of different tokenizers or
    ///   ratios.
    public init(_ path: String) throws {
        name = path
        var shards: [Shard] = []
        var first = 0
        for file in try DatasetFiles(path).files {
            let shard = try Shard(file, first: first)
            first += shard.dataset.rowCount
            if let other = shards.first?.dataset.tokenizerDigest, other != shard.dataset.tokenizerDigest {
                throw TrainingError(.unusableData, file, "was made with another tokenizer than the files before it")
            }
            if let other = shards.first?.dataset.prefixRatios, other != shard.dataset.prefixRatios {
                throw TrainingError(.unusableData, file, "has other prefix ratios than the files before it")
            }
            if shard.dataset.rowCount > 0 { shards.append(shard) }
        }
        guard let head = shards.first else { throw TrainingError(.unusableData, path, "has no rows to train on") }
        self.shards = shards
        rowCount = first
        prefixRatios = head.dataset.prefixRatios
        tokenizerDigest = head.dataset.tokenizerDigest
        tokenizerPath = head.dataset.provenance["tokenizer"]?.text
    }

    /// The files, in the order of their rows.
    public var files: [String] { shards.map { $0.dataset.path } }

    /// For each row the number of its prompt among all rows that the dataset was made of.
    ///
    /// - Throws: `HDF5Error`.
    public func promptNumbers() throws -> [Int32] {
        try shards.flatMap { try $0.dataset.promptIndices() }
    }

    /// For each row the tokens of its prompt and of its expert.
    ///
    /// - Throws: `DatasetError`, `HDF5Error`.
    public func lengths() throws -> [(prompt: Int, expert: Int)] {
        try shards.flatMap { try $0.dataset.lengths() }
    }

    /// Reads a row.
    ///
    /// - Throws: `DatasetError`, `HDF5Error`.
    public func row(_ index: Int) throws -> TrainingRow { try read(index, from: &rows, readsStrings: true) }

    /// Reads the tokens of a row; id, answer and problem are empty.
    ///
    /// - Throws: `DatasetError`, `HDF5Error`.
    public func sequence(_ index: Int) throws -> TrainingRow { try read(index, from: &sequences, readsStrings: false) }

    private func read(_ index: Int, from kept: inout KeptRows, readsStrings: Bool) throws -> TrainingRow {
        guard index >= 0, index < rowCount, let shard = shards.last(where: { $0.first <= index }) else {
            throw TrainingError(.unusableData, name, "has no row \(index)")
        }
        let found = try kept.row(index, first: shard.first, neighbours: shard.neighbours) { start, count in
            try shard.dataset.rows(
                from: start, maxRows: count, maxTokens: Shard.blockTokens, readsStrings: readsStrings
            ).map { TrainingRow($0) }
        }
        guard let found else { throw TrainingError(.unusableData, name, "has no row \(index)") }
        return found
    }
}

extension TrainingRow {
    fileprivate init(_ row: PrefixDataset.BlockRow) {
        self.init(
            prompt: Array(row.prompt), expert: Array(row.expert), prefixEnds: row.prefixEnds.map { Int($0) },
            id: row.id, answer: row.answer, problem: row.problem)
    }
}
