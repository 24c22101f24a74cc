import CLayers

/// Stochastic gradient descent with momentum, as `torch.optim.SGD` has it without dampening, but with a decay that is
/// decoupled as AdamW's:
///
///     w = w (1 - learningRate weightDecay)
///     b = momentum b + g
///     w = w - learningRate b
///
/// What is kept is m = (1 - momentum) b, and nothing of v. A step is as large as the gradients are, and shrinks with them.
public struct MomentumSGD: OptimizerRule, Hashable {
    /// The learning rate, at least 0; it may change from step to step.
    public var learningRate: Double
    /// How much of the direction stays from step to step, from 0 to below 1.
    public var momentum: Double
    /// The share of a weight that goes in each step, in units of the learning rate.
    public var weightDecay: Double

    /// Without decay unless told otherwise.
    public init(learningRate: Double, momentum: Double = 0, weightDecay: Double = 0) {
        precondition((0..<1).contains(momentum), "momentum is from 0 to below 1")
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// One step for weights in a matrix; see ``OptimizerRule``.
    public func step(_ team: ThreadTeam, number: Int, weights: Matrix, gradients: Matrix, m: Matrix, v: Matrix) {
        MomentUpdate(coefficients, level: .best).run(
            team, weights.flat, narrow: nil, MomentUpdate.Numbers(gradients: gradients, m: m, v: v))
    }

    /// One step for the weights of a layer; see ``OptimizerRule``.
    public func step(
        _ team: ThreadTeam, number: Int, weights: WeightMatrix, master: Matrix?, gradients: Matrix, m: Matrix,
        v: Matrix
    ) {
        MomentUpdate(coefficients, level: .best).run(
            team, weights: weights, master: master, MomentUpdate.Numbers(gradients: gradients, m: m, v: v))
    }

    /// With v zero and an epsilon of 1 nothing is divided by.
    private var coefficients: clayers_adamw {
        clayers_adamw(
            keep: Float(1 - learningRate * weightDecay), beta2: 1, rest1: Float(1 - momentum), rest2: 0,
            step: Float(learningRate / (1 - momentum)), root: 1, epsilon: 1)
    }
}
