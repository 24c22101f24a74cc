public import Kernels
import Tensors

/// AdamW, or another rule, on all parameters of a model: what it remembers of them, and the step.
///
/// Memory: two numbers of binary32 a parameter, and one more for each that is bfloat16.
public final class TransformerOptimizer {
    /// Steps taken.
    public private(set) var steps = 0
    private let weights: TransformerWeights
    /// The mean gradient, the mean squared gradient, and the weights in full where the model has them in bfloat16.
    private let first: TransformerGradients
    private let second: TransformerGradients
    private let masters: TransformerGradients?

    /// An optimiser at its beginning.
    public init(_ team: ThreadTeam, _ weights: TransformerWeights) {
        self.weights = weights
        first = TransformerGradients(weights.table)
        second = TransformerGradients(weights.table)
        guard weights.matrices.contains(where: { $0.type == .bfloat16 }) else {
            masters = nil
            return
        }
        let full = TransformerGradients(weights.table)
        for (index, matrix) in weights.matrices.enumerated() where matrix.type == .bfloat16 {
            // Gathering all rows widens them.
            Embedding.forward(
                team: team, table: matrix, ids: (0..<Int32(matrix.rows)).map { $0 }, output: full.matrix(at: index))
        }
        masters = full
    }

    /// One step.
    ///
    /// - Parameters:
    ///   - settings: the learning rate and the rest, of this step.
    ///   - decaysVectors: whether norms and biases decay too, as torch does unless told otherwise.
    public func step(
        _ team: ThreadTeam, _ gradients: TransformerGradients, _ settings: some OptimizerRule,
        decaysVectors: Bool = true
    ) {
        steps += 1
        var vectors = settings
        if !decaysVectors { vectors.weightDecay = 0 }
        for (index, parameter) in weights.table.parameters.enumerated() {
            (parameter.isVector ? vectors : settings).step(
                team, number: steps, weights: weights.matrices[index],
                master: weights.matrices[index].type == .bfloat16 ? masters?.matrix(at: index) : nil,
                gradients: gradients.matrix(at: index), m: first.matrix(at: index), v: second.matrix(at: index))
        }
    }

    /// Forgets the mean gradients and the number of steps. Weights in full stay as they are.
    public func reset(_ team: ThreadTeam) {
        steps = 0
        first.clear(team)
        second.clear(team)
    }

    /// What it remembers, under names: for each parameter `NAME.exp_avg` and `NAME.exp_avg_sq`, torch's words, and where the
    /// model has matrices in bfloat16 `NAME.master`, the parameter in full. In a model of binary32 the weights are no part of it.
    public var state: OptimizerState {
        var state = OptimizerState()
        for (index, parameter) in weights.table.parameters.enumerated() {
            state.add("\(parameter.name).exp_avg", first.matrix(at: index), shape: parameter.shape)
            state.add("\(parameter.name).exp_avg_sq", second.matrix(at: index), shape: parameter.shape)
            guard let masters else { continue }
            let master = masters.matrix(at: index)
            // Norms and biases are binary32 beside matrices of bfloat16, and files of such a model round them.
            let matrix = weights.matrices[index]
            if matrix.type == .float32 {
                master.asRow.set(row: 0, TransformerWeights.numbers(of: matrix, at: 0, count: matrix.count))
            }
            state.add("\(parameter.name).master", master, shape: parameter.shape)
        }
        return state
    }

    /// Goes on from another optimiser's place, whose ``state`` was read into this one's.
    ///
    /// - Parameter steps: how many steps that had taken, 0 or more.
    public func resume(after steps: Int) {
        precondition(steps >= 0, "steps are counted from 0")
        self.steps = steps
        guard let masters else { return }
        for (index, matrix) in weights.matrices.enumerated() {
            TransformerWeights.store(masters.matrix(at: index).asRow.array(row: 0), in: matrix, at: 0)
        }
    }
}
