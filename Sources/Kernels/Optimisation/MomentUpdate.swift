import CLayers
import Tensors

/// A way in which weights follow gradients. It keeps two numbers for each weight, m and v, zeros at first.
public protocol OptimizerRule: Sendable {
    /// The share of a weight that goes in each step, in units of the learning rate.
    var weightDecay: Double { get set }

    /// One step for weights in a matrix; all matrices have as many numbers, and no gaps between rows.
    ///
    /// - Parameter number: the number of the step, from 1.
    func step(_ team: ThreadTeam, number: Int, weights: Matrix, gradients: Matrix, m: Matrix, v: Matrix)

    /// One step for the weights of a layer.
    ///
    /// - Parameters:
    ///   - number: the number of the step, from 1.
    ///   - master: the weights in binary32 where those of the layer are `bfloat16`, which then get them rounded to nearest,
    ///     ties to even; otherwise nil.
    func step(
        _ team: ThreadTeam, number: Int, weights: WeightMatrix, master: Matrix?, gradients: Matrix, m: Matrix, v: Matrix
    )
}

/// The loop of all rules: w = keep w, m = m + rest1 (g - m), v = beta2 v + rest2 g², w = w - step m / (sqrt(v) / root + epsilon).
struct MomentUpdate {
    /// What goes along with weights.
    struct Numbers {
        let gradients: FlatNumbers
        let m: FlatNumbers
        let v: FlatNumbers

        init(gradients: Matrix, m: Matrix, v: Matrix) {
            (self.gradients, self.m, self.v) = (gradients.flat, m.flat, v.flat)
        }

        /// Makes each v at least a factor times the square of its gradient.
        func raise(_ team: ThreadTeam, to factor: Float) {
            let (gradients, v) = (gradients, v)
            precondition(gradients.count == v.count, "there is a gradient for each moment")
            team.divide(v.count, multipleOf: 64) { part in
                for place in part {
                    let gradient = gradients.base[place]
                    v.base[place] = max(v.base[place], factor * gradient * gradient)
                }
            }
        }
    }

    private let coefficients: clayers_adamw
    private let level: LayerLevel

    init(_ coefficients: clayers_adamw, level: LayerLevel) {
        self.coefficients = coefficients
        self.level = level
    }

    func run(_ team: ThreadTeam, weights: WeightMatrix, master: Matrix?, _ numbers: Numbers) {
        if weights.type == .bfloat16 {
            guard let master else { preconditionFailure("weights in bfloat16 have a master copy") }
            precondition(master.rows * master.columns == weights.count, "the master copy has the size of the weights")
            run(team, master.flat, narrow: weights, numbers)
        } else {
            precondition(master == nil, "weights in binary32 are their own master copy")
            run(team, FlatNumbers(base: weights.float32, count: weights.count), narrow: nil, numbers)
        }
    }

    func run(_ team: ThreadTeam, _ weights: FlatNumbers, narrow: WeightMatrix?, _ numbers: Numbers) {
        let (gradients, m, v) = (numbers.gradients, numbers.m, numbers.v)
        precondition(
            gradients.count == weights.count && m.count == weights.count && v.count == weights.count,
            "there is a gradient and two moments for each weight")
        team.divide(weights.count, multipleOf: 64) { part in
            let first = part.lowerBound
            withUnsafePointer(to: coefficients) { step in
                clayers_adamw_step(
                    level.rawValue, step, weights.base + first, narrow.map { $0.bfloat16 + first },
                    gradients.base + first, m.base + first, v.base + first, part.count)
            }
        }
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
