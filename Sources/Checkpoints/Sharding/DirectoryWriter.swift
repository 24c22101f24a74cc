import Files

/// How a directory of shards is written.
public struct ShardedWriting: Sendable {
    /// Whether shards that a run before left whole are kept.
    public var resumes = false
    /// Which of the processes this is, 0..<``worldSize``.
    public var rank = 0
    /// How many processes share the shards; shard `i` belongs to rank `i` modulo this number.
    public var worldSize = 1

    /// One process, from the beginning.
    public init() {}
}

/// Writes a directory of shards, so that nothing unfinished stands under its name.
///
/// Shards are made in a directory beside the final one, each followed by a completion. Whichever process finds all shards
/// complete puts them in place. A directory that exists already is replaced file by file, in an order in which it never looks
/// whole with shards of two checkpoints: its index goes first and the new one comes last.
struct DirectoryWriter {
    let planned: PlannedDirectory
    let inputs: [RandomAccessFile]
    let staged: StagedDirectory
    let sharding: ShardedWriting
    let writing: WritingOptions
    let threads: Int

    init(
        _ planned: PlannedDirectory, inputs: [RandomAccessFile], to output: String, sharding: ShardedWriting,
        writing: WritingOptions, threads: Int
    ) {
        self.planned = planned
        self.inputs = inputs
        staged = StagedDirectory(of: output)
        self.sharding = sharding
        self.writing = writing
        self.threads = threads
    }

    /// Writes this process's shards, and finishes the directory where all are there.
    func run(progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) throws -> ConversionReport {
        try requireSoundNames()
        var report = ConversionReport()
        report.companions = planned.companions.map(\.name)
        if sharding.rank >= planned.shards.count, sharding.worldSize > 1, !writing.overwrite,
            FileSystem.isDirectory(staged.output)
        {
            // The others have finished without this one, which has no shard.
            try describe(&report)
            return report
        }
        if try !claim() {
            // A run that was killed while it put everything in place.
            try finish()
            report.keptCount = planned.shards.count
            try describe(&report)
            return report
        }
        do {
            try writeShards(&report, progress)
        } catch {
            // Nothing to go on from is nothing to leave behind.
            if sharding.worldSize == 1, staged.isEmpty { try? staged.removeAll() }
            throw error
        }
        report.isComplete = try finishIfComplete()
        try describe(&report)
        return report
    }

    /// Makes the staging directory this plan's.
    ///
    /// - Returns: false where all is made, and only has to be put in place.
    private func claim() throws -> Bool {
        let plan = try planned.identity(inputs: inputs)
        let outputExists = FileSystem.exists(staged.output)
        if outputExists, !FileSystem.isDirectory(staged.output) {
            throw CheckpointError(
                .conflict, path: staged.output,
                "is a file, and the output is a directory; remove it or name another one")
        }
        if staged.exists {
            if sharding.resumes, staged.isFinishing {
                // Where the plan has gone already, the files are in place.
                guard try !staged.isForeign(to: plan) else {
                    guard sharding.worldSize == 1, writing.overwrite else { throw foreignStaging() }
                    return try begin(anew: plan)
                }
                return false
            }
            // Killed after the last step but one: only the empty directory is left.
            if sharding.resumes, outputExists, !writing.overwrite, !FileSystem.exists(staged.planPath) { return false }
            if sharding.worldSize == 1, !sharding.resumes {
                guard writing.overwrite else {
                    throw CheckpointError(
                        .conflict, path: staged.path,
                        "holds an unfinished conversion; go on with --resume, or begin again with --force")
                }
                try staged.removeAll()
            }
        }
        guard !outputExists || writing.overwrite else {
            throw CheckpointError(.conflict, path: staged.output, "already exists; use --force to replace it")
        }
        try staged.create()
        if try !staged.claim(plan: plan) {
            guard sharding.worldSize == 1, writing.overwrite else { throw foreignStaging() }
            return try begin(anew: plan)
        }
        return true
    }

    /// Takes away what a conversion of another plan left, and makes the staging directory this plan's.
    private func begin(anew plan: [UInt8]) throws -> Bool {
        try staged.removeAll()
        try staged.create()
        _ = try staged.claim(plan: plan)
        return true
    }

    private func foreignStaging() -> CheckpointError {
        CheckpointError(
            .conflict, path: staged.path,
            "belongs to a conversion of another input or with other settings; begin again with --force"
                + (sharding.worldSize > 1 ? " and one process, or remove it" : ""))
    }

