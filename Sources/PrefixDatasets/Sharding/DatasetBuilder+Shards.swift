import Files
import JSON
import Tokenization

/// How a dataset is divided over files and processes.
public struct ShardSettings: Sendable {
    /// The size of a shard in bytes of uncompressed input, at least 1.
    public var size: Int
    /// Which of the processes this is, 0..<`worldSize`.
    public var rank = 0
    /// How many processes share the work.
    public var worldSize = 1
    /// Whether shards that are whole already are kept.
    public var resumes = false
    /// Whether what this run is to make replaces what is there.
    public var overwrite = false
    /// The name, without ending, of the files beside the shards that say what was dropped; nil for none.
    public var droppedName: String?

    /// Shards of a size, made by one process.
    public init(size: Int) {
        self.size = size
    }
}

extension DatasetBuilder {
    /// What a sharded build did.
    public struct ShardReport: Sendable {
        /// Shards of the dataset.
        public var shards = 0
        /// Shards that this process wrote.
        public var written = 0
        /// Shards of this process that were whole already.
        public var kept = 0
        /// What the shards that were written hold.
        public var report = Report()
        /// Shards of this process that were not whole when it began.
        var missing: [Int] = []
        /// The index, where this process is the only one and has written it.
        public var index: DatasetIndex?
    }

