import Files

/// Divides a checkpoint over the ranks of a tensor-parallel run: one file for each, and a layout that undoes it.
public struct TensorParallelSharding: Sendable {
    /// How many ranks.
    public var ranks: Int
    /// Which tensors are divided in which way.
    public var plan = TensorParallelPlan.builtIn
    /// A config.json that says how many heads there are; nil: that of the model directory, if the input is one.
    public var configurationPath: String?
    /// Vocabularies are padded to a multiple of this many rows for each rank, at least 1.
    public var vocabularyMultiple = 1
    /// How the output is written.
    public var writing = WritingOptions()
    /// How the ranks' files are shared among processes.
    public var sharding = ShardedWriting()
    /// The threads that work, at least 1.
    public var threads = 1

    /// A division by the built-in plan.
    public init(ranks: Int) {
        self.ranks = ranks
    }

    /// Whether a directory is one that this wrote.
    public static func isOutput(_ path: String) -> Bool {
        FileSystem.isDirectory(path) && FileSystem.regularFileSize(at: "\(path)/\(CheckpointLayout.fileName)") != nil
    }

    /// Writes the directory.
    ///
    /// - Throws: ``CheckpointError``: `invalidRequest` for a tensor that is not divided evenly; `FileError`,
    ///   `CancellationError`.
    public func run(
        _ checkpoint: Checkpoint, to output: String,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        guard (1...CheckpointLayout.largestRankCount).contains(ranks), vocabularyMultiple >= 1 else {
            throw CheckpointError(
                .invalidRequest, path: checkpoint.path,
                "is divided over 1 to \(CheckpointLayout.largestRankCount) ranks")
        }
        try ConversionInput(checkpoint).requireOther(output)
        var warnings: [CheckpointWarning] = []
        let configuration = try configuration(of: checkpoint, &warnings)
        let divider = TensorParallelDivider(
            ranks: ranks, plan: plan, configuration: configuration, vocabularyMultiple: vocabularyMultiple,
            path: checkpoint.path)
        let (directory, notes) = try TensorParallelOutput(divider: divider).directory(of: checkpoint)
        let writer = DirectoryWriter(
            directory, inputs: checkpoint.files, to: output, sharding: sharding, writing: writing, threads: threads)
        var report = try writer.run(progress: progress)
        report.warnings += warnings + notes
        return report
    }

    private func configuration(
        of checkpoint: Checkpoint, _ warnings: inout [CheckpointWarning]
    ) throws -> ModelConfiguration {
        let own = checkpoint.directory.flatMap { directory in
            checkpoint.companions.contains("config.json") ? "\(directory)/config.json" : nil
        }
        guard let path = configurationPath ?? own else {
            warnings.append(
                CheckpointWarning("how many heads there are is not known; they may be cut in two: say --config"))
            return ModelConfiguration()
        }
        let configuration = try ModelConfiguration(path: path)
        if plan.isBuiltIn, let type = configuration.modelType, !TensorParallelPlan.builtInTypes.contains(type) {
            warnings.append(
                CheckpointWarning("the built-in plan was not made for models of type '\(type)'; say --tp-plan"))
        }
        return configuration
    }
}
