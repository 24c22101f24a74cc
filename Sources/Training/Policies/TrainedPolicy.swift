public import Kernels
public import Transformers

/// The model that is trained, whole or through a LoRA adapter: weights, gradients, and the optimiser's state.
public final class TrainedPolicy {
    /// The weights of the model, which an adapter leaves as they are.
    public let weights: TransformerWeights
    /// The adapter; nil where the whole model is trained.
    public let adapter: LoRAAdapter?
    /// The threads.
    public let team: ThreadTeam
    /// Where backward passes add to.
    let gradients: PassGradients
    private let optimizer: Optimizer

    private enum Optimizer {
        case whole(TransformerOptimizer, TransformerGradients)
        case adapter(LoRAOptimizer, LoRAGradients)
    }

    /// A policy before its first step.
    public init(_ weights: TransformerWeights, adapter: LoRAAdapter? = nil, team: ThreadTeam) {
        self.weights = weights
        self.adapter = adapter
        self.team = team
        if let adapter {
            let found = LoRAGradients(adapter)
            gradients = PassGradients(adapter: found)
            optimizer = .adapter(LoRAOptimizer(adapter), found)
        } else {
            let found = TransformerGradients(weights.table)
            gradients = PassGradients(parameters: found)
            optimizer = .whole(TransformerOptimizer(team, weights), found)
        }
    }

    /// Rows of the embedding: token ids are below it.
    public var vocabularySize: Int { weights.configuration.vocabularySize }

    /// Forgets moments and the number of steps, as at the beginning of a phase.
    func resetOptimizer() {
        switch optimizer {
        case .whole(let optimizer, _): optimizer.reset(team)
        case .adapter(let optimizer, _): optimizer.reset(team)
        }
    }

    /// The Euclidean norm of the gradient; NaN or infinite where a number of it is.
    func gradientNorm() -> Double { GradientNorm.sumOfSquares(team, buffer.row).squareRoot() }

    /// Multiplies the gradient so that its norm is at most a limit, as `torch.nn.utils.clip_grad_norm_` does.
    func clipGradient(norm: Double, limit: Double) {
        let factor = limit / (norm + 1e-6)
        if factor < 1 { GradientNorm.scale(team, buffer.row, by: Float(factor)) }
    }

    /// One step of the optimiser; the gradient is zero afterwards. Norms and biases do not decay, as in transformers' Trainer.
    func step(_ settings: some OptimizerRule) {
        switch optimizer {
        case .whole(let optimizer, let gradients): optimizer.step(team, gradients, settings, decaysVectors: false)
        case .adapter(let optimizer, let gradients): optimizer.step(team, gradients, settings)
        }
        clearGradient()
    }

    /// Counts an update that leaves weights and moments as they are, and clears the gradient.
    func rest() {
        resume(after: steps + 1)
        clearGradient()
    }

    func clearGradient() {
        let numbers = buffer.row
        team.divide(buffer.count, multipleOf: 1024) { numbers.columns($0).fill(0) }
    }

    /// Steps that the optimiser has taken in this phase.
    public var steps: Int {
        switch optimizer {
        case .whole(let optimizer, _): optimizer.steps
        case .adapter(let optimizer, _): optimizer.steps
        }
    }

    /// What the optimiser remembers.
    public var optimizerState: OptimizerState {
        switch optimizer {
        case .whole(let optimizer, _): optimizer.state
        case .adapter(let optimizer, _): optimizer.state
        }
    }

    func resume(after steps: Int) {
        switch optimizer {
        case .whole(let optimizer, _): optimizer.resume(after: steps)
        case .adapter(let optimizer, _): optimizer.resume(after: steps)
        }
    }

    /// The name of a trained parameter that holds a NaN or an infinity; nil where all numbers are finite.
    func nonFiniteParameter() -> String? {
        if let adapter {
            return GradientNorm.sumOfSquares(team, adapter.numbers.row).isFinite ? nil : "the adapter"
        }
        for (parameter, matrix) in zip(weights.table.parameters, weights.matrices) {
            let place = matrix.withBytes { bytes in
                NonFiniteNumbers.first(in: UnsafeRawBufferPointer(bytes), type: matrix.type)
            }
            if place != nil { return parameter.name }
        }
        return nil
    }

    private var buffer: FloatBuffer {
        switch optimizer {
        case .whole(_, let gradients): gradients.buffer
        case .adapter(_, let gradients): gradients.buffer
        }
    }
}