    /// Writes this process's shards of the dataset into a directory, and the index where there is no other process.
    ///
    /// Shard `i` belongs to the process whose rank is `i` modulo the number of processes. What a shard holds depends on
    /// the inputs and the settings alone. Each is followed by a completion, so that a later run with
    /// ``ShardSettings/resumes`` does only what is missing, whatever number of processes it has.
    ///
    /// - Throws: as ``build(_:output:dropped:overwrite:progress:)``; ``DatasetError`` when the directory holds another
    ///   dataset, or this one and neither resuming nor overwriting is asked for. Shards that are whole stay.
    public func buildShards(
        _ files: [String], directory path: String, settings: ShardSettings,
        progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> ShardReport {
        // What is made in a directory is found there by name, and replaced by name.
        for file in files where FileSystem.isSameFile(Self.directory(of: file), path) {
            throw DatasetError.inputInOutput(path: file, directory: path)
        }
        var plan = try ShardPlan(files, size: settings.size)
        let selection = try await survey(plan.parts, progress)
        if let selection { plan.truncate(toParts: selection.partsBeforeLimit) }
        let shards = ShardDirectory(
            path: path, shardCount: plan.shards.count, droppedName: settings.droppedName)
        var result = try prepare(files, plan, shards, settings)
        var state = Progress()
        state.bytesTotal = try result.missing.reduce(0) { try $0 + plan.bytes(ofShard: $1) }
        for shard in result.missing {
            try Task.checkCancellation()
            let report = try await write(plan, shard, to: shards, selection, from: state, progress)
            state.bytesRead += try plan.bytes(ofShard: shard)
            state.rows += report.counts.rows
            state.tokens += report.tokens
            result.written += 1
            result.report.add(report)
        }
        if settings.worldSize == 1 { result.index = try ShardMerge(directory: path).run() }
        return result
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes the directory this dataset's, and finds out what is missing.
    private func prepare(
        _ files: [String], _ plan: ShardPlan, _ shards: ShardDirectory, _ settings: ShardSettings
    ) throws -> ShardReport {
        let mine = Array(stride(from: settings.rank, to: plan.shards.count, by: settings.worldSize))
        try shards.create()
        try claim(shards, mine, try planNode(files, plan, settings), settings)
        var result = ShardReport()
        result.shards = plan.shards.count
        for shard in mine {
            if settings.resumes, try shards.completion(of: shard) != nil {
                result.kept += 1
            } else {
                result.missing.append(shard)
            }
        }
        return result
    }

    /// Writes one shard and then its completion.
    private func write(
        _ plan: ShardPlan, _ shard: Int, to shards: ShardDirectory, _ selection: RowSelection?, from before: Progress,
        _ progress: @Sendable (Progress) -> Void
    ) async throws -> Report {
        let range = plan.shards[shard]
        try shards.remove(shard)
        let target = DatasetTarget(
            output: shards.shardPath(shard), dropped: shards.droppedPath(shard), overwrite: false, allowsNoRows: true)
        let report = try await write(
            Array(plan.parts[range]), to: target, selection?.of(parts: range), from: before, progress)
        try complete(shard, of: shards, report)
        return report
    }

    /// What is made, as every process of the run writes it: the same bytes, or it is another dataset.
    private func planNode(_ files: [String], _ plan: ShardPlan, _ settings: ShardSettings) throws -> JSONNode {
        var inputs: [JSONNode] = []
        for file in files {
            let size = try FileSystem.size(ofFileAt: file)
            inputs.append([
                "path": .string(file), "bytes": .int(Int64(size)),
                "sha256_of_ends": .string(try Self.digestOfEnds(file, size)),
            ])
        }
        return [
            "format": .string(ShardMerge.planFormat), "version": 1, "kedge_version": .string(KedgeVersion.current),
            "shards": .int(Int64(plan.shards.count)), "shard_size": .int(Int64(settings.size)),
            "dropped": settings.droppedName.map(JSONNode.string) ?? .null, "inputs": .array(inputs),
            "benchmarks": .array(
                try rules.settings.benchmarks.map {
                    ["path": .string($0), "sha256": .string(try SHA256.digest(ofFileAt: $0))]
                }),
            "tokenizer_sha256": .string(try SHA256.digest(ofFileAt: directory.tokenizerPath)),
            "settings": settingsNode,
        ]
    }

    /// What tells a file from another of the same size at little cost: its first and its last 64 KB.
    private static func digestOfEnds(_ path: String, _ size: Int) throws -> String {
        let length = 64 << 10
        let first = try SHA256.digest(ofFileAt: path, range: 0..<min(size, length))
        let last = try SHA256.digest(ofFileAt: path, range: max(0, size - length)..<size)
        return try SHA256.digest(of: Array((first + last).utf8))
    }

    /// Makes sure that the directory is for this dataset, and that nothing of value is lost.
    private func claim(
        _ shards: ShardDirectory, _ mine: [Int], _ plan: JSONNode, _ settings: ShardSettings
    ) throws {
        let bytes = Array((try JSONWriter(isPretty: true).string(plan) + "\n").utf8)
        if !FileSystem.exists(shards.planPath) {
            do throws(FileError) {
                try OutputFile.write(bytes, to: shards.planPath, overwrite: false)
            } catch {
                // Another process of the run may have been faster.
                guard error.code == .alreadyExists else { throw error }
            }
        }
        if try FileSystem.readFile(at: shards.planPath, limit: 64 << 20) != bytes {
            guard settings.overwrite, settings.worldSize == 1 else {
                throw DatasetError.otherPlan(directory: shards.path, canReplace: settings.worldSize == 1)
            }
            try ShardMerge(directory: shards.path).removeAll()
            try OutputFile.write(bytes, to: shards.planPath, overwrite: true)
        }
        guard !settings.resumes else { return }
        for shard in mine where FileSystem.exists(shards.completionPath(shard)) {
            guard settings.overwrite else { throw DatasetError.shardExists(path: shards.shardPath(shard)) }
        }
        if settings.overwrite {
            try FileSystem.remove(fileAt: "\(shards.path)/\(DatasetIndex.fileName)")
            for shard in mine { try shards.remove(shard) }
        }
    }

    private func complete(_ shard: Int, of shards: ShardDirectory, _ report: Report) throws {
        let path = shards.shardPath(shard)
        let completion = ShardCompletion(
            name: shards.shardName(shard), bytes: try FileSystem.size(ofFileAt: path),
            sha256: try SHA256.digest(ofFileAt: path), rows: report.counts.kept, tokens: report.tokens,
            counts: report.counts.json, inputs: .array(report.inputs))
        try OutputFile.write(
            Array((try JSONWriter(isPretty: true).string(completion.json) + "\n").utf8),
            to: shards.completionPath(shard), overwrite: true)
    }
}

extension DatasetBuilder.Report {
    /// Adds what another build did.
    mutating func add(_ other: DatasetBuilder.Report) {
        counts.add(other.counts)
        tokens += other.tokens
        badRows += other.badRows.prefix(max(0, 100 - badRows.count))
        inputs += other.inputs
    }
}
