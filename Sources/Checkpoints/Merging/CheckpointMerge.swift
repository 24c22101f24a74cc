import JSON
import Kernels
import Tensors

/// Merges checkpoints tensor by tensor, block by block.
///
/// Memory: a few blocks of every checkpoint for each thread, whatever the size of the tensors. The result does not depend on
/// the number of threads, on the order of tensors in the files, or on how they are sharded.
public struct CheckpointMerge: Sendable {
    /// What a merge came to.
    public struct Report: Sendable, Hashable {
        /// Tensors that were merged.
        public var merged = 0
        /// Tensors that were taken over as they are, since they are no floating-point numbers or not all checkpoints have
        /// them.
        public var copied = 0
        /// The size of the result in bytes, without headers.
        public var byteCount = 0
        /// What rounding to the type of the result did to numbers.
        public var overflowed = 0
        /// Numbers other than zero that became zero when rounded to the type of the result.
        public var underflowed = 0
    }

    /// The tensors of the result, in the order of the base or the first model.
    public let tensors: [TensorDescription]
    /// Where their data comes from, one each.
    public let transfers: [TensorTransfer]
    /// What is out of order without preventing the merge.
    public let warnings: [CheckpointWarning]
    /// What the result can carry of how it was made: method, parameters and inputs, beside the metadata of the base or the
    /// first model.
    public let metadata: [(key: String, value: String)]
    /// How many of the tensors are merged; the others are taken over.
    public let mergedCount: Int

    /// Plans a merge: checks that all checkpoints have the same tensors.
    ///
    /// - Parameters:
    ///   - models: the checkpoints to merge; for slerp two.
    ///   - base: what differences are taken from, for the methods that work on these; otherwise nil.
    /// - Throws: ``CheckpointError``: `invalidRequest` for parameters that do not fit, shapes or types that differ;
    ///   `missingTensor` for tensors that a checkpoint lacks.
    /// - Complexity: linear in the number of tensors and checkpoints; no data is read.
    public init(_ settings: MergeSettings, models: [Checkpoint], base: Checkpoint? = nil) throws(CheckpointError) {
        let inputs = (base.map { [$0] } ?? []) + models
        try settings.check(
            models: models.count, hasBase: base != nil, path: inputs.first?.path ?? "merge")
        let planner = MergePlanner(settings: settings, inputs: inputs, modelCount: models.count)
        let plan = try planner.plan()
        tensors = plan.tensors
        transfers = plan.transfers
        mergedCount = plan.mergedCount
        warnings = inputs.flatMap(\.warnings) + plan.warnings
        let record = MergeRecord(settings: settings, models: models, base: base)
        metadata = (inputs.first?.metadata ?? []).filter { $0.key != MergeRecord.key } + [record.entry]
    }

    /// The bytes of the result.
    public var byteCount: Int { tensors.reduce(0) { $0 &+ ($1.byteCount ?? 0) } }

    /// Moves everything to a sink that was made for ``tensors``, and completes it.
    ///
    /// - Parameter progress: called from any thread, one at a time, with the share that is done.
    /// - Throws: ``CheckpointError``, `FileError`, `CancellationError`; nothing is left then.
    public func run(
        to sink: any CheckpointSink, threads: Int,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> Report {
        let counts = try BlockTransfer(transfers, to: sink).run(threads: threads, progress: progress)
        try sink.commit()
        var report = Report(merged: mergedCount, copied: tensors.count - mergedCount, byteCount: byteCount)
        for count in counts {
            report.overflowed += Int(clamping: count.overflowed)
            report.underflowed += Int(clamping: count.underflowed)
        }
        return report
    }
}

/// What a merged checkpoint says of how it was made.
private struct MergeRecord {
    static let key = "kedge.merge"

    let settings: MergeSettings
    let models: [Checkpoint]
    let base: Checkpoint?

    var entry: (key: String, value: String) {
        var members: [(key: String, value: JSONNode)] = [
            ("method", .string(settings.method.name)), ("models", .array(models.map(describe))),
        ]
        if let base { members.append(("base", describe(base))) }
        if settings.method == .slerp {
            members.append(("t", .double(settings.interpolation)))
        } else {
            members.append(("weight", .array(settings.weights.map { .double($0) })))
            members.append(("normalize", .bool(settings.normalizes)))
        }
        if settings.method.usesDensity {
            members.append(("density", .array(settings.densities.map { .double($0) })))
            members.append(("rescale", .string(settings.appliedRescaling.rawValue)))
        }
        if settings.method.electsSigns { members.append(("consensus", .string(settings.election.rawValue))) }
        if settings.method == .dareLinear || settings.method == .dareTies {
            members.append(("seed", Int64(exactly: settings.seed).map { .int($0) } ?? .unsigned(settings.seed)))
        }
        if settings.method.needsBase { members.append(("lambda", .double(settings.lambda))) }
        if !settings.rules.isEmpty {
            members.append(("rules", .array(settings.rules.map { .string($0.pattern.text) })))
        }
        return (Self.key, (try? JSONWriter().string(.object(members))) ?? "")
    }

    /// The name only: where the inputs lay says something about the machine, not about the result.
    private func describe(_ checkpoint: Checkpoint) -> JSONNode {
        let name = checkpoint.path.split(separator: "/").last.map(String.init) ?? checkpoint.path
        return ["name": .string(name), "bytes": .int(Int64(checkpoint.byteCount))]
    }
}
