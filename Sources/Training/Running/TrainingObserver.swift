public import Transformers

/// Is told what happens in a run, on the thread that runs it.
public protocol TrainingObserver: AnyObject {
    /// After an update, with its number, from 1; 0 for what was measured before the first.
    func updated(_ step: Int, of total: Int, _ metrics: [Metric]) throws
    /// After rollouts were sampled, before they are used.
    func sampled(_ batch: RolloutBatchRecord) throws
    /// Something is going wrong; the run goes on.
    func warned(_ message: String)
    /// A checkpoint is whole.
    func saved(_ path: String)
    /// Asked between updates: whether to write a checkpoint and stop.
    var wantsStop: Bool { get }
}

/// What a run takes from outside.
public struct TrainingInputs {
    /// The data of a phase; asked for also with the path of the data that the phase is evaluated on.
    public var data: (TrainingPhase) throws -> any TrainingData
    /// The rewards of a phase; asked for where it samples, or is evaluated.
    public var scorer: (TrainingPhase) throws -> RewardScorer
    /// The reference of the KL term of a whole model; asked for where the objective has the term. An adapter's reference is the
    /// model without it, unless the configuration names one.
    public var reference: () throws -> TransformerWeights
    /// Where checkpoints go.
    public var store: CheckpointStore

    /// Gathers them.
    public init(
        data: @escaping (TrainingPhase) throws -> any TrainingData,
        scorer: @escaping (TrainingPhase) throws -> RewardScorer,
        reference: @escaping () throws -> TransformerWeights, store: CheckpointStore
    ) {
        self.data = data
        self.scorer = scorer
        self.reference = reference
        self.store = store
    }
}

/// How a run ended.
public struct TrainingOutcome: Sendable {
    /// Updates taken.
    public let step: Int
    /// The last checkpoint; nil where there is none.
    public let checkpoint: String?
    /// Whether all phases are done; false where the observer wanted a stop.
    public let isComplete: Bool
}
