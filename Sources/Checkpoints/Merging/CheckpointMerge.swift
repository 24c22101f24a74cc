import JSON
import Kernels
import Tensors

/// Merges checkpoints tensor by tensor, block by block.
///
/// Memory: a few blocks of every checkpoint for each thread, whatever the size of the tensors. The result does not depend on
/// the number of threads, on the order of tensors in the files, or on how they are sharded.
public struct CheckpointMerge: Sendable {
    /// The tensors of the result, in the order of the base or the first model, and where their data comes from.
    public let tensors: [PlannedTensor]
    /// What is out of order without preventing the merge.
    public let warnings: [CheckpointWarning]
    /// What the result can carry of how it was made: method, parameters and inputs, beside the metadata of the base or the
    /// first model.
    public let metadata: [(key: String, value: String)]
    /// How many of the tensors are merged; the others are taken over, since they are no floating-point numbers or not all
    /// checkpoints have them.
    public let mergedCount: Int

    private let inputs: [Checkpoint]
    private let type: TensorType?

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
        self.inputs = inputs
        type = settings.type
        mergedCount = plan.mergedCount
        warnings = inputs.flatMap(\.warnings) + plan.warnings
        let record = MergeRecord(settings: settings, models: models, base: base)
        metadata = (inputs.first?.metadata ?? []).filter { $0.key != MergeRecord.key } + [record.entry]
    }

    /// The bytes of the result, without headers.
    public var byteCount: Int { tensors.reduce(0) { $0 &+ ($1.description.byteCount ?? 0) } }

    /// Merges into a file or a model directory; the files beside the weights are those of the base or the first model.
    ///
    /// - Parameters:
    ///   - output: the final path; nothing unfinished ever stands there.
    ///   - format: of the output.
    ///   - conversion: how it is written; what it says of types and names does not apply.
    ///   - progress: called from any thread, one at a time, with the bytes done so far and in all.
    /// - Throws: ``CheckpointError``, `FileError`, `CancellationError`; the output is as it was before then.
    public func run(
        to output: String, format: CheckpointFormat, conversion: CheckpointConversion = CheckpointConversion(),
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        for input in inputs { try ConversionInput(input).requireOther(output) }
        var conversion = conversion
        conversion.settings = ConversionSettings()
        // What config.json says of the type.
        conversion.settings.type = type
        let first = inputs.first
        let input = ConversionInput(
            path: first?.path ?? "", files: inputs.flatMap(\.files), metadata: metadata,
            companions: first?.companions ?? [], directory: first?.directory)
        var report = try conversion.write(ConversionPlan(tensors), of: input, to: output, format: format, progress)
        // The numbers are those of a merge: that they were computed in another type says nothing.
        report.convertedCount = 0
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
