import Checkpoints
import Files
import JSON
import Kernels
import Tensors
public import Transformers

/// The checkpoints of a run: directories `checkpoint-N`, N the updates taken, each a model directory that transformers loads, or
/// an adapter that PEFT loads, with optimizer.safetensors and trainer_state.json beside it.
///
/// A checkpoint is written under another name and gets its own when it is whole.
public struct CheckpointStore: Sendable {
    /// The directory that they lie in.
    public let directory: String
    private let files: ModelFiles?
    private let limit: Int?
    private let threads: Int

    static let stateName = "optimizer.safetensors"

    /// - Parameters:
    ///   - files: what goes with the weights of a whole model; nil where adapters are written.
    ///   - limit: how many checkpoints are kept, at least 1; nil for all.
    public init(directory: String, files: ModelFiles?, limit: Int? = nil, threads: Int = 1) {
        self.directory = directory
        // A model may be the checkpoint of another run.
        var files = files
        files?.leaveOut([Self.stateName, TrainerState.name])
        self.files = files
        self.limit = limit.map { max(1, $0) }
        self.threads = threads
    }

    /// Where the checkpoint after so many updates is.
    func path(_ step: Int) -> String { "\(directory)/\(Self.front)\(step)" }

    /// Writes a checkpoint, and removes those that are too many.
    ///
    /// - Returns: its path.
    /// - Throws: ``TrainingError`` where the weights are not finite; `CheckpointError`, `FileError`. What was there before is
    ///   there still.
    public func save(_ policy: TrainedPolicy, _ state: TrainerState) throws -> String {
        if let name = policy.nonFiniteParameter() {
            throw TrainingError(
                .notFinite, name,
                "holds a NaN or an infinity after update \(state.step), which is not saved; go on from the last checkpoint with a lower learning rate"
            )
        }
        let path = self.path(state.step)
        try write(path) { staging in
            try writeModel(policy, staging)
            try policy.optimizerState.save("\(staging)/\(Self.stateName)", threads: threads)
            let text = try JSONWriter(isPretty: true).string(try state.node()) + "\n"
            try OutputFile.write(Array(text.utf8), to: "\(staging)/\(TrainerState.name)", overwrite: false)
        }
        if let limit {
            for old in try Self.checkpoints(in: directory).filter({ $0.path != path }).dropLast(limit - 1) {
                try Self.discard(old.path)
            }
        }
        return path
    }

    /// Where the reference of a phase is.
    func referencePath(phase: Int) -> String { "\(directory)/\(Self.referenceFront)\(phase)" }

    /// Writes the model, or the adapter, with which a phase begins.
    ///
    /// - Throws: `CheckpointError`, `FileError`. What was there before is there still.
    func saveReference(_ policy: TrainedPolicy, phase: Int) throws {
        // Norms and biases are binary32 beside matrices in bfloat16 too; binary32 holds all of them as they are.
        try write(referencePath(phase: phase)) { try writeModel(policy, $0, type: .float32) }
    }

    private func writeModel(_ policy: TrainedPolicy, _ place: String, type: ElementType? = nil) throws {
        var writing = ModelWriting()
        writing.threads = threads
        if let adapter = policy.adapter {
            try adapter.save(directory: place, settings: writing)
        } else if let files {
            try policy.weights.save(directory: place, files: files, type: type, settings: writing)
        }
    }

    /// Writes a directory under another name, and gives it its own when it is whole.
    private func write(_ path: String, _ body: (String) throws -> Void) throws {
        let staging = "\(directory)/.\(FileSystem.name(of: path)).tmp"
        if !FileSystem.isDirectory(directory) { try FileSystem.createDirectory(at: directory) }
        try Self.removeUnfinished(in: directory)
        do {
            try body(staging)
            // One of the same number is left from before the run went back to an earlier one.
            try Self.discard(path)
            try FileSystem.renameDirectory(at: staging, to: path)
        } catch {
            try? Self.removeUnfinished(in: directory)
            throw error
        }
    }

    /// Reads moments and numbers of steps into a policy whose weights are the checkpoint's.
    ///
    /// - Throws: ``TrainingError``, `TransformerError`, `CheckpointError`, `FileError`.
    public static func restore(_ policy: TrainedPolicy, _ state: TrainerState, from checkpoint: String) throws {
        let path = "\(checkpoint)/\(stateName)"
        guard FileSystem.exists(path) else {
            throw TrainingError(.unusableCheckpoint, checkpoint, "has no \(stateName)")
        }
        try policy.optimizerState.load(path, threads: policy.team.count)
        policy.resume(after: state.phaseStep)
    }
}
