/// Everything that a run writes down beside its checkpoints.
public struct RunLog: ~Copyable, Sendable {
    private var metrics: MetricsLog
    private var samples: SamplesLog
    private var events: EventFile?
    private let settings: RunSettings

    /// Opens the logs of a run.
    ///
    /// - Parameters:
    ///   - directory: the run's directory.
    ///   - settings: what is written, and how often.
    ///   - step: the update after which the run goes on; what the logs have of later ones is dropped. 0 for a new run.
    /// - Throws: ``LogError``.
    public init(_ directory: RunDirectory, _ settings: RunSettings, after step: Int) throws(LogError) {
        let metrics = try MetricsLog(path: directory.metricsPath, keepingThrough: step)
        let samples = try SamplesLog(path: directory.samplesPath, keepingThrough: step)
        let events = try RunLog.events(directory, settings, after: step)
        self.settings = settings
        self.metrics = metrics
        self.samples = samples
        self.events = events
    }

    private static func events(
        _ directory: RunDirectory, _ settings: RunSettings, after step: Int
    ) throws(LogError) -> EventFile? {
        guard settings.reporting == .tensorboard else { return nil }
        return try EventFile(directory: directory.path, after: step)
    }

    /// Writes the metrics of an update: to metrics.jsonl always, to TensorBoard each ``RunSettings/loggingSteps``, and those
    /// of evaluations always.
    ///
    /// - Throws: ``LogError``.
    public mutating func append(step: Int, _ values: [(name: String, value: Double)]) throws(LogError) {
        try metrics.append(step: step, values)
        var events = values
        if step % max(settings.loggingSteps, 1) != 0 { events.removeAll { !$0.name.hasPrefix("eval") } }
        if !events.isEmpty { try self.events?.append(step: step, events) }
    }

    /// How many rollouts of a batch are to be written: none, but each ``RunSettings/completionSteps``; nil for all.
    ///
    /// - Parameters:
    ///   - step: the first update that the batch is used in, from 1.
    ///   - updates: how many updates it is used in.
    public func sampleLimit(step: Int, updates: Int = 1) -> Int? {
        let interval = max(settings.completionSteps, 1)
        let isDue = step == 1 || (step - 1) / interval < (step - 1 + max(updates, 1)) / interval
        guard settings.logsCompletions, isDue else { return 0 }
        return settings.completionLimit
    }

    /// Writes rollouts.
    ///
    /// - Throws: ``LogError``.
    public mutating func append(_ rollouts: [RolloutSample]) throws(LogError) {
        try samples.append(rollouts)
    }
}
