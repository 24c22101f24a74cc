import Tensors
import Testing

@testable import Kernels

/// Products of activations that are rounded to bfloat16: the scalar reference everywhere, the processor's own where it has them.
@Suite struct RoundedProductTests {
    private static let levels = LayerLevel.available.filter { $0 == .scalar || $0 == .avx512bfloat16 }

    private static func rounded(_ value: Float) -> Double {
        let bits = value.bitPattern
        return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
    }

    @Test(arguments: [(17, 3, 5), (30, 33, 100), (65, 70, 2051), (20, 32, 1)], [1, 2])
    func productsOfRoundedNumbers(_ shape: (Int, Int, Int), _ threads: Int) {
        let (rows, outputs, inputs) = shape
        let team = ThreadTeam(count: threads)
        let x = Matrix.random(rows, inputs, seed: 1)
        let weights = WeightMatrix.random(outputs, inputs, .bfloat16, seed: 2)
        let bias = WeightMatrix.random(1, outputs, .bfloat16, seed: 3)
        for level in Self.levels {
            for accumulate in [false, true] {
                let y = Matrix.random(rows, outputs, seed: 4)
                let before = y.numbers
                MatrixProduct.forwardRounded(
                    team, x, Weights(weights), y, accumulate: accumulate, bias: bias, level: level)
                #expect(y.isSurroundedByNaN)
                let dx = Matrix.random(rows, inputs, seed: 5)
                let dxBefore = dx.numbers
                MatrixProduct.inputGradientRounded(
                    team, y, Weights(weights), dx, accumulate: accumulate, level: level)
                #expect(dx.isSurroundedByNaN)
                var worst = 0.0
                for row in 0..<rows {
                    for column in 0..<outputs {
                        let start = bias.number(0, column) + (accumulate ? Double(before[row][column]) : 0)
                        let sum = (0..<inputs).reduce(start) {
                            $0 + Self.rounded(x[row, $1]) * weights.number(column, $1)
                        }
                        worst = max(worst, (Double(y[row, column]) - sum).magnitude)
                    }
                    for column in 0..<inputs {
                        let sum = (0..<outputs).reduce(accumulate ? Double(dxBefore[row][column]) : 0) {
                            $0 + Self.rounded(y[row, $1]) * weights.number($1, column)
                        }
                        worst = max(worst, (Double(dx[row, column]) - sum).magnitude)
                    }
                }
                // Without rounding, the difference would be about 2^-9 times the root of the length.
                #expect(worst < 2e-4)
            }
        }
    }

    @Test func roundingIsToNearestEven() {
        // One weight of 1, so that y is x rounded.
        let weights = WeightMatrix(rows: 1, columns: 1, type: .bfloat16)
        weights.withBytes { $0.storeBytes(of: 0x3F80, as: UInt16.self) }
        let values: [Float] = [
            1, 1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-20, 1 + 0x3p-8, -1 - 0x1p-8, .infinity, -.infinity, .nan, 0x1.FFp127, 3e38,
        ]
        let expected: [Float] = [
            1, 1, 1 + 0x1p-7, 1 + 0x1p-6, -1, .infinity, -.infinity, .nan, .infinity, Float(bitPattern: 0x7F62_0000),
        ]
        for level in Self.levels {
            let x = FloatBuffer(count: 20).matrix(rows: 20, columns: 1)
            for (row, value) in values.enumerated() { x[row, 0] = value }
            let y = FloatBuffer(count: 20).matrix(rows: 20, columns: 1)
            MatrixProduct.forwardRounded(
                ThreadTeam(count: 1), x, Weights(weights), y, accumulate: false, bias: nil, level: level)
            for (row, value) in expected.enumerated() {
                #expect(y[row, 0] == value || (value.isNaN && y[row, 0].isNaN), "\(values[row])")
            }
        }
    }
}
