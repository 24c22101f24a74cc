import CLayers

/// Normalisation by the root of the mean square: y = x r w with r = 1 / √(mean(x²) + ε), after Zhang and Sennrich (2019), all in
/// binary32.
///
/// A row of a matrix is one vector, or `heads` vectors of the same width side by side, each normalised on its own with the same
/// weight (Qwen3's norms of queries and keys). Results do not depend on the number of threads.
public enum RMSNorm {
    /// Tokens whose shares of a weight's gradient are summed together, before the sums are.
    private static let block = 64

    /// - Parameters:
    ///   - input: [tokens, heads · width].
    ///   - heads: vectors in a row.
    ///   - weight: [1, width].
    ///   - epsilon: added to the mean square.
    ///   - output: [tokens, heads · width]; may be `input`.
    ///   - inverseRoots: r, [1, tokens · heads], for the backward pass.
    public static func forward(
        team: ThreadTeam, input: Matrix, heads: Int = 1, weight: WeightMatrix, epsilon: Float, output: Matrix,
        inverseRoots: Matrix
    ) {
        forward(
            team: team, input: input, heads: heads, weight: weight, epsilon: epsilon, output: output,
            inverseRoots: inverseRoots, level: .best)
    }

    static func forward(
        team: ThreadTeam, input: Matrix, heads: Int, weight: WeightMatrix, epsilon: Float, output: Matrix,
        inverseRoots: Matrix, level: LayerLevel
    ) {
        check(input, heads, weight, inverseRoots)
        precondition(output.rows == input.rows && output.columns == input.columns, "the shapes agree")
        let scale = WeightRow(weight, level: level)
        team.divide(input.rows) { rows in
            let x = input.rows(rows), y = output.rows(rows)
            clayers_rms_norm(
                level.rawValue, Int64(x.rows), Int64(heads), Int64(weight.columns), x.base, Int64(x.stride), scale.base,
                epsilon, y.base, Int64(y.stride), inverseRoots.base + rows.lowerBound * heads)
        }
    }

    /// Gradients: with g the output's, d/dx = r (w g − x r² mean(x w g)) and d/dw = Σ g x r, summed over blocks of 64 tokens
    /// and then over the blocks.
    ///
    /// - Parameters:
    ///   - input: what went in: [tokens, heads · width].
    ///   - inverseRoots: what the forward pass wrote.
    ///   - outputGradient: [tokens, heads · width].
    ///   - inputGradient: [tokens, heads · width].
    ///   - accumulates: whether d/dx is added to `inputGradient`; else it is overwritten, and may be `outputGradient`.
    ///   - weightGradient: [1, width], to which d/dw is added.
    public static func backward(
        team: ThreadTeam, input: Matrix, heads: Int = 1, weight: WeightMatrix, inverseRoots: Matrix,
        outputGradient: Matrix, inputGradient: Matrix, accumulates: Bool = true, weightGradient: Matrix?
    ) {
        backward(
            team: team, input: input, heads: heads, weight: weight, inverseRoots: inverseRoots,
            outputGradient: outputGradient, inputGradient: inputGradient, accumulates: accumulates,
            weightGradient: weightGradient, level: .best)
    }

    static func backward(
        team: ThreadTeam, input: Matrix, heads: Int, weight: WeightMatrix, inverseRoots: Matrix, outputGradient: Matrix,
        inputGradient: Matrix, accumulates: Bool, weightGradient: Matrix?, level: LayerLevel
    ) {
        check(input, heads, weight, inverseRoots)
        let tokens = input.rows, width = weight.columns
        for other in [outputGradient, inputGradient] {
            precondition(other.rows == tokens && other.columns == input.columns, "the shapes agree")
        }
        if let weightGradient {
            precondition(weightGradient.rows == 1 && weightGradient.columns == width, "the shapes agree")
        }
        let scale = WeightRow(weight, level: level)
        let blocks = (tokens + block - 1) / block
        let sums = weightGradient.map { _ in FloatBuffer(count: blocks * width).matrix(rows: blocks, columns: width) }
        team.divide(tokens, multipleOf: block) { rows in
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
                let some = first..<min(first + block, rows.upperBound)
                let x = input.rows(some), g = outputGradient.rows(some), dx = inputGradient.rows(some)
                clayers_rms_norm_backward(
                    level.rawValue, Int64(x.rows), Int64(heads), Int64(width), x.base, Int64(x.stride), scale.base,
                    inverseRoots.base + first * heads, g.base, Int64(g.stride), dx.base, Int64(dx.stride),
                    accumulates ? 1 : 0, sums?.rows(first / block..<first / block + 1).base)
            }
        }
        guard let sums, let weightGradient else { return }
        RowSums.add(team: team, rows: sums, to: weightGradient, level: level)
    }

    private static func check(_ input: Matrix, _ heads: Int, _ weight: WeightMatrix, _ inverseRoots: Matrix) {
        precondition(heads > 0 && weight.rows == 1 && input.columns == heads * weight.columns, "the shapes agree")
        precondition(inverseRoots.rows == 1 && inverseRoots.columns == input.rows * heads, "the shapes agree")
    }
}
