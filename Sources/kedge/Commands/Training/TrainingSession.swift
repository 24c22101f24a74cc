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
        for phase in configuration.phases where datasets[phase.data.path] == nil {
            datasets[phase.data.path] = try PrefixTrainingData(phase.data.path)
        }
        self.datasets = datasets
        texts = try TrainingTexts(configuration, datasets: datasets, explicit: tokenizer)
    }

    /// What the run will take, phase by phase, and a row as it is learnt from.
    func preview(asJSON: Bool) throws -> String {
        let files = try ModelFiles(configuration.model.path, reading: CheckpointReading.guarded)
        let preview = TrainingPreview(configuration, model: files.configuration, texts: texts, threads: threads)
        return try preview.text(datasets, asJSON: asJSON)
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
        for phase in configuration.phases {
            if let data = datasets[phase.data.path] { _ = try Trainer.steps(phase, data) }
        }
        if isOverwriting { try requireModelsElsewhere() }
        let directory =
            try isBegun
            ? RunDirectory(resuming: place)
            : RunDirectory(creating: place, configuration, overwriting: isOverwriting)
        let checkpoint = try isBegun ? CheckpointStore.checkpoints(in: directory.path).last?.path : nil
        let state = try checkpoint.map { try TrainerState(checkpoint: $0) }
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
            scorer: { phase in try TrainingRewards.scorer(phase, texts: texts) },
            reference: {
                try TransformerWeights.load(
                    configuration.model.referencePath ?? configuration.model.path,
                    type: configuration.model.isBFloat16 ? .bfloat16 : .float32, threads: threads,
                    reading: CheckpointReading.guarded)
            },
            store: CheckpointStore(
                directory: directory.path, files: policy.adapter == nil ? files : nil,
                limit: configuration.run.saveLimit,
                threads: threads))
        if stopping == nil {
            Interruption.waitForCommand()
            let stopping = view.stopping
            Interruption.onSignal { stopping.set() }
        }
        defer { progress.finish() }
        return try withExtendedLifetime((view, directory)) {
            try Trainer(configuration, policy: policy, inputs: inputs, observer: view, resuming: state).run()
        }
    }

    /// A run that is about to be removed must not hold what the new one begins with.
    private func requireModelsElsewhere() throws {
        guard let place = FileSystem.resolvedPath(configuration.run.outputDirectory) else { return }
        for path in [configuration.model.path, configuration.model.referencePath].compactMap({ $0 }) {
            guard let model = FileSystem.resolvedPath(path), model.hasPrefix("\(place)/checkpoint-") else { continue }
            throw OverwrittenModelError(path: path, directory: configuration.run.outputDirectory)
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

/// A model that `--force` would remove before it is read.
struct OverwrittenModelError: Error, CustomStringConvertible {
    let path: String
    let directory: String

    var description: String {
        "\(path): is a checkpoint of the run in \(directory), which --force removes; give another output_dir"
    }
}
