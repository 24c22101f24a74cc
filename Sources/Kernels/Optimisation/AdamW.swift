import CLayers

/// AdamW (Loshchilov and Hutter, 2019), with the formula and the roundings of `torch.optim.AdamW`:
///
///     w = w (1 - learningRate weightDecay)
///     m = m + (1 - beta1) (g - m)
///     v = beta2 v + (1 - beta2) g²
///     w = w - learningRate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
///
/// A step reads and writes everything once, and does not depend on the number of threads.
///
/// A step may keep v, so that steps shrink as gradients do: then t of v's correction counts the steps that changed it. Where the
/// gradient is larger than what v says, v rises to it, sqrt(v) / sqrt(1 - beta2^t) = |g|: no step is larger than Adam's first.
public struct AdamW: OptimizerRule, Hashable {
    /// The learning rate, at least 0; it may change from step to step.
    public var learningRate: Double
    /// How much of the first moment stays from step to step, from 0 to below 1.
    public var beta1: Double
    /// How much of the second moment stays from step to step, from 0 to below 1.
    public var beta2: Double
    /// Added to the denominator, at least 0.
    public var epsilon: Double
    /// The share of a weight that goes in each step, in units of the learning rate.
    public var weightDecay: Double
    /// How many steps have changed the second moment, this one included where it does; nil for all of them. At least 1.
    public var secondMomentSteps: Int?
    /// Whether the second moment stays as it is, but where it is too small for the gradient.
    public var keepsSecondMoment = false

    /// With torch's defaults.
    public init(
        learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0.01
    ) {
        precondition((0..<1).contains(beta1) && (0..<1).contains(beta2), "betas are from 0 to below 1")
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    /// One step for weights in a matrix.
    ///
    /// All matrices have as many numbers, and no gaps between rows.
    ///
    /// - Parameters:
    ///   - number: t, the number of the step, from 1.
    ///   - m: The first moments, zeros at first.
    ///   - v: The second moments, zeros at first.
    public func step(
        _ team: ThreadTeam, number: Int, weights: Matrix, gradients: Matrix, m: Matrix, v: Matrix
    ) {
        let numbers = MomentUpdate.Numbers(gradients: gradients, m: m, v: v)
        if let floor = floor(number) { numbers.raise(team, to: floor) }
        MomentUpdate(coefficients(number), level: .best).run(team, weights.flat, narrow: nil, numbers)
    }

    /// One step for the weights of a layer.
    ///
    /// - Parameters:
    ///   - number: t, the number of the step, from 1.
    ///   - master: The weights in binary32 where those of the layer are `bfloat16`, which then get them rounded to nearest,
    ///     ties to even; otherwise nil.
    ///   - m: The first moments, zeros at first.
    ///   - v: The second moments, zeros at first.
    public func step(
        _ team: ThreadTeam, number: Int, weights: WeightMatrix, master: Matrix? = nil, gradients: Matrix, m: Matrix,
        v: Matrix
    ) {
        step(
            team, number: number, weights: weights, master: master, gradients: gradients, m: m, v: v, level: .best)
    }

    func step(
        _ team: ThreadTeam, number: Int, weights: WeightMatrix, master: Matrix?, gradients: Matrix, m: Matrix,
        v: Matrix, level: LayerLevel
    ) {
        let numbers = MomentUpdate.Numbers(gradients: gradients, m: m, v: v)
        if let floor = floor(number) { numbers.raise(team, to: floor) }
        MomentUpdate(coefficients(number), level: level).run(team, weights: weights, master: master, numbers)
    }

    /// The least v in squares of the gradient; nil where every step changes it.
    private func floor(_ number: Int) -> Float? {
        keepsSecondMoment ? Float(1 - Self.power(beta2, secondMomentSteps ?? number)) : nil
    }

    private func coefficients(_ number: Int) -> clayers_adamw {
        precondition(number >= 1 && secondMomentSteps ?? 1 >= 1, "steps are counted from 1")
        return clayers_adamw(
            keep: Float(1 - learningRate * weightDecay), beta2: keepsSecondMoment ? 1 : Float(beta2),
            rest1: Float(1 - beta1), rest2: keepsSecondMoment ? 0 : Float(1 - beta2),
            step: Float(learningRate / (1 - Self.power(beta1, number))),
            root: Float((1 - Self.power(beta2, secondMomentSteps ?? number)).squareRoot()), epsilon: Float(epsilon))
    }

    /// Repeated squaring: for the numbers of steps that there are, within rounding of pow.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, square, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
