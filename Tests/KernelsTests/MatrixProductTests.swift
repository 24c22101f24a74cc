import Tensors
import Testing

@testable import Kernels

/// Numbers that look like those of a network, the same in every run.
struct RandomNumbers {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    /// From -1 to 1, on a grid of 2^-23.
    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 40) - (1 << 23)) / Float(1 << 23)
    }
}

extension Matrix {
    /// Random numbers between rows of NaN, which a kernel must neither read nor write.
    static func random(_ rows: Int, _ columns: Int, gap: Int = 3, seed: UInt64) -> Matrix {
        let whole = FloatBuffer(count: (rows + 2) * (columns + gap) + 16).matrix(rows: rows + 2, columns: columns + gap)
        whole.fill(.nan)
        let matrix = whole.rows(1..<rows + 1).columns(gap / 2..<gap / 2 + columns)
        var random = RandomNumbers(seed: seed)
        for row in 0..<rows { for column in 0..<columns { matrix[row, column] = random.next() } }
        return matrix
    }

    /// All numbers, row by row.
    var numbers: [[Float]] { (0..<rows).map { array(row: $0) } }

    /// Whether everything around it is still NaN.
    var isSurroundedByNaN: Bool {
        let before = base - 1
        let after = base + (rows - 1) * stride + columns
        guard before.pointee.isNaN && after.pointee.isNaN else { return false }
        return (0..<max(rows - 1, 0)).allSatisfy { row in
            (columns..<stride).allSatisfy { base[row * stride + $0].isNaN }
        }
    }
}

extension WeightMatrix {
    /// Random numbers.
    static func random(_ rows: Int, _ columns: Int, _ type: ElementType, seed: UInt64) -> WeightMatrix {
        let weights = WeightMatrix(rows: rows, columns: columns, type: type)
        var random = RandomNumbers(seed: seed)
        weights.withBytes { bytes in
            for index in 0..<rows * columns {
                if type == .float32 {
                    bytes.storeBytes(of: random.next(), toByteOffset: index * 4, as: Float.self)
                } else {
                    let bits = UInt16(truncatingIfNeeded: random.next().bitPattern >> 16)
                    bytes.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
                }
            }
        }
        return weights
    }

    /// The number in a row and a column.
    func number(_ row: Int, _ column: Int) -> Double {
        let index = row * columns + column
        if type == .float32 { return Double(float32[index]) }
        return Double(Float(bitPattern: UInt32(bfloat16[index]) << 16))
    }
}

@Suite struct MatrixProductTests {
    private static let shapes = [
        (1, 1, 1), (1, 3, 17), (2, 100, 3), (3, 17, 100), (4, 33, 64), (5, 1, 35), (7, 64, 16), (16, 35, 129),
        (17, 3, 1), (18, 100, 100), (100, 17, 3), (33, 1, 100), (40, 260, 300), (64, 31, 0), (3, 5, 0),
    ]

    /// Whether y is as expected up to the rounding of sums of as many terms of about 1.
    private static func check(_ y: Matrix, terms: Int, _ expected: (Int, Int) -> Double) {
        var worst = 0.0
        for row in 0..<y.rows {
            for column in 0..<y.columns {
                let error = (Double(y[row, column]) - expected(row, column)).magnitude
                worst = error.isNaN ? .infinity : max(worst, error)
            }
        }
        #expect(worst < 2e-6 + 1.5e-7 * Double(terms))
        #expect(y.isSurroundedByNaN)
    }

    @Test(arguments: shapes, [1, 2, 3])
    func forwardIsTheProduct(_ shape: (Int, Int, Int), _ threads: Int) {
        let (rows, outputs, inputs) = shape
        let team = ThreadTeam(count: threads)
        let x = Matrix.random(rows, inputs, seed: 1)
        for (type, biasType) in [(ElementType.float32, ElementType.bfloat16), (.bfloat16, .float32)] {
            let weights = WeightMatrix.random(outputs, inputs, type, seed: 2)
            let bias = WeightMatrix.random(1, outputs, biasType, seed: 3)
            for level in LayerLevel.available {
                for (accumulate, biased) in [(false, false), (true, false), (false, true), (true, true)] {
                    let y = Matrix.random(rows, outputs, seed: 4)
                    let before = y.numbers
                    MatrixProduct.forward(
                        team, x, Weights(weights), y, accumulate: accumulate, bias: biased ? bias : nil,
                        allowsRounding: false, level: level)
                    Self.check(y, terms: inputs) { row, column in
                        (0..<inputs).reduce(
                            (accumulate ? Double(before[row][column]) : 0) + (biased ? bias.number(0, column) : 0)
                        ) { $0 + Double(x[row, $1]) * weights.number(column, $1) }
                    }
                }
            }
        }
    }

