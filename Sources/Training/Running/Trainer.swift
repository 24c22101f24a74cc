import Checkpoints
import Files
import Kernels
import Objectives
import Tensors
import Transformers

/// Runs the phases of a configuration: updates, checkpoints, and what there is to say of them.
///
/// A run is a pure function of its configuration, its data, its initial weights, the number of threads and the machine's vector
/// instructions: it gives the same bits however often it is stopped and resumed. Checkpoints are written only where no rollouts
/// are in flight: between updates, or, where a batch of rollouts has several, between batches.
public final class Trainer {
    let configuration: TrainingConfiguration
    let policy: TrainedPolicy
    let inputs: TrainingInputs
    unowned let observer: any TrainingObserver
    /// Where the run stands.
    public internal(set) var state: TrainerState
    var warnings = RunWarnings()
    private var lastCheckpoint: String?
    private var savedStep: Int
    private var phaseSteps: [Int] = []
    private var datasets: [any TrainingData] = []

    /// A run from the beginning, or from a checkpoint.
    ///
    /// - Parameters:
    ///   - policy: with the weights, and the optimiser's state, of the beginning or the checkpoint.
    ///   - observer: kept by the caller for as long as the trainer.
    ///   - state: of the checkpoint, see ``TrainerState/init(checkpoint:)``; nil for the beginning.
    /// - Throws: ``TrainingError`` where the checkpoint is of a run with other settings or other files, or a phase has settings that
    ///   make no sense.
    public init(
        _ configuration: TrainingConfiguration, policy: TrainedPolicy, inputs: TrainingInputs,
        observer: any TrainingObserver, resuming state: TrainerState? = nil
    ) throws {
        self.configuration = configuration
        self.policy = policy
        self.inputs = inputs
        self.observer = observer
        var begun = state ?? TrainerState()
        if let state {
            try state.requireSame(configuration, files: inputs.files)
            guard state.phase <= configuration.phases.count else {
                throw TrainingError(.unusableCheckpoint, "checkpoint-\(state.step)", "is of a phase that there is not")
            }
        }
        begun.configuration = configuration.node
        begun.files = inputs.files ?? begun.files
        self.state = begun
        savedStep = begun.step
        lastCheckpoint = state.map { inputs.store.path($0.step) }
    }

    /// Updates of all phases; known once the run began.
    public var totalSteps: Int { phaseSteps.reduce(0, +) }

    /// Updates of a phase over its data.
    ///
    /// - Throws: ``TrainingError`` for settings that make no whole groups or updates, and data without the prefixes that they
    ///   want; what reading throws.
    public static func steps(_ phase: TrainingPhase, _ data: any TrainingData) throws -> Int {
        try PhaseRun.steps(phase, data)
    }

    /// Runs what is left of the phases.
    ///
    /// - Throws: ``TrainingError``; what data, rewards and the observer throw; `FileError`, `CheckpointError`;
    ///   `CancellationError`. The last checkpoint is whole.
    public func run() throws -> TrainingOutcome {
        try measurePhases()
        while state.phase < configuration.phases.count {
            let (number, steps, data) = (state.phase, phaseSteps[state.phase], datasets[state.phase])
            // What the phases before have learnt is not lost where this one cannot begin.
            let begun = try savingBeforeFailure { try PhaseRun(self, number: number, steps: steps, data: data) }
            guard try begun.run() else { return try finish(isComplete: false) }
            let next = state.phase + 1
            guard next < configuration.phases.count else { break }
            if try configuration.startsWithReference(next) {
                try savingBeforeFailure { try inputs.store.saveReference(policy, phase: next) }
            }
            beginPhase(next)
        }
        return try finish(isComplete: true)
    }

    private func measurePhases() throws {
        guard phaseSteps.isEmpty else { return }
        for phase in configuration.phases {
            let data = try inputs.data(phase)
            datasets.append(data)
            phaseSteps.append(try PhaseRun.steps(phase, data))
        }
    }

    private func beginPhase(_ number: Int) {
        state.phase = number
        state.phaseStep = 0
        state.secondMomentSteps = 0
        state.cursor = DataOrder.Cursor()
        policy.resetOptimizer()
        warnings.beginPhase()
    }

    /// The policy of the KL term in a phase: the model that the configuration names, or that with which the phase began.
    func reference(phase number: Int) throws -> (weights: TransformerWeights, adapter: LoRAAdapter?) {
        guard try configuration.startsWithReference(number) else {
            let isBase = policy.adapter != nil && configuration.model.referencePath == nil
            return (isBase ? policy.weights : try inputs.reference(), nil)
        }
        let path = inputs.store.referencePath(phase: number)
        guard FileSystem.isDirectory(path) else {
            throw TrainingError(
                .unusableCheckpoint, path,
                "is not there: the model with which the phase \(number) began, from which beta keeps the policy; go on from a checkpoint of the phase before"
            )
        }
        let threads = policy.team.count
        if policy.adapter != nil {
            let model = policy.weights.configuration
            return (policy.weights, try LoRAAdapter.load(path, for: model, threads: threads))
        }
        return (
            try TransformerWeights.load(
                path, type: configuration.model.isBFloat16 ? .bfloat16 : .float32, threads: threads), nil
        )
    }

    private func finish(isComplete: Bool) throws -> TrainingOutcome {
        if savedStep != state.step { try save() }
        return TrainingOutcome(step: state.step, checkpoint: lastCheckpoint, isComplete: isComplete)
    }

    // MARK: Between updates

    /// Takes note of an update.
    func finishUpdate(_ metrics: [Metric]) throws {
        try observer.updated(state.step, of: totalSteps, metrics)
        for warning in warnings.check(metrics) { observer.warned(warning) }
    }

    /// Warns of an update that teaches nothing.
    func noteLoss(_ window: [TrainingSequence]) {
        if let warning = warnings.check(window) { observer.warned(warning) }
    }

    /// Warns of what is wrong where it was not before; nil where nothing is.
    func note(_ reason: String, _ message: String?) {
        if warnings.isNew(reason, message != nil), let message { observer.warned(message) }
    }

    /// Writes a checkpoint where one is due; no rollouts are in flight.
    func saveIfDue() throws {
        let interval = max(1, configuration.run.saveSteps)
        if state.step / interval > savedStep / interval { try save() }
    }

    /// Does what comes before an update. Where it fails, the updates so far are saved first, at the place where the run stood
    /// before, so that a run that is resumed loses none of them.
    func savingBeforeFailure<Result>(_ body: () throws -> Result) throws -> Result {
        let before = state
        do {
            return try body()
        } catch {
            state = before
            // The first error is the one to tell of.
            if savedStep != state.step { try? save() }
            throw error
        }
    }

    private func save() throws {
        let path = try inputs.store.save(policy, state)
        lastCheckpoint = path
        savedStep = state.step
        observer.saved(path)
    }
}

extension TrainingConfiguration {
    /// Whether a phase has a KL term to the model with which it begins, and that is not the model of the whole run.
    fileprivate func startsWithReference(_ number: Int) throws -> Bool {
        number > 0 && model.referencePath == nil ? try phases[number].objective().needsReference : false
    }
}