    private func writeShards(
        _ report: inout ConversionReport, _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws {
        let mine = Array(stride(from: sharding.rank, to: planned.shards.count, by: sharding.worldSize))
        var missing: [Int] = []
        for number in mine {
            let shard = planned.shards[number]
            if let losses = try staged.completion(of: number, shard) {
                guard sharding.resumes || writing.overwrite else {
                    throw CheckpointError(
                        .conflict, path: staged.filePath(shard.name),
                        "is there already; keep it with --resume, or begin again with --force")
                }
                if sharding.resumes {
                    report.keptCount += 1
                    report.losses += losses
                    continue
                }
            }
            missing.append(number)
        }
        let total = missing.reduce(0) { $0 &+ planned.shards[$1].byteCount }
        for number in missing {
            try Task.checkCancellation()
            let shard = planned.shards[number]
            try staged.remove(number, shard)
            var options = writing
            options.overwrite = false
            options.metadata = shard.metadata
            let before = report.bytesRead
            let losses = try FileConversion(tensors: shard.tensors, format: .safetensors, threads: threads)
                .run(to: staged.filePath(shard.name), options: options) { progress(before + $0, total) }
            try staged.complete(number, shard, losses)
            report.losses += losses
            report.bytesRead += shard.byteCount
            report.writtenCount += 1
        }
    }

    /// Puts the directory in place where all shards are there.
    private func finishIfComplete() throws -> Bool {
        do {
            return try finishLocked()
        } catch let error as FileError {
            // Another process may have finished meanwhile.
            guard error.code == .notFound, !staged.exists else { throw error }
            return FileSystem.isDirectory(staged.output)
        }
    }

    private func finishLocked() throws -> Bool {
        let lock = try FileLock(staged.planPath)
        defer { withExtendedLifetime(lock) {} }
        guard FileSystem.exists(staged.planPath) else { return FileSystem.isDirectory(staged.output) }
        for (number, shard) in planned.shards.enumerated() {
            guard try staged.completion(of: number, shard) != nil else { return false }
        }
        try staged.removeTemporaries()
        try writeCompanions()
        try OutputFile.write([], to: staged.finishingPath, overwrite: true)
        try finish()
        return true
    }

    private func writeCompanions() throws {
        for companion in planned.companions {
            let path = staged.filePath(companion.name)
            switch companion.content {
            case .bytes(let bytes): try OutputFile.write(bytes, to: path, overwrite: true)
            case .copy(let source): try FileSystem.copyFile(at: source, to: path)
            }
        }
        if let index = planned.index {
            try OutputFile.write(index.bytes, to: staged.filePath(index.name), overwrite: true)
        }
    }

    /// Gives the files their names; may be called again after it was interrupted anywhere.
    private func finish() throws {
        if FileSystem.exists(staged.filesPath) {
            if !FileSystem.exists(staged.output) {
                try FileSystem.renameDirectory(
                    at: staged.filesPath, to: staged.output, synchronizing: writing.isSynchronized)
            } else {
                guard writing.overwrite else {
                    throw CheckpointError(.conflict, path: staged.output, "already exists; use --force to replace it")
                }
                try replace()
            }
        }
        try staged.removeAll()
    }

    private func replace() throws {
        let stale = try FileSystem.contents(ofDirectory: staged.output).filter(planned.isStale)
        for name in stale where name.hasSuffix(".json") {
            // What was put in place already must stay: the index is the last to leave the staging directory.
            if let index = planned.index, index.name == name, !FileSystem.exists(staged.filePath(name)) { continue }
            try FileSystem.remove(fileAt: "\(staged.output)/\(name)")
        }
        for name in planned.names where FileSystem.exists(staged.filePath(name)) {
            try FileSystem.renameFile(at: staged.filePath(name), to: "\(staged.output)/\(name)")
        }
        let names = Set(planned.names)
        for name in stale where !names.contains(name) {
            try FileSystem.remove(fileAt: "\(staged.output)/\(name)")
        }
    }

    /// Names come from the directory of the input and from here; they must be distinct and stay inside the output.
    private func requireSoundNames() throws(CheckpointError) {
        var names = Set<String>()
        for name in planned.names {
            try ShardIndex.requireInside(name, path: staged.output)
            guard !name.contains("/"), names.insert(name).inserted else {
                throw CheckpointError(.conflict, path: staged.output, "two files would get the name '\(name)'")
            }
        }
    }

    private func describe(_ report: inout ConversionReport) throws {
        for shard in planned.shards {
            let directory = report.isComplete ? staged.output : staged.filesPath
            guard let size = FileSystem.regularFileSize(at: "\(directory)/\(shard.name)") else { continue }
            report.files.append(
                ConversionReport.File(name: shard.name, byteCount: size, tensorCount: shard.tensors.count))
            report.add(shard.tensors)
        }
    }
}
