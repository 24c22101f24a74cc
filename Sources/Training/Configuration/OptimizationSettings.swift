import Kernels

/// How many updates a phase has, of how many sequences, and how large they are. Keys in brackets.
public struct OptimizationSettings: Sendable, Equatable {
    /// How many updates; nil for as many as ``epochs`` make [`max_steps`, where -1 is nil].
    public var maxSteps: Int?
    /// How often the rows are gone through, where ``maxSteps`` is nil; above 0, also in parts [`num_train_epochs`].
    public var epochs = 3.0
    /// Sequences of a forward and backward pass, at least 1 [`per_device_train_batch_size`].
    public var batchSize = 8
    /// Passes of an update, at least 1 [`gradient_accumulation_steps`].
    public var gradientAccumulationSteps = 1
    /// The most tokens of a pass, where fewer sequences than ``batchSize`` have them; a longer sequence is a pass of its own.
    /// Gradients do not depend on it but for rounding. nil for no limit, or 1,024 in small models [`max_tokens_per_pass`].
    public var maxTokensPerPass: Int?
    /// How weights follow gradients [`optim`].
    public var optimizer = Optimizer.adamW
    /// How much of its direction `sgd` keeps from step to step, in 0..<1 [`sgd_momentum`].
    public var momentum = 0.0
    /// Whether of the updates that a batch of rollouts is used for the first alone changes AdamW's mean of squared gradients, so
    /// that steps shrink with the gradient within a batch, as those of `sgd` do [`adam_freeze_second_moment`].
    public var freezesSecondMoment = false
    /// The learning rate at its highest, at least 0 [`learning_rate`].
    public var learningRate = 2e-5
    /// The decoupled decay, at least 0; vectors (norms, biases) have none [`weight_decay`].
    public var weightDecay = 0.0
    /// AdamW's decay of the mean of gradients, in 0..<1 [`adam_beta1`].
    public var beta1 = 0.9
    /// AdamW's decay of the mean of squared gradients, in 0..<1 [`adam_beta2`].
    public var beta2 = 0.999
    /// What AdamW adds to the root, above 0 [`adam_epsilon`].
    public var epsilon = 1e-8
    /// The norm over all gradients to which a larger one is scaled down; 0 for no limit [`max_grad_norm`].
    public var maxGradientNorm = 1.0
    /// How the learning rate moves on [`lr_scheduler_type`].
    public var scheduleType = ScheduleType.linear
    /// Updates in which the learning rate rises from 0, at least 0 [`warmup_steps`].
    public var warmupSteps = 0
    /// The same as a share of all updates, in 0...1, where ``warmupSteps`` is 0 [`warmup_ratio`].
    public var warmupRatio = 0.0

    /// How a learning rate moves, as in transformers.
    public enum ScheduleType: String, Sendable, CaseIterable {
        /// It does not; there is no warm-up.
        case constant
        /// It stays after the warm-up.
        case constantWithWarmup = "constant_with_warmup"
        /// It falls to 0 on a straight line after the warm-up.
        case linear
        /// It falls to 0 on half a cosine after the warm-up.
        case cosine
    }

    /// How weights follow gradients.
    public enum Optimizer: String, Sendable, CaseIterable {
        /// AdamW: steps of about the learning rate, however small gradients are.
        case adamW = "adamw"
        /// Gradient descent with momentum: steps in proportion to the gradient.
        case sgd
    }

    /// The defaults.
    public init() {}

    /// Sequences of an update.
    public var sequencesPerUpdate: Int { batchSize * gradientAccumulationSteps }

    /// The updates of the warm-up in `total`: ``warmupSteps``, or else their share, rounded up as in transformers.
    public func warmupSteps(of total: Int) -> Int {
        warmupSteps > 0 ? warmupSteps : Int((Double(total) * warmupRatio).rounded(.up))
    }

    /// AdamW's step.
    func adamW(_ learningRate: Double) -> AdamW {
        AdamW(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }

    /// The step of `sgd`.
    func momentumSGD(_ learningRate: Double) -> MomentumSGD {
        MomentumSGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    }

    static var settings: [Setting<Self>] {
        [
            .optionalInteger("max_steps", \.maxSteps, absent: -1), .number("num_train_epochs", \.epochs),
            .integer("per_device_train_batch_size", \.batchSize),
            .integer("gradient_accumulation_steps", \.gradientAccumulationSteps),
            .optionalInteger("max_tokens_per_pass", \.maxTokensPerPass), .number("learning_rate", \.learningRate),
            .number("weight_decay", \.weightDecay), .number("adam_beta1", \.beta1), .number("adam_beta2", \.beta2),
            .choice("optim", \.optimizer), .number("sgd_momentum", \.momentum),
            .flag("adam_freeze_second_moment", \.freezesSecondMoment), .number("adam_epsilon", \.epsilon),
            .number("max_grad_norm", \.maxGradientNorm),
            .choice("lr_scheduler_type", \.scheduleType), .integer("warmup_steps", \.warmupSteps),
            .number("warmup_ratio", \.warmupRatio),
        ]
    }
}
