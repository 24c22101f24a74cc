public import JSON

/// What a prefix dataset holds, be it one file or many.
public struct DatasetSummary: Sendable {
    /// The path as given.
    public var path: String
    /// How many files it has; nil for one that is no directory of shards.
    public var shardCount: Int?
    /// Rows of all files.
    public var rowCount = 0
    /// Tokens of all files.
    public var tokenCount = 0
    /// The shares for which prefix ends are kept.
    public var prefixRatios: [Double] = []
    /// SHA-256 of the tokenizer.json that the tokens come from.
    public var tokenizerDigest = ""
    /// What it was made with.
    public var settings: JSONNode = .object([])
    /// Where it comes from: the first file's, with the inputs of all of them.
    public var provenance: JSONNode = .object([])
    /// What became of the rows that were read.
    public var counts: JSONNode = .object([])
    /// Lengths of the rows.
    public var statistics = PrefixDataset.Statistics()

    /// Walks the columns of lengths of every file once, in bounded memory.
    ///
    /// - Throws: as opening the files; ``DatasetError/shardsDisagree(path:reason:)`` when they are not of one dataset;
    ///   `CancellationError`.
    public init(_ files: DatasetFiles) throws {
        path = files.path
        shardCount = files.index.map(\.shards.count)
        var inputs: [JSONNode] = []
        for (number, file) in files.files.enumerated() {
            try Task.checkCancellation()
            let dataset = try PrefixDataset(file)
            if number == 0 {
                prefixRatios = dataset.prefixRatios
                tokenizerDigest = dataset.tokenizerDigest
                settings = files.index?.settings ?? dataset.settings
                provenance = dataset.provenance
                counts = files.index?.counts ?? dataset.counts
                statistics = try dataset.statistics()
            } else {
                guard dataset.prefixRatios == prefixRatios, dataset.tokenizerDigest == tokenizerDigest else {
                    throw DatasetError.shardsDisagree(
                        path: file, reason: "its prefix ratios or its tokenizer are not those of \(files.files[0])")
                }
                statistics.add(try dataset.statistics())
            }
            rowCount += dataset.rowCount
            tokenCount += dataset.tokenCount
            if case .array(let new)? = dataset.provenance["inputs"] { inputs += new }
        }
        if shardCount != nil, case .object(var members) = provenance {
            if let place = members.firstIndex(where: { $0.key == "inputs" }) { members[place].value = .array(inputs) }
            provenance = .object(members)
        }
    }
}
