import Files
import JSON

/// Puts the shards of a run together: checks that all are there and whole, and writes the index.
public struct ShardMerge: Sendable {
    /// The directory of the run.
    public let directory: String

    static let planFormat = "kedge.prefix-dataset-plan"

    /// The merge of the shards in a directory.
    public init(directory: String) {
        self.directory = directory
    }

    /// Reads every shard's completion, compares the shard with it byte for byte through its SHA-256, and writes
    /// `index.json`, which appears only when all is well.
    ///
    /// - Parameter progress: called with bytes checked and bytes in all.
    /// - Throws: ``DatasetError`` when shards are missing or not as they were written, or no trace was kept in any;
    ///   `FileError`; `CancellationError`.
    /// - Complexity: linear in the shards, in constant memory.
    @discardableResult
    public func run(progress: (Int, Int) -> Void = { _, _ in }) throws -> DatasetIndex {
        let plan = try plan()
        let shards = try shards(plan)
        var completions: [ShardCompletion] = []
        var missing: [Int] = []
        for shard in 0..<shards.shardCount {
            if let completion = try shards.completion(of: shard) {
                completions.append(completion)
            } else {
                missing.append(shard)
            }
        }
        guard missing.isEmpty else {
            throw DatasetError.shardsMissing(
                directory: directory, count: missing.count, of: shards.shardCount, first: shards.shardName(missing[0]))
        }
        // All is there, so nobody writes any more: what is unfinished was left by processes that were killed.
        try shards.removeTemporaries()
        let total = completions.reduce(0) { $0 + $1.bytes }
        var done = 0
        for (shard, completion) in completions.enumerated() {
            try Task.checkCancellation()
            guard try SHA256.digest(ofFileAt: shards.shardPath(shard)) == completion.sha256 else {
                throw DatasetError.shardChanged(path: shards.shardPath(shard))
            }
            done += completion.bytes
            progress(done, total)
        }
        guard case .string(let tokenizerDigest)? = plan["tokenizer_sha256"], let settings = plan["settings"] else {
            throw DatasetError.badIndex(path: shards.planPath, reason: "it lacks tokenizer_sha256 or settings")
        }
        let index = DatasetIndex(
            shards: completions.map {
                DatasetIndex.Shard(name: $0.name, bytes: $0.bytes, sha256: $0.sha256, rows: $0.rows, tokens: $0.tokens)
            }, counts: try DatasetCounts.sum(completions.map(\.counts)), settings: settings,
            tokenizerDigest: tokenizerDigest)
        // A completion is a file like any other; what it claims need not be true.
        guard index.hasSoundSums else {
            throw DatasetError.badIndex(
                path: shards.completionsPath, reason: "the completions claim more rows or tokens than can be")
        }
        guard index.rowCount > 0 else {
            throw DatasetError.nothingKept(summary: "all \(completions.count) shards are empty")
        }
        try write(index)
        return index
    }

    private func write(_ index: DatasetIndex) throws {
        let bytes = Array((try JSONWriter(isPretty: true).string(index.json) + "\n").utf8)
        let path = "\(directory)/\(DatasetIndex.fileName)"
        do throws(FileError) {
            try OutputFile.write(bytes, to: path, overwrite: true)
        } catch {
            // Another merge that began just now may have taken the temporary file for one that was left.
            guard error.code == .notFound else { throw error }
            try OutputFile.write(bytes, to: path, overwrite: true)
        }
    }

    /// Removes the index, the plan and every shard of it.
    func removeAll() throws {
        let shards = try shards(try plan())
        try FileSystem.remove(fileAt: "\(directory)/\(DatasetIndex.fileName)")
        for shard in 0..<shards.shardCount { try shards.remove(shard) }
    }

    private func plan() throws -> JSONNode {
        let path = "\(directory)/plan.json"
        guard FileSystem.exists(path) else { throw DatasetError.noPlan(directory: directory) }
        let node = JSONNode(try JSONDocument.contents(ofFileAt: path, limit: 64 << 20).root)
        guard node["format"] == .string(Self.planFormat), node["version"] == 1 else {
            throw DatasetError.badIndex(path: path, reason: "its format is not \(Self.planFormat), version 1")
        }
        return node
    }

    private func shards(_ plan: JSONNode) throws -> ShardDirectory {
        guard case .int(let count)? = plan["shards"], (1...Int64(ShardPlan.maximumShards)).contains(count) else {
            throw DatasetError.badIndex(path: "\(directory)/plan.json", reason: "its number of shards is not sound")
        }
        var dropped: String?
        if case .string(let name)? = plan["dropped"] {
            guard !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else {
                throw DatasetError.badIndex(path: "\(directory)/plan.json", reason: "its name for drops is not sound")
            }
            dropped = name
        }
        return ShardDirectory(path: directory, shardCount: Int(count), droppedName: dropped)
    }
}

extension DatasetCounts {
    /// The sums of counts as completions record them, name by name.
    static func sum(_ counts: [JSONNode]) throws -> JSONNode {
        guard let first = counts.first else { return .object([]) }
        return try counts.dropFirst().reduce(first) { try add($0, $1) }
    }

    private static func add(_ left: JSONNode, _ right: JSONNode) throws -> JSONNode {
        switch (left, right) {
        case (.int(let left), .int(let right)):
            let (sum, overflows) = left.addingReportingOverflow(right)
            guard !overflows else { throw DatasetError.countsDisagree }
            return .int(sum)
        case (.object(let left), .object(let right)):
            guard left.map(\.key) == right.map(\.key) else { throw DatasetError.countsDisagree }
            return .object(try zip(left, right).map { ($0.key, try add($0.value, $1.value)) })
        default:
            throw DatasetError.countsDisagree
        }
    }
}
