import CLayers

/// The length of a gradient, and making it shorter.
public enum GradientNorm {
    /// A block's sum is one thread's, so that sums do not depend on how many there are.
    private static let block = 1 << 15

    /// The sum of the squares of a matrix without gaps, in binary64: of blocks of 32,768 numbers, whose sums are added in
    /// ascending order. It does not depend on the number of threads. The norm of a whole model is the root of the sum over its
    /// tensors, in a fixed order.
    public static func sumOfSquares(_ team: ThreadTeam, _ matrix: Matrix) -> Double {
        sumOfSquares(team, matrix, level: .best)
    }

    static func sumOfSquares(_ team: ThreadTeam, _ matrix: Matrix, level: LayerLevel) -> Double {
        let numbers = matrix.flat
        let blocks = (numbers.count + block - 1) / block
        guard blocks > 0 else { return 0 }
        var sums = [Double](repeating: 0, count: blocks)
        sums.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let sums = SharedAddress(pointer: base)
            team.divide(blocks) { part in
                for index in part {
                    let first = index * block
                    sums.pointer[index] = clayers_sum_of_squares(
                        level.rawValue, numbers.base + first, min(block, numbers.count - first))
                }
            }
        }
        return sums.reduce(0, +)
    }

    /// Multiplies every number of a matrix.
    public static func scale(_ team: ThreadTeam, _ matrix: Matrix, by factor: Float) {
        scale(team, matrix, by: factor, level: .best)
    }

    static func scale(_ team: ThreadTeam, _ matrix: Matrix, by factor: Float, level: LayerLevel) {
        guard matrix.stride == matrix.columns || matrix.rows <= 1 else {
            team.divide(matrix.rows) { part in
                for row in part {
                    clayers_scale(level.rawValue, factor, matrix.base + row * matrix.stride, matrix.columns)
                }
            }
            return
        }
        let numbers = matrix.flat
        team.divide(numbers.count, multipleOf: 64) { part in
            clayers_scale(level.rawValue, factor, numbers.base + part.lowerBound, part.count)
        }
    }
}
