import Files
public import JSON

/// Where a run stands between two updates: all that is needed beside weights and moments to go on to the bit.
///
/// There is no hidden random state: the order of the data follows from the seed, the epoch and the position; completions from
/// the seed and the number with which they are drawn.
public struct TrainerState: Sendable, Equatable {
    /// Updates of the whole run.
    public var step = 0
    /// The phase, from 0.
    public var phase = 0
    /// Updates of the phase, which are also the steps of its optimiser.
    public var phaseStep = 0
    /// How many of them changed AdamW's second moment, where not all do (`adam_freeze_second_moment`).
    public var secondMomentSteps = 0
    /// The place in the phase's data.
    public var cursor = DataOrder.Cursor()
    /// Completions drawn so far.
    public var drawn: UInt64 = 0
    /// Batches of rollouts sampled so far.
    public var batches = 0
    /// Tokens that went through the model in updates.
    public var tokens = 0
    /// The configuration of the run.
    public var configuration: JSONNode = .null
    /// The files that the run reads; nil where an older checkpoint does not say.
    public var files: [FileIdentity]?

    /// The beginning.
    public init() {}

    static let name = "trainer_state.json"
    private static let format = "kedge.trainer-state"
    /// No run gets there, and what is counted on from there has room.
    private static let largestCount = 1 << 42
    private static let largestFile = 16 << 20

    /// Keys of the configuration that change nothing about what is computed.
    private static let free: Set<String> = [
        "output_dir", "save_steps", "save_total_limit", "logging_steps", "log_completions", "log_completions_steps",
        "num_completions_to_print", "report_to",
    ]
    /// The same of phases, which may stand beside them: how it is tested, and how long a program is waited for.
    private static let freeInPhases: Set<String> = [
        "reward_timeout", "eval_strategy", "eval_steps", "eval_on_start", "num_generations_eval", "eval_temperature",
        "log_kl_old",
    ]

    /// The settings that decide what a run computes.
    private static func deciding(_ configuration: JSONNode) -> JSONNode {
        guard case .object(let members) = configuration else { return configuration }
        return .object(
            members.filter { !free.contains($0.key) && !freeInPhases.contains($0.key) }.map {
                member -> (key: String, value: JSONNode) in
                guard member.key == "phases", case .array(let phases) = member.value else { return member }
                return (member.key, .array(phases.map(deciding)))
            })
    }

    /// SHA-256 of the settings that decide what a run computes.
    func settingsDigest() throws -> String {
        guard case .object = configuration else { return "" }
        return try SHA256.digest(of: Array(try JSONWriter().string(Self.deciding(configuration)).utf8))
    }

    /// The state as JSON.
    func node() throws -> JSONNode {
        var node: JSONNode = [
            "format": .string(Self.format), "version": 1, "global_step": .int(Int64(step)), "phase": .int(Int64(phase)),
            "phase_step": .int(Int64(phaseStep)), "epoch": .int(Int64(cursor.epoch)),
            "data_position": .int(Int64(cursor.position)), "completions_drawn": .int(Int64(clamping: drawn)),
            "rollout_batches": .int(Int64(batches)), "num_tokens": .int(Int64(tokens)),
            "second_moment_steps": .int(Int64(secondMomentSteps)),
            "settings_sha256": .string(try settingsDigest()), "configuration": configuration,
        ]
        if let files { node = node.setting("files", .array(files.map(\.node))) }
        return node
    }

    /// Reads trainer_state.json of a checkpoint.
    ///
    /// - Throws: ``TrainingError``, `FileError`.
    public init(checkpoint directory: String) throws {
        let path = "\(directory)/\(Self.name)"
        guard FileSystem.exists(path) else {
            throw TrainingError(.unusableCheckpoint, directory, "has no \(Self.name); it is no checkpoint of a run")
        }
        let node: JSONNode
        do throws(JSONError) {
            node = JSONNode(
                try JSONDocument.parsing(try Self.read(path)).root)
        } catch {
            throw TrainingError(.unusableCheckpoint, path, "\(error)")
        }
        guard node["format"]?.text == Self.format, node["version"]?.whole == 1 else {
            throw TrainingError(.unusableCheckpoint, path, "is no \(Self.format) of version 1")
        }
        func count(_ key: String) throws(TrainingError) -> Int {
            guard let value = node[key]?.whole, (0...Self.largestCount).contains(value) else {
                throw TrainingError(.unusableCheckpoint, path, "'\(key)' is no number from 0 to \(Self.largestCount)")
            }
            return value
        }
        step = try count("global_step")
        phase = try count("phase")
        phaseStep = try count("phase_step")
        // States from before there was the setting do not have it.
        secondMomentSteps = node["second_moment_steps"] == nil ? 0 : try count("second_moment_steps")
        cursor = DataOrder.Cursor(epoch: try count("epoch"), position: try count("data_position"))
        drawn = UInt64(try count("completions_drawn"))
        batches = try count("rollout_batches")
        tokens = try count("num_tokens")
        configuration = node["configuration"] ?? .null
        if case .array(let listed)? = node["files"] {
            files = try listed.map { entry throws(TrainingError) in
                guard let file = FileIdentity(entry) else {
                    throw TrainingError(.unusableCheckpoint, path, "'files' holds something but files")
                }
                return file
            }
        }
    }

    private static func read(_ path: String) throws(JSONError) -> [UInt8] {
        (try? FileSystem.readFile(at: path, limit: largestFile)) ?? []
    }

    /// Refuses to go on with settings that decide what is computed, or with files, that are not those of the checkpoint's run.
    ///
    /// - Parameter files: what the run reads; nil where it is not to be looked at.
    /// - Throws: ``TrainingError`` that names the first setting or file that differs.
    public func requireSame(_ configuration: TrainingConfiguration, files: [FileIdentity]?) throws(TrainingError) {
        try requireSame(configuration.node, checkpoint: "checkpoint-\(step)")
        guard let old = self.files, let files else { return }
        try FileIdentity.requireSame(old, files, checkpoint: "checkpoint-\(step)")
    }

    /// Refuses to go on with settings that decide what is computed and differ from those of the checkpoint.
    ///
    /// - Throws: ``TrainingError`` that names the first of them.
    private func requireSame(_ other: JSONNode, checkpoint: String) throws(TrainingError) {
        let (configuration, other) = (Self.deciding(configuration), Self.deciding(other))
        guard case .object(let old) = configuration, case .object(let new) = other else {
            throw TrainingError(.unusableCheckpoint, checkpoint, "does not say what its run was told")
        }
        let names = old.map(\.key) + new.map(\.key).filter { name in !old.contains { $0.key == name } }
        for name in names {
            guard configuration[name] != other[name] else { continue }
            var subject = name
            if case .array(let before)? = configuration[name], case .array(let now)? = other[name], name == "phases",
                before.count == now.count
            {
                for (phase, pair) in zip(before, now).enumerated() where pair.0 != pair.1 {
                    guard case .object(let members) = pair.0,
                        let key = members.first(where: { pair.1[$0.key] != $0.value })?.key
                    else { continue }
                    subject = before.count > 1 ? "phases.\(phase).\(key)" : key
                    break
                }
            }
            throw TrainingError(
                .unusableCheckpoint, subject,
                "differs from what the run of \(checkpoint) was told; resume with the same settings, or begin a new run from its weights"
            )
        }
    }
}
