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
/// | `checkpoint-N` | the model and the trainer's state after update N, see ``CheckpointStore`` |
/// | `reference-N` | the model, or the adapter, with which the phase N began, where its objective asks for it |
public struct RunDirectory: Sendable {
    /// The directory.
    public let path: String
    /// The newest whole checkpoint that was there when the run was opened; nil where there was none.
    public let lastCheckpoint: String?

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
            try RunDirectory.write(configuration, in: path)
        }
        lastCheckpoint = nil
        lock = try RunDirectory.locked(path)
    }

    /// Opens a run to go on with it, and removes what a killed process left half-way.
    ///
    /// - Parameters:
    ///   - path: the directory.
    ///   - configuration: settings that take the place of those in configuration.json where there is no checkpoint: the run begins
    ///     with them then. nil leaves the file alone.
    /// - Throws: ``LogError`` with code `noRun` where there is none, and `inUse` where another process trains there.
    public init(resuming path: String, _ configuration: TrainingConfiguration? = nil) throws(LogError) {
        let path = RunDirectory.trimmed(path)
        self.path = path
        guard FileSystem.regularFileSize(at: "\(path)/configuration.json") != nil else {
            throw LogError(.noRun, path: path, "holds no run: there is no configuration.json in it")
        }
        let lock = try RunDirectory.locked(path)
        lastCheckpoint = try LogError.wrapping { () throws(FileError) in
            try CheckpointStore.removeUnfinished(in: path)
            return try CheckpointStore.found(in: path).last?.path
        }
        guard let configuration, lastCheckpoint == nil else {
            self.lock = lock
            return
        }
        try LogError.wrapping { () throws(FileError) in try RunDirectory.write(configuration, in: path) }
        // The lock is one of the file that was replaced, and is held until there is one of the new file.
        self.lock = try withExtendedLifetime(lock) { () throws(LogError) in try RunDirectory.locked(path) }
    }

    private static func write(_ configuration: TrainingConfiguration, in path: String) throws(FileError) {
        let text = (try? JSONWriter(isPretty: true).string(configuration.node)) ?? "null"
        try OutputFile.write(Array((text + "\n").utf8), to: "\(path)/configuration.json", overwrite: true)
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
        if CheckpointStore.isOwn(name) {
            try CheckpointStore.remove(place)
        } else if name == "metrics.jsonl" || name == "samples.jsonl" || name.hasPrefix("events.out.tfevents.")
            || (name.hasPrefix("failed-update-") && name.hasSuffix(".json"))
        {
            try FileSystem.remove(fileAt: place)
        }
    }
}
