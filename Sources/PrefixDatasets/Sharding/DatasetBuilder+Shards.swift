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
        var plan = try ShardPlan(files, size: settings.size)
        let selection = try await survey(plan.parts, progress)
        if let selection { plan.truncate(toParts: selection.partsBeforeLimit) }
        let shards = ShardDirectory(path: path, shardCount: plan.shards.count, droppedName: settings.droppedName)
        let mine = stride(from: settings.rank, to: plan.shards.count, by: settings.worldSize)
        try shards.create()
        let note = try planNode(files, plan, settings)
        try claim(shards, Array(mine), note, settings)

        var result = ShardReport()
        result.shards = plan.shards.count
        var state = Progress()
        var missing: [Int] = []
        for shard in mine {
            if settings.resumes, try shards.completion(of: shard) != nil {
                result.kept += 1
            } else {
                missing.append(shard)
                for part in plan.shards[shard] { state.bytesTotal += try plan.parts[part].byteRange().count }
            }
        }
        for shard in missing {
            try Task.checkCancellation()
            let range = plan.shards[shard]
            try shards.remove(shard)
            let report = try await write(
                Array(plan.parts[range]),
                to: DatasetTarget(
                    output: shards.shardPath(shard), dropped: shards.droppedPath(shard),
                    overwrite: false, allowsNoRows: true),
                selection?.of(parts: range), from: state, progress)
            try complete(shard, of: shards, report)
            for part in range { state.bytesRead += try plan.parts[part].byteRange().count }
            state.rows += report.counts.rows
            state.tokens += report.tokens
            result.written += 1
            result.report.add(report)
        }
        if settings.worldSize == 1 { result.index = try ShardMerge(directory: path).run() }
        return result
    }

    /// What is made, as every process of the run writes it: the same bytes, or it is another dataset.
    private func planNode(_ files: [String], _ plan: ShardPlan, _ settings: ShardSettings) throws -> JSONNode {
        var inputs: [JSONNode] = []
        for file in files {
            inputs.append(["path": .string(file), "bytes": .int(Int64(try FileSystem.size(ofFileAt: file)))])
        }
        return [
            "format": .string(ShardMerge.planFormat), "version": 1, "kedge_version": .string(KedgeVersion.current),
            "shards": .int(Int64(plan.shards.count)), "shard_size": .int(Int64(settings.size)),
            "dropped": settings.droppedName.map(JSONNode.string) ?? .null, "inputs": .array(inputs),
            "tokenizer_sha256": .string(try SHA256.digest(ofFileAt: directory.tokenizerPath)),
            "settings": settingsNode,
        ]
    }

    /// Makes sure that the directory is for this dataset, and that nothing of value is lost.
    private func claim(
        _ shards: ShardDirectory, _ mine: [Int], _ plan: JSONNode, _ settings: ShardSettings
    ) throws {
        let bytes = Array((try JSONWriter(isPretty: true).string(plan) + "\n").utf8)
        if !FileSystem.exists(shards.planPath) {
            do {
                var file = try OutputFile(destination: shards.planPath, overwrite: false)
                try file.write(bytes)
                try file.commit()
            } catch let error as FileError where error.code == .alreadyExists {
                // Another process of the run was faster.
            }
        }
        if try FileSystem.readFile(at: shards.planPath, limit: 64 << 20) != bytes {
            guard settings.overwrite, settings.worldSize == 1 else {
                throw DatasetError.otherPlan(directory: shards.path, canReplace: settings.worldSize == 1)
            }
            try ShardMerge(directory: shards.path).removeAll()
            var file = try OutputFile(destination: shards.planPath, overwrite: true)
            try file.write(bytes)
            try file.commit()
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
        var file = try OutputFile(destination: shards.completionPath(shard), overwrite: true)
        try file.write(Array((try JSONWriter(isPretty: true).string(completion.json) + "\n").utf8))
        try file.commit()
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
