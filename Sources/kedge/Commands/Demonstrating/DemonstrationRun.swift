import ArgumentParser
import Demonstration
import Evaluation
import Kernels
import PrefixDatasets
import Tensors
import Training
import Transformers

/// A run of the demonstration: its training, and its test.
struct DemonstrationRun {
    private let run: RunPlan
    private let plan: DemonstrationPlan
    private let paths: DemonstrationPaths
    private let threads: Int

    init(_ run: RunPlan, _ plan: DemonstrationPlan, _ paths: DemonstrationPaths, threads: Int) {
        self.run = run
        self.plan = plan
        self.paths = paths
        self.threads = threads
    }

    /// As `kedge train` with the run's settings.
    ///
    /// - Throws: `CancellationError` where it was stopped.
    func train(_ stopping: StopFlag, onUpdate: @escaping (Int) -> Void) throws {
        var session = try TrainingSession(
            TrainingConfiguration(path: paths.configuration(run)), threads: threads, tokenizer: paths.model,
            progress: ProgressLine(.never))
        let outcome = try session.run(
            isResuming: false, isOverwriting: false, stopping: stopping, onUpdate: onUpdate)
        guard outcome.isComplete else { throw CancellationError() }
    }

    /// As `kedge evaluate` on the held-out problems.
    ///
    /// - Throws: `CancellationError` where it was stopped.
    func evaluate(_ stopping: StopFlag, onShare: (Double) -> Void) throws -> PolicyScore {
        let data = try PrefixDataset(paths.dataset("held-out"))
        let weights = try TransformerWeights.load(
            paths.end(of: run), type: .float32, threads: threads, reading: CheckpointReading.guarded)
        var sampling = try SamplingOptions.parse([
            "--max-tokens", "\(DemonstrationPlan.mostTokens)", "--seed", "\(plan.seed)",
        ])
        sampling.batchSize = 128
        var evaluation = PolicyEvaluation(
            generator: try Generator(
                weights, adapter: nil, team: ThreadTeam(count: threads), batchLimit: sampling.batchSize),
            tokenizer: try DatasetTokenizer.load(for: data, explicit: paths.model), sampling: sampling,
            count: DemonstrationPlan.samples, ks: [DemonstrationPlan.samples], judge: AnswerJudge(.strict))
        try evaluation.run(data, ratio: 0, limit: nil) { _, done, total in
            if stopping.isSet { throw CancellationError() }
            onShare(Double(done) / Double(total))
        }
        return PolicyScore(correct: evaluation.records.map(\.correct), samples: DemonstrationPlan.samples)
    }
}
