public import Tensors

/// How fast products with weights are.
public enum ProductSpeed {
    /// Operations per second, a product and a sum being two, of y = x W', the best of some runs.
    ///
    /// - Parameters:
    ///   - rows: Rows of x.
    ///   - outputs: Rows of W.
    ///   - inputs: Columns of x and W.
    ///   - type: That of W: `float32` or `bfloat16`.
    ///   - allowsRounding: As for ``MatrixProduct/forward(_:_:_:_:accumulate:bias:allowsRounding:)``.
    ///   - runs: How many; at least 1.
    public static func forward(
        _ team: ThreadTeam, rows: Int, outputs: Int, inputs: Int, type: ElementType = .float32,
        allowsRounding: Bool = false, runs: Int = 5
    ) -> Double {
        precondition(rows >= 1 && outputs >= 1 && inputs >= 1 && runs >= 1, "there is something to measure")
        let x = FloatBuffer(count: rows * inputs).matrix(rows: rows, columns: inputs)
        let y = FloatBuffer(count: rows * outputs).matrix(rows: rows, columns: outputs)
        let weights = WeightMatrix(rows: outputs, columns: inputs, type: type)
        x.fill(0.5)
        // 0x3F3F is 0.74609375 in bfloat16, and twice that is next to it in binary32.
        weights.withBytes { bytes in for index in bytes.indices { bytes[index] = 0x3F } }
        var best = Duration.seconds(1_000_000)
        for _ in 0..<runs {
            best = min(
                best,
                ContinuousClock().measure {
                    MatrixProduct.forward(team, x, weights, y, allowsRounding: allowsRounding)
                })
        }
        return 2 * Double(rows) * Double(outputs) * Double(inputs) / max(best.inSeconds, 1e-9)
    }

    /// The floating-point operations per second of OpenBLAS with each thread at a product of its own, n x n x n: what products
    /// of many rows can reach on all threads together.
    public static func peak(_ team: ThreadTeam, order: Int = 1024, runs: Int = 5) -> Double {
        precondition(order >= 1 && runs >= 1, "there is something to measure")
        let size = order * order
        let operands = FloatBuffer(count: team.count * 3 * size)
        operands.row.fill(0.5)
        var best = Duration.seconds(1_000_000)
        for _ in 0..<runs {
            let time = ContinuousClock().measure {
                team.run { thread in
                    let a = operands.matrix(rows: order, columns: order, at: thread * 3 * size)
                    let b = operands.matrix(rows: order, columns: order, at: (thread * 3 + 1) * size)
                    let c = operands.matrix(rows: order, columns: order, at: (thread * 3 + 2) * size)
                    MatrixProduct.sgemm(
                        "N", "N", order, order, order, a.base, order, b.base, order, false, c.base, order)
                }
            }
            best = min(best, time)
        }
        return 2 * Double(team.count) * Double(size) * Double(order) / max(best.inSeconds, 1e-9)
    }
}
