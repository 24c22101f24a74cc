import Checkpoints
import Files
import JSON
import Kernels
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
    private static let front = "checkpoint-"

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

    /// The whole checkpoints in a directory, by number, ascending.
    ///
    /// - Throws: `FileError`.
    public static func checkpoints(in directory: String) throws -> [(step: Int, path: String)] {
        guard FileSystem.isDirectory(directory) else { return [] }
        return try FileSystem.contents(ofDirectory: directory).compactMap { name -> (step: Int, path: String)? in
            guard name.hasPrefix(front), let step = Int(name.dropFirst(front.count)), step >= 0,
                "\(front)\(step)" == name,
                FileSystem.exists("\(directory)/\(name)/\(TrainerState.name)")
            else { return nil }
            return (step, "\(directory)/\(name)")
        }.sorted { $0.step < $1.step }
    }

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
        let staging = "\(directory)/.\(Self.front)\(state.step).tmp"
        if !FileSystem.isDirectory(directory) { try FileSystem.createDirectory(at: directory) }
        try removeUnfinished()
        do {
            var writing = ModelWriting()
            writing.threads = threads
            if let adapter = policy.adapter {
                try adapter.save(directory: staging, settings: writing)
            } else if let files {
                try policy.weights.save(directory: staging, files: files, settings: writing)
            }
            try policy.optimizerState.save("\(staging)/\(Self.stateName)", threads: threads)
            let text = try JSONWriter(isPretty: true).string(try state.node()) + "\n"
            try OutputFile.write(Array(text.utf8), to: "\(staging)/\(TrainerState.name)", overwrite: false)
            // One of the same number is left from before the run went back to an earlier one.
            try discard(path)
            try FileSystem.renameDirectory(at: staging, to: path)
        } catch {
            try? removeUnfinished()
            throw error
        }
        if let limit {
            for old in try Self.checkpoints(in: directory).filter({ $0.path != path }).dropLast(limit - 1) {
                try discard(old.path)
            }
        }
        return path
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

    /// Removes what a process left that was killed while it wrote. A writer of models would take up the parts that are whole,
    /// also those of another run.
    private func removeUnfinished() throws(FileError) {
        for name in try FileSystem.contents(ofDirectory: directory) where name.hasPrefix(".\(Self.front)") {
            let path = "\(directory)/\(name)"
            if name.hasSuffix(".tmp") || name.hasSuffix(".removed") { try Self.remove(path) }
            if name.hasSuffix(".tmp.kedge-partial") {
                for part in ["files", "completions"] { try Self.remove("\(path)/\(part)") }
                try Self.remove(path)
            }
        }
    }

    /// Removes a checkpoint: at once under its name, so that it is never half there. Nothing happens where there is none.
    private func discard(_ path: String) throws(FileError) {
        guard FileSystem.isDirectory(path) else { return }
        let removed = "\(directory)/.\(FileSystem.name(of: path)).removed"
        try Self.remove(removed)
        try FileSystem.renameDirectory(at: path, to: removed, synchronizing: false)
        try Self.remove(removed)
    }

    /// Removes files, and the directory that they are in. Nothing happens where there is none.
    private static func remove(_ path: String) throws(FileError) {
        guard FileSystem.isDirectory(path) else { return }
        for name in try FileSystem.contents(ofDirectory: path) {
            let entry = "\(path)/\(name)"
            if FileSystem.isDirectory(entry) {
                try FileSystem.remove(emptyDirectoryAt: entry)
            } else {
                try FileSystem.remove(fileAt: entry)
            }
        }
        try FileSystem.remove(emptyDirectoryAt: path)
    }
}
