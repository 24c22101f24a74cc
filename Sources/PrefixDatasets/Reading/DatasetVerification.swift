import Files
public import Tokenization

/// Checks a prefix dataset, be it one file or many, against its contract.
public struct DatasetVerification: Sendable {
    /// Checks the tokens and the prefix ends against it too, or nil.
    public var tokenizer: Tokenizer?

    private let files: DatasetFiles
    private let isStrict: Bool

    /// A check of all files of a dataset.
    ///
    /// - Parameter isStrict: whether objects that the contract does not name break it.
    public init(_ files: DatasetFiles, isStrict: Bool = false) {
        self.files = files
        self.isStrict = isStrict
    }

    /// Reads every array of every file; shards must also be those of the index, by their SHA-256.
    ///
    /// - Parameter progress: called with rows done and rows in all.
    /// - Returns: how many rows and tokens were checked.
    /// - Throws: as ``PrefixDataset/verify(against:allowsNoRows:progress:)``; ``DatasetError/shardChanged(path:)``;
    ///   ``DatasetError/shardsDisagree(path:reason:)``.
    /// - Complexity: linear in the files; memory bounded by the longest row.
    public func run(progress: (Int, Int) -> Void = { _, _ in }) throws -> (rows: Int, tokens: Int) {
        guard let index = files.index else {
            let dataset = try PrefixDataset(files.path, isStrict: isStrict)
            return (try dataset.verify(against: tokenizer, progress: progress), dataset.tokenCount)
        }
        guard index.rowCount > 0 else {
            throw DatasetError.contractBroken(path: files.path, violations: ["holds no rows"])
        }
        var done = (rows: 0, tokens: 0)
        for (path, shard) in zip(files.files, index.shards) {
            try Task.checkCancellation()
            guard try SHA256.digest(ofFileAt: path) == shard.sha256 else { throw DatasetError.shardChanged(path: path) }
            let dataset = try PrefixDataset(path, isStrict: isStrict)
            guard dataset.rowCount == shard.rows, dataset.tokenCount == shard.tokens,
                dataset.tokenizerDigest == index.tokenizerDigest, dataset.settings == index.settings
            else {
                throw DatasetError.shardsDisagree(
                    path: path, reason: "its rows, tokens, tokenizer or settings are not those of the index")
            }
            let before = done.rows
            try dataset.verify(against: tokenizer, allowsNoRows: true) { rows, _ in
                progress(before + rows, index.rowCount)
            }
            done = (done.rows + shard.rows, done.tokens + shard.tokens)
        }
        return done
    }
}