    @Test(arguments: shapes, [1, 2, 3])
    func gradientsAreTheProducts(_ shape: (Int, Int, Int), _ threads: Int) {
        let (rows, outputs, inputs) = shape
        let team = ThreadTeam(count: threads)
        let x = Matrix.random(rows, inputs, seed: 1)
        let dy = Matrix.random(rows, outputs, seed: 5)
        for accumulate in [false, true] {
            for type in [ElementType.float32, .bfloat16] {
                let weights = WeightMatrix.random(outputs, inputs, type, seed: 2)
                let dx = Matrix.random(rows, inputs, seed: 6)
                let before = dx.numbers
                MatrixProduct.inputGradient(team, dy, weights, dx, accumulate: accumulate)
                Self.check(dx, terms: outputs) { row, column in
                    (0..<outputs).reduce(accumulate ? Double(before[row][column]) : 0) {
                        $0 + Double(dy[row, $1]) * weights.number($1, column)
                    }
                }
            }
            let gradient = Matrix.random(outputs, inputs, seed: 7)
            let before = gradient.numbers
            MatrixProduct.weightGradient(team, dy, x, gradient, accumulate: accumulate)
            Self.check(gradient, terms: rows) { row, column in
                (0..<rows).reduce(accumulate ? Double(before[row][column]) : 0) {
                    $0 + Double(dy[$1, row]) * Double(x[$1, column])
                }
            }
        }
    }

    @Test func weightsMayLieInAMatrix() {
        let team = ThreadTeam(count: 2)
        for rows in [3, 50] {
            let x = Matrix.random(rows, 70, seed: 1)
            let weights = Matrix.random(9, 70, seed: 2)
            let y = Matrix.random(rows, 9, seed: 3)
            MatrixProduct.forward(team, x, weights, y)
            Self.check(y, terms: 70) { row, column in
                (0..<70).reduce(0) { $0 + Double(x[row, $1]) * Double(weights[column, $1]) }
            }
            let dx = Matrix.random(rows, 70, seed: 4)
            MatrixProduct.inputGradient(team, y, weights, dx)
            Self.check(dx, terms: 90) { row, column in
                (0..<9).reduce(0) { $0 + Double(y[row, $1]) * Double(weights[$1, column]) }
            }
        }
    }

    @Test(arguments: [ElementType.float32, .bfloat16])
    func aRowDoesNotDependOnItsCompany(_ type: ElementType) {
        let (outputs, inputs) = (101, 203)
        let x = Matrix.random(MatrixProduct.smallRows, inputs, seed: 1)
        let weights = WeightMatrix.random(outputs, inputs, type, seed: 2)
        for level in LayerLevel.available {
            let whole = Matrix.random(x.rows, outputs, seed: 3)
            MatrixProduct.forward(
                ThreadTeam(count: 1), x, Weights(weights), whole, accumulate: false, bias: nil, allowsRounding: false,
                level: level)
            for threads in [1, 2, 5] {
                let team = ThreadTeam(count: threads)
                for rows in 1...x.rows {
                    for first in [0, x.rows - rows] {
                        let y = Matrix.random(rows, outputs, seed: 4)
                        MatrixProduct.forward(
                            team, x.rows(first..<first + rows), Weights(weights), y, accumulate: false, bias: nil,
                            allowsRounding: false, level: level)
                        #expect(y.numbers == whole.rows(first..<first + rows).numbers)
                    }
                }
            }
        }
    }

    /// With more inputs than a panel has, more rows than a block, and outputs that no panel divides.
    @Test(arguments: [ElementType.float32, .bfloat16])
    func rowByRowNoRowDependsOnItsCompany(_ type: ElementType) {
        let (outputs, inputs) = (101, 523)
        let x = Matrix.random(250, inputs, seed: 1)
        let weights = WeightMatrix.random(outputs, inputs, type, seed: 2)
        let bias = WeightMatrix.random(1, outputs, type, seed: 5)
        let before = Matrix.random(x.rows, outputs, seed: 3)
        for level in LayerLevel.available {
            for (added, accumulate) in [(nil, false), (bias, false), (nil, true), (bias, true)] {
                func product(_ threads: Int, _ rows: Range<Int>) -> Matrix {
                    let y = Matrix.random(rows.count, outputs, seed: 4)
                    if accumulate { y.copy(before.rows(rows)) }
                    MatrixProduct.forwardRowByRow(
                        ThreadTeam(count: threads), x.rows(rows), Weights(weights), y, accumulate: accumulate,
                        bias: added, level: level)
                    return y
                }
                let whole = product(1, 0..<x.rows)
                Self.check(whole, terms: inputs + 2) { row, column in
                    let first = accumulate ? Double(before[row, column]) : 0
                    let second = added.map { $0.number(0, column) } ?? 0
                    return (0..<inputs).reduce(first + second) {
                        $0 + Double(x[row, $1]) * weights.number(column, $1)
                    }
                }
                for (threads, rows) in [(1, 7..<8), (2, 3..<5), (3, 0..<241), (5, 100..<250)] {
                    #expect(product(threads, rows).numbers == whole.rows(rows).numbers)
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func runsAreTheSameBits(_ threads: Int) {
        let team = ThreadTeam(count: threads)
        let x = Matrix.random(130, 257, seed: 1)
        let weights = WeightMatrix.random(300, 257, .bfloat16, seed: 2)
        var results: [[[Float]]] = []
        for _ in 0..<5 {
            let y = Matrix.random(130, 300, seed: 3)
            let dx = Matrix.random(130, 257, seed: 4)
            let gradient = Matrix.random(300, 257, seed: 5)
            MatrixProduct.forward(team, x, weights, y)
            MatrixProduct.inputGradient(team, y, weights, dx)
            MatrixProduct.weightGradient(team, y, x, gradient)
            results.append(y.numbers + dx.numbers + gradient.numbers)
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }
}
