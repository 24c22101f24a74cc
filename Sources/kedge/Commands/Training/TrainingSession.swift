import Files
import Kernels
import PrefixDatasets
import Tensors
import Training
import Transformers

/// A run of `kedge train`: models, data and logs, from paths.
struct TrainingSession {
    private let configuration: TrainingConfiguration
    private let threads: Int
    private let progress: ProgressLine
    private let texts: TrainingTexts
    private let datasets: [String: PrefixTrainingData]

    init(_ configuration: TrainingConfiguration, threads: Int, tokenizer: String?, progress: ProgressLine) throws {
        self.configuration = configuration
        self.threads = threads
        self.progress = progress
        var datasets: [String: PrefixTrainingData] = [:]
        for phase in configuration.phases {
            let heldOut = phase.evaluation.isWanted ? phase.evaluation.path : nil
            for path in [phase.data.path, heldOut].compactMap({ $0 }) where datasets[path] == nil {
                datasets[path] = try PrefixTrainingData(path)
            }
        }
        self.datasets = datasets
        texts = try TrainingTexts(configuration, datasets: datasets, explicit: tokenizer)
    }

    /// What the run will take, phase by phase, and a row as it is learnt from.
    func preview(asJSON: Bool) throws -> String {
        let files = try ModelFiles(configuration.model.path, reading: CheckpointReading.guarded)
        try checks.run(files.configuration)
        let preview = TrainingPreview(configuration, model: files.configuration, texts: texts, threads: threads)
        return try preview.text(datasets, asJSON: asJSON)
    }

    private var checks: TrainingChecks {
        TrainingChecks(configuration: configuration, datasets: datasets, texts: texts)
    }

    private var type: ElementType { configuration.model.isBFloat16 ? .bfloat16 : .float32 }

    /// Runs it until it is done or has to stop.
    ///
    /// - Parameters:
    ///   - stopping: asks the run to stop; nil for a signal to the process.
    ///   - onUpdate: told the number of each update.
    mutating func run(
        isResuming: Bool, isOverwriting: Bool, stopping: StopFlag? = nil,
        onUpdate: @escaping (_ step: Int) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let place = configuration.run.outputDirectory
        let isBegun = isResuming && FileSystem.exists("\(place)/configuration.json")
        // What a model, a checkpoint or a dataset lacks is said before a directory is made.
        let files = try ModelFiles(configuration.model.path, reading: CheckpointReading.guarded)
        try checks.run(files.configuration)
        let identities = try checks.files()
        if isOverwriting { try checks.requireModelsElsewhere() }
        let directory =
            try isBegun
            ? RunDirectory(resuming: place, configuration)
            : RunDirectory(creating: place, configuration, overwriting: isOverwriting)
        let checkpoint = directory.lastCheckpoint
        if isResuming, checkpoint == nil {
            progress.finish()
            StandardError.write(
                "kedge: \(Terminal.printable(place, keepingLineBreaks: false)): there is no checkpoint to go on from; the run begins\n"
            )
        }
        let state = try checkpoint.map { try TrainerState(checkpoint: $0) }
        // Before a model is loaded that may be another one.
        try state?.requireSame(configuration, files: identities)
        let policy = try policy(files.configuration, checkpoint: checkpoint)
        if let checkpoint, let state { try CheckpointStore.restore(policy, state, from: checkpoint) }
        let view = TrainingView(
            try RunLog(directory, configuration.run, after: state?.step ?? 0), texts: texts, progress: progress,
            loggingSteps: configuration.run.loggingSteps, stopping: stopping ?? StopFlag())
        view.onUpdate = onUpdate
        let (datasets, texts, configuration, threads) = (datasets, texts, configuration, threads)
        let inputs = TrainingInputs(
            data: { phase in
                guard let data = datasets[phase.data.path] else { return try PrefixTrainingData(phase.data.path) }
                return data
            },
            scorer: { phase in
                try TrainingRewards.scorer(
                    phase, texts: texts, isStopped: { [stopping = view.stopping] in stopping.isSet })
            },
            reference: {
                try TransformerWeights.load(
                    configuration.model.referencePath ?? configuration.model.path,
                    type: configuration.model.isBFloat16 ? .bfloat16 : .float32, threads: threads,
                    reading: CheckpointReading.guarded)
            },
            store: CheckpointStore(
                directory: directory.path, files: policy.adapter == nil ? files : nil,
                limit: configuration.run.saveLimit,
                threads: threads), files: identities)
        if stopping == nil {
            Interruption.waitForCommand()
            let stopping = view.stopping
            Interruption.onSignal { stopping.set() }
        }
        defer { progress.finish() }
        return try withExtendedLifetime((view, directory)) {
            let trainer = try Trainer(configuration, policy: policy, inputs: inputs, observer: view, resuming: state)
            do {
                return try trainer.run()
            } catch let error where !(error is TrainingError || error is CancellationError) {
                throw StoppedRunError(
                    reason: error, checkpoint: try? CheckpointStore.checkpoints(in: directory.path).last?.path)
            }
        }
    }

    /// The model with its adapter, of the beginning or of a checkpoint.
    private func policy(_ model: TransformerConfiguration, checkpoint: String?) throws -> TrainedPolicy {
        let settings = configuration.model
        let path = settings.usesAdapter ? settings.path : checkpoint ?? settings.path
        let line = progress
        let weights = try TransformerWeights.load(
            path, type: type, threads: threads, reading: CheckpointReading.guarded
        ) { done, total in
            line.show("load", done: done, of: total, rate: { "\(Numbers.fixed($0 / 1e6, 1)) MB/s" })
        }
        progress.finish()
        let team = ThreadTeam(count: threads)
        guard settings.usesAdapter else { return TrainedPolicy(weights, team: team) }
        if let checkpoint {
            return TrainedPolicy(
                weights, adapter: try LoRAAdapter.load(checkpoint, for: model, threads: threads), team: team)
        }
        let targets: LoRAConfiguration.Targets =
            settings.adapterTargets == ["all-linear"] ? .allLinear : .names(settings.adapterTargets)
        let adapter = try LoRAAdapter(
            LoRAConfiguration(
                rank: settings.adapterRank, alpha: settings.adapterAlpha, targets: targets,
                isRankStabilised: settings.usesRankStabilizedScale, baseModel: settings.path), of: model,
            seed: UInt64(bitPattern: Int64(configuration.run.seed)))
        return TrainedPolicy(weights, adapter: adapter, team: team)
    }
}
