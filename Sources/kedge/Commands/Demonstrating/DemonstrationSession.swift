import Demonstration
import Files
import JSON
import PrefixDatasets
import Synchronization
import Tensors
import Tokenization
import Transformers

/// The demonstration, from nothing to its page.
struct DemonstrationSession {
    let plan: DemonstrationPlan
    let paths: DemonstrationPaths
    let threads: Int
    let progress: DemonstrationProgress

    init(_ plan: DemonstrationPlan, paths: DemonstrationPaths, threads: Int, progress: DemonstrationProgress) {
        self.plan = plan
        self.paths = paths
        self.threads = threads
        self.progress = progress
    }

    /// Does all of it.
    ///
    /// - Throws: whatever goes wrong, and `CancellationError` for a signal; the directory is removed then.
    func run(overwrite: Bool) async throws -> DemonstrationResult {
        let directory = try DemonstrationDirectory(paths.root, overwrite: overwrite)
        do {
            Interruption.waitForCommand()
            let stopping = StopFlag()
            Interruption.onSignal { stopping.set() }
            let result = try await steps(stopping)
            progress.finish()
            return result
        } catch {
            progress.finish()
            try? directory.remove()
            throw error
        }
    }

    private func steps(_ stopping: StopFlag) async throws -> DemonstrationResult {
        progress.note("problems, traces, datasets and a model of random weights")
        try await prepare(stopping)
        progress.note("\(plan.warmUp.title): \(plan.warmUp.explanation)")
        let first = try train(plan.warmUp, threads: threads, stopping)
        progress.note((plan.comparison + plan.reuse).map { "\($0.title): \($0.explanation)" }.joined(separator: "\n"))
        var scores = try await trainRest(stopping)
        scores[plan.warmUp.name] = first
        let result = DemonstrationResult(plan, scores: scores)
        progress.note("the difference to the beginning, and the page")
        try DemonstrationPages(plan, paths, threads: threads).write(result)
        return result
    }

    // MARK: Data and model

    private func prepare(_ stopping: StopFlag) async throws {
        try FileSystem.createDirectory(at: paths.model)
        try ModelDescription().write(into: paths.model)
        let tokenizer = try TokenizerDirectory(paths.model)
        for dataset in plan.datasets {
            if stopping.isSet { throw CancellationError() }
            try TraceFile.write(
                dataset.settings, count: dataset.count, to: paths.traces(dataset.name), overwrite: false)
            var settings = DatasetSettings()
            (settings.template, settings.expertPart, settings.snap) = (.plain, .full, .none)
            let builder = try DatasetBuilder(
                tokenizer: try Tokenizer(contentsOf: tokenizer.tokenizerPath), directory: tokenizer,
                settings: settings, threads: threads)
            _ = try await builder.build(
                [paths.traces(dataset.name)], output: paths.dataset(dataset.name), overwrite: false)
        }
        for run in plan.runs {
            try OutputFile.write(
                Array(paths.yaml(run, in: plan).utf8), to: paths.configuration(run), overwrite: false)
        }
        var files = try ModelFiles(configuration: "\(paths.model)/config.json")
        try files.takeTokenizer(from: paths.model)
        let weights = try TransformerWeights.random(
            files.configuration, seed: plan.seed, type: .float32, threads: threads, path: paths.model)
        try weights.save(directory: paths.start, files: files)
    }

    // MARK: Runs

    private func train(_ run: RunPlan, threads: Int, _ stopping: StopFlag) throws -> PolicyScore {
        let training = DemonstrationRun(run, plan, paths, threads: threads)
        try training.train(stopping) { progress.updated(run, $0) }
        return try training.evaluate(stopping) { progress.evaluated(run, plan, share: $0) }
    }

    /// The runs that begin with the warmed-up model have nothing to do with each other: each works on threads of its own, and
    /// what it gives does not depend on how many are under way at once.
    private func trainRest(_ stopping: StopFlag) async throws -> [String: PolicyScore] {
        let costly = ["trapo", "grpo", "grpo-reused", "quatro-reused", "sft"]
        let runs = (plan.comparison + plan.reuse).sorted {
            costly.firstIndex(of: $0.name) ?? 0 < costly.firstIndex(of: $1.name) ?? 0
        }
        let queue = RunQueue(runs)
        let team = max(1, threads / runs.count)
        return try await withThrowingTaskGroup(of: [(String, PolicyScore)].self) { group in
            for _ in 0..<min(threads, runs.count) {
                group.addTask {
                    var scores: [(String, PolicyScore)] = []
                    while !stopping.isSet, let run = queue.next() {
                        do {
                            scores.append((run.name, try train(run, threads: team, stopping)))
                        } catch {
                            stopping.set()
                            throw error
                        }
                    }
                    return scores
                }
            }
            var scores: [String: PolicyScore] = [:]
            for try await found in group {
                for (name, score) in found { scores[name] = score }
            }
            if stopping.isSet { throw CancellationError() }
            return scores
        }
    }
}

/// Runs that wait for somebody to do them.
private final class RunQueue: Sendable {
    private let waiting: Mutex<[RunPlan]>

    init(_ runs: [RunPlan]) { waiting = Mutex(runs) }

    /// The first one, which does not wait any more.
    func next() -> RunPlan? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
