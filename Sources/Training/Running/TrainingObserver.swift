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
    /// Asked between updates, and often while rollouts are sampled: whether to write a checkpoint and stop. Rollouts that are being
    /// sampled are dropped then; a resumed run samples the same.
    var wantsStop: Bool { get }
}

/// What a run takes from outside.
public struct TrainingInputs {
    /// The data of a phase; asked for also with the path of the data that the phase is evaluated on.
    public var data: (TrainingPhase) throws -> any TrainingData
    /// The rewards of a phase; asked for where it samples, or is evaluated.
    public var scorer: (TrainingPhase) throws -> RewardScorer
    /// The reference of the KL term that the configuration names, or else the model of the start; asked for where an objective has
    /// the term. In a first phase an adapter's reference is the model without it; the reference of a later phase is what that phase
    /// began with, which the run keeps itself.
    public var reference: () throws -> TransformerWeights
    /// Where checkpoints go.
    public var store: CheckpointStore
    /// The files that all this is read from, by which a resumed run sees whether they have changed; nil where it is not to look.
    public var files: [FileIdentity]?

    /// Gathers them.
    public init(
        data: @escaping (TrainingPhase) throws -> any TrainingData,
        scorer: @escaping (TrainingPhase) throws -> RewardScorer,
        reference: @escaping () throws -> TransformerWeights, store: CheckpointStore, files: [FileIdentity]? = nil
    ) {
        self.data = data
        self.scorer = scorer
        self.reference = reference
        self.store = store
        self.files = files
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
