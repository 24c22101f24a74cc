import Files
import JSON

/// The directory of a training run.
///
/// | name | what |
/// |---|---|
/// | `configuration.json` | the settings, ``TrainingConfiguration/node`` |
/// | `metrics.jsonl` | ``MetricsLog`` |
/// | `samples.jsonl` | ``SamplesLog`` |
/// | `events.out.tfevents.*` | ``EventFile`` |
/// | `checkpoint-N` | the model and the trainer's state after update N |
public struct RunDirectory: Sendable {
    /// The directory.
    public let path: String

    /// Keeps other trainers out as long as the value lives.
    private let lock: FileLock

    /// Begins a run.
    ///
    /// - Parameters:
    ///   - path: the directory, which is made where there is none, in one that exists.
    ///   - configuration: the run's settings.
    ///   - overwriting: whether a run that is there is removed; anything else in the directory stays.
    /// - Throws: ``LogError`` with code `occupied` where there is a run or something else that may not be overwritten.
    public init(creating path: String, _ configuration: TrainingConfiguration, overwriting: Bool = false)
        throws(LogError)
    {
        let path = RunDirectory.trimmed(path)
        self.path = path
        let names = try LogError.wrapping { () throws(FileError) in
            try FileSystem.createDirectory(at: path)
            return try FileSystem.contents(ofDirectory: path)
        }
        let isRun = names.contains("configuration.json") || names.contains("metrics.jsonl")
        guard names.isEmpty || (isRun && overwriting) else {
            throw LogError(
                .occupied, path: path,
                isRun
                    ? "holds a run already; resume it, overwrite it, or give another output_dir"
                    : "is not empty and holds no run; give another output_dir")
        }
        if names.contains("configuration.json") { _ = try RunDirectory.locked(path) }
        try LogError.wrapping { () throws(FileError) in
            // The configuration goes last: without it, what is left of a run that is half removed is no run to resume.
            for name in names where name != "configuration.json" { try RunDirectory.remove(name, of: path) }
            let text = (try? JSONWriter(isPretty: true).string(configuration.node)) ?? "null"
            try OutputFile.write(Array((text + "\n").utf8), to: "\(path)/configuration.json", overwrite: true)
        }
        lock = try RunDirectory.locked(path)
    }

    /// Opens a run to go on with it, and removes what a killed process left half-way.
    ///
    /// - Throws: ``LogError`` with code `noRun` where there is none, and `inUse` where another process trains there.
    public init(resuming path: String) throws(LogError) {
        let path = RunDirectory.trimmed(path)
        self.path = path
        guard FileSystem.regularFileSize(at: "\(path)/configuration.json") != nil else {
            throw LogError(.noRun, path: path, "holds no run: there is no configuration.json in it")
        }
        lock = try RunDirectory.locked(path)
        do throws(FileError) {
            for name in try FileSystem.contents(ofDirectory: path) where RunDirectory.isLeftover(name) {
                try RunDirectory.removeFlatDirectory("\(path)/\(name)")
            }
        } catch {
            throw LogError(error)
        }
    }

    /// The settings that the run was begun with.
    ///
    /// - Throws: ``ConfigurationError`` where they were changed to something that is none.
    public func configuration() throws(ConfigurationError) -> TrainingConfiguration {
        try TrainingConfiguration(path: "\(path)/configuration.json")
    }

    /// The file of ``MetricsLog``.
    public var metricsPath: String { "\(path)/metrics.jsonl" }
    /// The file of ``SamplesLog``.
    public var samplesPath: String { "\(path)/samples.jsonl" }

    private static func locked(_ path: String) throws(LogError) -> FileLock {
        let lock: FileLock?
        do throws(FileError) {
            lock = try FileLock(trying: "\(path)/configuration.json")
        } catch {
            throw LogError(error)
        }
        guard let lock else { throw LogError(.inUse, path: path, "is in use: another process trains there") }
        return lock
    }

    private static func trimmed(_ path: String) -> String {
        var path = path[...]
        while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
        return String(path)
    }

    /// Removes what a run has written under a name; leaves what it has not.
    private static func remove(_ name: String, of path: String) throws(FileError) {
        let place = "\(path)/\(name)"
        if checkpointStep(of: name) != nil || isLeftover(name) {
            try removeFlatDirectory(place)
        } else if name == "metrics.jsonl" || name == "samples.jsonl" || name.hasPrefix("events.out.tfevents.")
            || (name.hasPrefix("failed-update-") && name.hasSuffix(".json"))
        {
            try FileSystem.remove(fileAt: place)
        }
    }
}

extension RunDirectory {
    /// Where the checkpoint after an update is.
    public func checkpointPath(_ step: Int) -> String { "\(path)/checkpoint-\(step)" }

    /// Where it is written until it is complete, to be renamed then.
    public func temporaryCheckpointPath(_ step: Int) -> String { "\(path)/.checkpoint-\(step).tmp" }

    /// The updates after which there are checkpoints, in ascending order.
    ///
    /// - Throws: ``LogError`` when the directory cannot be listed.
    public func checkpoints() throws(LogError) -> [Int] {
        do throws(FileError) {
            return try FileSystem.contents(ofDirectory: path).compactMap { RunDirectory.checkpointStep(of: $0) }
                .sorted()
        } catch {
            throw LogError(error)
        }
    }

    /// Removes a checkpoint: at once under its name, so that it is never half there.
    ///
    /// - Throws: ``LogError``.
    public func removeCheckpoint(_ step: Int) throws(LogError) {
        do throws(FileError) {
            let removed = "\(path)/.checkpoint-\(step).removed"
            try RunDirectory.removeFlatDirectory(removed)
            try FileSystem.renameDirectory(at: checkpointPath(step), to: removed, synchronizing: false)
            try RunDirectory.removeFlatDirectory(removed)
        } catch {
            throw LogError(error)
        }
    }

    /// Removes the oldest checkpoints but the last `limit`; nil keeps all.
    ///
    /// - Throws: ``LogError``.
    public func keepCheckpoints(_ limit: Int?) throws(LogError) {
        guard let limit else { return }
        for step in try checkpoints().dropLast(max(limit, 1)) { try removeCheckpoint(step) }
    }

    static func checkpointStep(of name: String) -> Int? {
        let front = "checkpoint-"
        guard name.hasPrefix(front) else { return nil }
        let digits = name.dropFirst(front.count)
        // As it is written: no sign, no zero in front.
        guard let step = Int(digits), step >= 0, "\(step)" == digits else { return nil }
        return step
    }

    private static func isLeftover(_ name: String) -> Bool {
        name.hasPrefix(".checkpoint-") && (name.hasSuffix(".tmp") || name.hasSuffix(".removed"))
    }

    /// Removes a directory of files, or one file; there may be none. A directory in it is somebody else's, and an error.
    private static func removeFlatDirectory(_ path: String) throws(FileError) {
        guard FileSystem.exists(path) else { return }
        guard FileSystem.isDirectory(path) else { return try FileSystem.remove(fileAt: path) }
        for name in try FileSystem.contents(ofDirectory: path) { try FileSystem.remove(fileAt: "\(path)/\(name)") }
        try FileSystem.remove(emptyDirectoryAt: path)
    }
}
