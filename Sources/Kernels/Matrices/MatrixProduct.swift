import CLayers
import COpenBLAS

/// Products of activations with the weights of a layer, and their gradients, on the threads of a team.
///
/// Activations are x [M, inputs] and y [M, outputs], binary32, rows at any distance; weights W are [outputs, inputs]. Shapes
/// that do not fit, or matrices that overlap, are a programmer's error.
///
/// - `forward`, y (+)= x W' + b, of at most ``smallRows`` rows uses kernels of its own, bound by the memory of the weights. Then
///   **a row of y depends on its row of x alone**: neither on how many rows there are, nor on its place among them, nor on the
///   number of threads. Generation relies on it, and works in pieces of as many rows.
/// - `forwardRowByRow` is that for any number of rows, by kernels whose sums have another order: the two differ by rounding. From
///   some 16 rows on they are as fast as OpenBLAS, and faster than it where the products are small.
/// - More rows, and all gradients, use OpenBLAS on one part of the result for each thread. Weights in bfloat16 are widened in
///   blocks; the numbers are the same as if they had been binary32 from the beginning, up to the order of sums.
/// - With `allowsRounding`, where weights are bfloat16, rows more than ``smallRows`` and the processor multiplies bfloat16
///   (AVX-512 BF16), the activations, or the gradient of y, are rounded to bfloat16 too; sums are binary32. Elsewhere it has
///   no effect. It is off unless asked for, so that results do not depend on the processor by more than the order of sums.
///
/// Everything is bit-identical from run to run with the same number of threads.
public enum MatrixProduct {
    /// The most rows that `forward` treats each by itself.
    public static let smallRows = Int(CLAYERS_SMALL_ROWS)

    // MARK: Weights of a layer

    /// y (+)= x W' + b.
    ///
    /// - Parameters:
    ///   - x: [M, inputs].
    ///   - weights: [outputs, inputs].
    ///   - y: [M, outputs].
    ///   - accumulate: Whether y is added to; otherwise what it held does not matter.
    ///   - bias: [1, outputs].
    ///   - allowsRounding: Whether x may be rounded to bfloat16; see above.
    /// - Complexity: 2 M outputs inputs operations.
    public static func forward(
        _ team: ThreadTeam, _ x: Matrix, _ weights: WeightMatrix, _ y: Matrix, accumulate: Bool = false,
        bias: WeightMatrix? = nil, allowsRounding: Bool = false
    ) {
        forward(
            team, x, Weights(weights), y, accumulate: accumulate, bias: bias, allowsRounding: allowsRounding,
            level: .best)
    }

    /// y (+)= x W' + b, where a row of y depends on its row of x alone, however many rows there are.
    ///
    /// - Parameters:
    ///   - x: [M, inputs].
    ///   - weights: [outputs, inputs].
    ///   - y: [M, outputs].
    ///   - accumulate: Whether y is added to; otherwise what it held does not matter.
    ///   - bias: [1, outputs].
    /// - Complexity: 2 M outputs inputs operations; the weights are read once for every 240 rows.
    public static func forwardRowByRow(
        _ team: ThreadTeam, _ x: Matrix, _ weights: WeightMatrix, _ y: Matrix, accumulate: Bool = false,
        bias: WeightMatrix? = nil
    ) {
        forwardRowByRow(team, x, Weights(weights), y, accumulate: accumulate, bias: bias, level: .best)
    }

    /// dx (+)= dy W: the gradient with respect to x.
    ///
    /// - Parameters:
    ///   - dy: [M, outputs].
    ///   - weights: [outputs, inputs].
    ///   - dx: [M, inputs].
    ///   - accumulate: Whether dx is added to.
    ///   - allowsRounding: Whether dy may be rounded to bfloat16; see above.
    /// - Complexity: 2 M outputs inputs operations.
    public static func inputGradient(
        _ team: ThreadTeam, _ dy: Matrix, _ weights: WeightMatrix, _ dx: Matrix, accumulate: Bool = false,
        allowsRounding: Bool = false
    ) {
        inputGradient(
            team, dy, Weights(weights), dx, accumulate: accumulate, allowsRounding: allowsRounding, level: .best)
    }

