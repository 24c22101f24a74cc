import Kernels

/// The two small matrices that LoRA adds to a projection (arXiv 2106.09685): y += s (x A') B'.
struct AdapterMatrices {
    /// A: [r, inputs].
    let down: Matrix
    /// B: [outputs, r].
    let up: Matrix
    /// s.
    let scale: Float
}

/// Scratch for u = s x A' and its gradient.
struct RankScratch {
    private let first: FloatBuffer
    private let second: FloatBuffer

    init(tokens: Int, rank: Int) {
        first = FloatBuffer(count: tokens * rank)
        second = FloatBuffer(count: tokens * rank)
    }

    /// u: [T, r].
    func reduced(_ tokens: Int, _ rank: Int) -> Matrix { first.matrix(rows: tokens, columns: rank) }
    /// du: [T, r].
    func gradient(_ tokens: Int, _ rank: Int) -> Matrix { second.matrix(rows: tokens, columns: rank) }
}

/// Where the gradients of a projection go; nil for what is not trained.
struct ProjectionGradients {
    var weight: Matrix?
    var bias: Matrix?
    var down: Matrix?
    var up: Matrix?
}

/// y = x W' + b, and with an adapter + s (x A') B'.
struct Projection {
    /// W: [N, K].
    let weight: WeightMatrix
    /// b: [1, N].
    let bias: WeightMatrix?
    let adapter: AdapterMatrices?
    /// Whether activations may be rounded to bfloat16 where the processor multiplies that.
    let allowsRounding: Bool
    /// Whether a row of y depends on its row of x alone.
    let isRowByRow: Bool

    /// - Parameters:
    ///   - input: x, [T, K].
    ///   - output: y, [T, N].
    ///   - ranks: scratch for adapters.
    func forward(_ team: ThreadTeam, input: Matrix, output: Matrix, accumulate: Bool = false, ranks: RankScratch?) {
        if isRowByRow {
            MatrixProduct.forwardRowByRow(team, input, weight, output, accumulate: accumulate, bias: bias)
        } else {
            MatrixProduct.forward(
                team, input, weight, output, accumulate: accumulate, bias: bias, allowsRounding: allowsRounding)
        }
        guard let adapter, let ranks else { return }
        // u = s x A', [T, r]
        let u = ranks.reduced(input.rows, adapter.down.rows)
        if isRowByRow {
            MatrixProduct.forwardRowByRow(team, input, adapter.down, u)
            GradientNorm.scale(team, u, by: adapter.scale)
            MatrixProduct.forwardRowByRow(team, u, adapter.up, output, accumulate: true)
        } else {
            MatrixProduct.forward(team, input, adapter.down, u, accumulate: false)
            GradientNorm.scale(team, u, by: adapter.scale)
            MatrixProduct.forward(team, u, adapter.up, output, accumulate: true)
        }
    }

    /// - Parameters:
    ///   - input: x, [T, K].
    ///   - outputGradient: dy, [T, N].
    ///   - inputGradient: dx, [T, K], which may be the memory of the input; nil where nobody asks for it.
    ///   - ranks: scratch for adapters.
    func backward(
        _ team: ThreadTeam, input: Matrix, outputGradient: Matrix, inputGradient: Matrix?, accumulate: Bool = false,
        gradients: ProjectionGradients, ranks: RankScratch?
    ) {
        // dW += dy' x, [N, K]; db += the sum of dy over tokens
        if let target = gradients.weight {
            MatrixProduct.weightGradient(team, outputGradient, input, target, accumulate: true)
        }
        if let target = gradients.bias { RowSums.add(team: team, rows: outputGradient, to: target) }
        let reduced = adapterBackward(team, input: input, outputGradient: outputGradient, gradients, ranks)
        guard let inputGradient else { return }
        // dx = dy W, [T, K]
        MatrixProduct.inputGradient(
            team, outputGradient, weight, inputGradient, accumulate: accumulate, allowsRounding: allowsRounding)
        // dx += du A
        if let adapter, let reduced {
            MatrixProduct.inputGradient(team, reduced, adapter.down, inputGradient, accumulate: true)
        }
    }

    /// - Returns: du = s dy B, [T, r].
    private func adapterBackward(
        _ team: ThreadTeam, input: Matrix, outputGradient: Matrix, _ gradients: ProjectionGradients,
        _ ranks: RankScratch?
    ) -> Matrix? {
        guard let adapter, let ranks else { return nil }
        let rank = adapter.down.rows
        let du = ranks.gradient(input.rows, rank)
        MatrixProduct.inputGradient(team, outputGradient, adapter.up, du, accumulate: false)
        GradientNorm.scale(team, du, by: adapter.scale)
        if let target = gradients.up {
            // dB += dy' (s x A'), [N, r]
            let u = ranks.reduced(input.rows, rank)
            MatrixProduct.forward(team, input, adapter.down, u, accumulate: false)
            GradientNorm.scale(team, u, by: adapter.scale)
            MatrixProduct.weightGradient(team, outputGradient, u, target, accumulate: true)
        }
        // dA += du' x, [r, K]
        if let target = gradients.down { MatrixProduct.weightGradient(team, du, input, target, accumulate: true) }
        return du
    }
}
