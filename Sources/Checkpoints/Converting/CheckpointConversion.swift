import Files

/// Converts a checkpoint into another one: types, names, format.
public struct CheckpointConversion: Sendable {
    /// What becomes of the tensors.
    public var settings = ConversionSettings()
    /// How the output is written.
    public var writing = WritingOptions()
    /// How the shards of a model directory are written.
    public var sharding = ShardedWriting()
    /// The most bytes of tensors in a shard of a model directory.
    public var shardSize = CheckpointConversion.defaultShardSize
    /// The threads that work, at least 1.
    public var threads = 1

    /// 5 GB, as huggingface_hub has it.
    public static let defaultShardSize = 5_000_000_000

    /// A conversion that changes nothing but the format.
    public init() {}

    /// Writes `checkpoint` to `output`.
    ///
    /// - Parameters:
    ///   - output: the final path; nothing stands there before all is written.
    ///   - format: of the output.
    ///   - progress: called from any thread, one at a time, with the bytes read so far and in all.
    /// - Throws: ``CheckpointError``, `FileError`, `CancellationError`; the output is as it was before then.
    public func run(
        _ checkpoint: Checkpoint, to output: String, format: CheckpointFormat,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        try Self.requireOther(output, than: checkpoint)
        let plan = try ConversionPlan(checkpoint, settings: settings)
        if format == .huggingFace { return try writeDirectory(plan, of: checkpoint, to: output, progress) }
        guard !sharding.resumes, sharding.worldSize == 1 else {
            throw CheckpointError(
                .invalidRequest, path: output,
                "is one file; resuming, and several processes, are for model directories")
        }
        return try write(plan, of: checkpoint, to: output, format: format, progress)
    }

    private func writeDirectory(
        _ plan: ConversionPlan, of checkpoint: Checkpoint, to output: String,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws -> ConversionReport {
        // What config.json says is about most of the tensors; exceptions by name do not change it.
        let (directory, warnings) = try ModelOutput(shardSize: shardSize, type: settings.type)
            .directory(plan, of: checkpoint, path: output)
        let writer = DirectoryWriter(
            directory, inputs: checkpoint.files, to: output, sharding: sharding, writing: writing, threads: threads)
        var report = try writer.run(progress: progress)
        report.add(plan)
        report.warnings += warnings
        return report
    }

    private func write(
        _ plan: ConversionPlan, of checkpoint: Checkpoint, to output: String, format: CheckpointFormat,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws -> ConversionReport {
        var options = writing
        options.metadata = Self.metadata(of: checkpoint, plan)
        let file = FileConversion(tensors: plan.tensors, format: format, threads: threads)
        let total = file.byteCount
        var report = ConversionReport()
        report.add(plan)
        report.losses = try file.run(to: output, options: options) { progress($0, total) }
        report.add(plan.tensors)
        report.bytesRead = total
        report.writtenCount = 1
        report.files = [
            ConversionReport.File(
                name: output, byteCount: try FileSystem.size(ofFileAt: output), tensorCount: plan.tensors.count)
        ]
        return report
    }

    /// What the input carries along, and which tensors were written under another name only.
    static func metadata(of checkpoint: Checkpoint, _ plan: ConversionPlan) -> [(key: String, value: String)] {
        var metadata = checkpoint.metadata
        for duplicate in plan.duplicates where !metadata.contains(where: { $0.key == duplicate.name }) {
            metadata.append((duplicate.name, duplicate.keeper))
        }
        return metadata
    }

    /// - Throws: `invalidRequest` where the output would replace a file that is being read.
    static func requireOther(_ output: String, than checkpoint: Checkpoint) throws(CheckpointError) {
        for path in checkpoint.files.map(\.path) + [checkpoint.path] {
            guard !FileSystem.isSameFile(path, output), !FileSystem.isSameFile(FileSystem.parent(of: path), output) else {
                throw CheckpointError(
                    .invalidRequest, path: output, "is, or holds, the input itself; write to another path")
            }
        }
    }
}