    // MARK: Weights in a matrix

    /// As ``forward(_:_:_:_:accumulate:bias:allowsRounding:)`` with weights [outputs, inputs] in binary32 anywhere.
    public static func forward(
        _ team: ThreadTeam, _ x: Matrix, _ weights: Matrix, _ y: Matrix, accumulate: Bool = false,
        bias: WeightMatrix? = nil
    ) {
        forward(
            team, x, Weights(weights), y, accumulate: accumulate, bias: bias, allowsRounding: false, level: .best)
    }

    /// As ``forwardRowByRow(_:_:_:_:accumulate:bias:)`` with weights [outputs, inputs] in binary32 anywhere.
    public static func forwardRowByRow(
        _ team: ThreadTeam, _ x: Matrix, _ weights: Matrix, _ y: Matrix, accumulate: Bool = false
    ) {
        forwardRowByRow(team, x, Weights(weights), y, accumulate: accumulate, bias: nil, level: .best)
    }

    /// As ``inputGradient(_:_:_:_:accumulate:allowsRounding:)`` with weights [outputs, inputs] in binary32 anywhere.
    public static func inputGradient(
        _ team: ThreadTeam, _ dy: Matrix, _ weights: Matrix, _ dx: Matrix, accumulate: Bool = false
    ) {
        inputGradient(team, dy, Weights(weights), dx, accumulate: accumulate, allowsRounding: false, level: .best)
    }

    /// dW (+)= dy' x: the gradient with respect to the weights, in binary32 whatever their type.
    ///
    /// - Parameters:
    ///   - dy: [M, outputs].
    ///   - x: [M, inputs].
    ///   - gradient: dW [outputs, inputs].
    ///   - accumulate: Whether dW is added to.
    /// - Complexity: 2 M outputs inputs operations.
    public static func weightGradient(
        _ team: ThreadTeam, _ dy: Matrix, _ x: Matrix, _ gradient: Matrix, accumulate: Bool = true
    ) {
        precondition(
            dy.rows == x.rows && gradient.rows == dy.columns && gradient.columns == x.columns, "the shapes agree")
        guard gradient.rows > 0, gradient.columns > 0 else { return }
        guard dy.rows > 0 else { return clear(gradient, unless: accumulate) }
        // Each thread has outputs or inputs of its own, whichever there are more of: an element's sum is never divided.
        if gradient.rows >= gradient.columns {
            team.divide(gradient.rows, multipleOf: 16) { part in
                sgemm(
                    "N", "T", gradient.columns, part.count, dy.rows, x.base, x.stride, dy.base + part.lowerBound,
                    dy.stride, accumulate, gradient.base + part.lowerBound * gradient.stride, gradient.stride)
            }
        } else {
            team.divide(gradient.columns, multipleOf: 16) { part in
                sgemm(
                    "N", "T", part.count, gradient.rows, dy.rows, x.base + part.lowerBound, x.stride, dy.base,
                    dy.stride, accumulate, gradient.base + part.lowerBound, gradient.stride)
            }
        }
    }

    // MARK: Parts

    static func clear(_ matrix: Matrix, unless accumulate: Bool) {
        if !accumulate { matrix.fill(0) }
    }

    // C = op(A) op(B), column by column as Fortran has it; or += with `accumulate`.
    static func sgemm(
        _ transposeA: StaticString, _ transposeB: StaticString, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int, _ accumulate: Bool,
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int
    ) {
        // OpenBLAS asks for strides that are not 0, even where there is one row.
        var (m, n, k) = (Int32(m), Int32(n), Int32(k))
        var (aStride, bStride, cStride) = (Int32(max(aStride, 1)), Int32(max(bStride, 1)), Int32(max(cStride, 1)))
        var (one, beta) = (Float(1), Float(accumulate ? 1 : 0))
        transposeA.utf8Start.withMemoryRebound(to: CChar.self, capacity: 1) { transposeA in
            transposeB.utf8Start.withMemoryRebound(to: CChar.self, capacity: 1) { transposeB in
                sgemm_(
                    transposeA, transposeB, &m, &n, &k, &one, a, &aStride, b, &bStride, &beta, c, &cStride, 1, 1)
            }
        }
    }
}
