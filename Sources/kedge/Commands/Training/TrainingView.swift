import Synchronization
import Training

/// Whether a run is to stop; set from any thread.
final class StopFlag: Sendable {
    private let state = Mutex(false)

    /// Whether it is set.
    var isSet: Bool { state.withLock { $0 } }
    /// Sets it.
    func set() { state.withLock { $0 = true } }
}

/// Writes down what happens in a run, and shows it on a line.
final class TrainingView: TrainingObserver {
    private var log: RunLog
    private let texts: TrainingTexts
    private let progress: ProgressLine
    private let loggingSteps: Int
    /// Told of each update, where the run is a part of something larger.
    var onUpdate: (_ step: Int) -> Void = { _ in }
    /// Asks the run to stop after its update.
    let stopping: StopFlag

    init(
        _ log: consuming RunLog, texts: TrainingTexts, progress: ProgressLine, loggingSteps: Int, stopping: StopFlag
    ) {
        self.stopping = stopping
        self.log = log
        self.texts = texts
        self.progress = progress
        self.loggingSteps = max(1, loggingSteps)
    }

    var wantsStop: Bool { stopping.isSet }

    func updated(_ step: Int, of total: Int, _ metrics: [Metric]) throws {
        try log.append(step: step, metrics.map { ($0.name, $0.value) })
        onUpdate(step)
        progress.show(
            "train", done: step, of: total, rate: { "\(Numbers.fixed($0, 2)) updates/s" }, details: details(metrics))
    }

    private func details(_ metrics: [Metric]) -> String {
        let names = ["loss", "reward", "kl", "entropy", "grad_norm", "completions/mean_length"]
        return names.compactMap { name in
            metrics.first { $0.name == name }.map { "\(name) \(Numbers.fixed($0.value, 4))" }
        }.joined(separator: " · ")
    }

    func sampled(_ batch: RolloutBatchRecord) throws {
        let limit = log.sampleLimit(step: batch.step, updates: batch.updates) ?? batch.rollouts.count
        var places: [Int: Int] = [:]
        var samples: [RolloutSample] = []
        for rollout in batch.rollouts.prefix(limit) {
            let place = places[rollout.group, default: 0]
            places[rollout.group] = place + 1
            samples.append(
                RolloutSample(
                    step: batch.step, group: rollout.group, rollout: place,
                    prompt: try texts.text(rollout.prompt, skippingSpecialTokens: false),
                    prefix: try texts.text(rollout.prefix, skippingSpecialTokens: false),
                    continuation: try texts.text(rollout.completion, skippingSpecialTokens: false),
                    prefixRatio: rollout.ratio, prefixTokens: rollout.prefix.count,
                    continuationTokens: rollout.completion.count,
                    finishReason: rollout.completion.isEmpty ? nil : rollout.isTruncated ? "length" : "stop",
                    reward: rollout.reward, rewards: zip(batch.rewardNames, rollout.rewardParts).map { ($0, $1) },
                    advantage: rollout.advantage))
        }
        if !samples.isEmpty { try log.append(samples) }
    }

    func warned(_ message: String) {
        progress.finish()
        StandardError.write("kedge: warning: \(Terminal.printable(message, keepingLineBreaks: false))\n")
    }

    func saved(_ path: String) {}
}
