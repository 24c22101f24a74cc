import Files

/// Converts a checkpoint into another one: types, names, format, the number of its files.
public struct CheckpointConversion: Sendable {
    /// What becomes of the tensors.
    public var settings = ConversionSettings()
    /// How the output is written.
    public var writing = WritingOptions()
    /// How the shards of a model directory are written.
    public var sharding = ShardedWriting()
    /// The most bytes of tensors in a shard of a model directory, or of Keras weights with an index.
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
    ///   - output: the final path; nothing unfinished ever stands there.
    ///   - format: of the output.
    ///   - manifest: where a ``CheckpointManifest`` of the output is written when it is complete; nil: nowhere.
    ///   - progress: called from any thread, one at a time, with the bytes read so far and in all: of the input, then of the
    ///     output for the manifest.
    /// - Throws: ``CheckpointError``, `FileError`, `CancellationError`; the output is as it was before then. Shards of a model
    ///   directory that were complete stay in `OUTPUT.kedge-partial`, for ``ShardedWriting/resumes``.
    /// - Complexity: linear in the data; memory for two blocks a thread and the headers.
    public func run(
        _ checkpoint: Checkpoint, to output: String, format: CheckpointFormat, manifest: String? = nil,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        var input = ConversionInput(checkpoint)
        try input.requireOther(output)
        if let manifest {
            let place = ManifestPlace(manifest, of: output, format: format)
            try place.check(input, overwrite: writing.overwrite)
            input = place.withoutOldManifest(input)
        }
        let report = try write(
            try ConversionPlan(checkpoint, settings: settings), of: input, to: output, format: format, progress)
        if let manifest, report.isComplete {
            try Self.manifest(of: output, report: report, threads: threads, progress)
                .write(to: manifest, overwrite: writing.overwrite)
        }
        return report
    }

    /// The digests of what was written: of the files with tensors, the files beside them, and all tensors.
    private static func manifest(
        of output: String, report: ConversionReport, threads: Int,
        _ progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) throws -> CheckpointManifest {
        let checkpoint = try Checkpoint.open(output)
        guard FileSystem.isDirectory(output) else {
            return try ManifestComputation(checkpoint).run(threads: threads, progress: progress)
        }
        var names = report.files.map(\.name) + report.companions
        if report.files.count > 1 { names.append(ModelOutput.indexName) }
        let directory = StagedDirectory(of: output).output
        let files = try names.map { (path: $0, file: try RandomAccessFile(path: "\(directory)/\($0)")) }
        return try ManifestComputation(checkpoint, files: files, tensors: checkpoint.tensors)
            .run(threads: threads, progress: progress)
    }

    /// Writes the checkpoint that ``TensorParallelSharding`` divided; ``settings`` do not apply.
    ///
    /// - Parameter directory: of the ranks' files and their layout.
    /// - Throws: as ``run(_:to:format:progress:)``; `conflict` where ranks differ in what all should have alike.
    public func join(
        ranksIn directory: String, reading: ReadingOptions, to output: String, format: CheckpointFormat,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        let joining = try RankJoining(directory: directory, options: reading)
        let input = try joining.input()
        try input.requireOther(output)
        var plain = self
        plain.settings = ConversionSettings()
        return try plain.write(ConversionPlan(try joining.tensors()), of: input, to: output, format: format, progress)
    }

    /// Writes what is planned.
    func write(
        _ plan: ConversionPlan, of input: ConversionInput, to output: String, format: CheckpointFormat,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws -> ConversionReport {
        if format == .huggingFace { return try writeDirectory(plan, of: input, to: output, progress) }
        guard !sharding.resumes, sharding.worldSize == 1 else {
            throw CheckpointError(
                .invalidRequest, path: output, "is one file; resuming, and several processes, are for model directories"
            )
        }
        var options = writing
        options.metadata = input.metadata(plan)
        if format == .hdf5 { options.metadata += try input.modelFiles() }
        var file = FileConversion(tensors: plan.tensors, format: format, threads: threads)
        file.shardSize = shardSize
        if format == .keras, let stem = KerasShards.stem(of: output) {
            try KerasShards.requireOther(input.files.map(\.path), stem: stem)
        }
        let total = file.byteCount
        var report = ConversionReport()
        report.add(plan)
        report.losses = try file.run(to: output, options: options) { progress($0, total) }
        report.add(plan.tensors)
        report.bytesRead = total
        report.files = try file.files(at: output)
        report.writtenCount = report.files.count
        return report
    }

    private func writeDirectory(
        _ plan: ConversionPlan, of input: ConversionInput, to output: String,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws -> ConversionReport {
        // What config.json says is about most of the tensors; exceptions by name do not change it.
        let (directory, warnings) = try ModelOutput(shardSize: shardSize, type: settings.type)
            .directory(plan, of: input, path: output)
        let writer = DirectoryWriter(
            directory, inputs: input.files, to: output, sharding: sharding, writing: writing, threads: threads)
        var report = try writer.run(progress: progress)
        report.add(plan)
        report.warnings += warnings
        return report
    }
}
