import CLayers
import Tensors

/// AdamW (Loshchilov and Hutter, 2019), with the formula and the roundings of `torch.optim.AdamW`:
///
///     w = w (1 - learningRate weightDecay)
///     m = m + (1 - beta1) (g - m)
///     v = beta2 v + (1 - beta2) g²
///     w = w - learningRate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
///
/// A step reads and writes everything once, and does not depend on the number of threads.
public struct AdamW: Sendable, Hashable {
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
        step(team, number, weights.flat, narrow: nil, gradients, m, v, level: .best)
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
        if weights.type == .bfloat16 {
            guard let master else { preconditionFailure("weights in bfloat16 have a master copy") }
            precondition(master.rows * master.columns == weights.count, "the master copy has the size of the weights")
            step(team, number, master.flat, narrow: weights, gradients, m, v, level: level)
        } else {
            precondition(master == nil, "weights in binary32 are their own master copy")
            let flat = FlatNumbers(base: weights.float32, count: weights.count)
            step(team, number, flat, narrow: nil, gradients, m, v, level: level)
        }
    }

    private func step(
        _ team: ThreadTeam, _ number: Int, _ weights: FlatNumbers, narrow: WeightMatrix?, _ gradients: Matrix,
        _ m: Matrix, _ v: Matrix, level: LayerLevel
    ) {
        precondition(number >= 1, "steps are counted from 1")
        let (gradients, m, v) = (gradients.flat, m.flat, v.flat)
        precondition(
            gradients.count == weights.count && m.count == weights.count && v.count == weights.count,
            "there is a gradient and two moments for each weight")
        let step = clayers_adamw(
            keep: Float(1 - learningRate * weightDecay), beta2: Float(beta2), rest1: Float(1 - beta1),
            rest2: Float(1 - beta2), step: Float(learningRate / (1 - Self.power(beta1, number))),
            root: Float((1 - Self.power(beta2, number)).squareRoot()), epsilon: Float(epsilon))
        team.divide(weights.count, multipleOf: 64) { part in
            let first = part.lowerBound
            withUnsafePointer(to: step) { step in
                clayers_adamw_step(
                    level.rawValue, step, weights.base + first, narrow.map { $0.bfloat16 + first },
                    gradients.base + first, m.base + first, v.base + first, part.count)
            }
        }
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

/// The numbers of a matrix without gaps.
struct FlatNumbers: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int
}

extension Matrix {
    /// All numbers in one row.
    var flat: FlatNumbers {
        precondition(stride == columns || rows <= 1, "the rows have no gaps")
        return FlatNumbers(base: base, count: rows * columns)
    }
}
