import Kernels
import Tensors

/// Random numbers for the tests of layers, the same in every run.
struct LayersRandom {
    private var state: UInt64

    init(_ seed: Int) {
        state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From -1 to 1.
    mutating func number() -> Float { Float(Int64(bits() >> 40) - (1 << 23)) / Float(1 << 23) }

    /// A matrix of them whose rows are further apart than they are long.
    mutating func matrix(_ rows: Int, _ columns: Int, scale: Float = 1) -> Matrix {
        let target = LayersSamples.apart(rows, columns)
        for row in 0..<rows {
            for column in 0..<columns { target[row, column] = number() * scale }
        }
        return target
    }
}

enum LayersSamples {
    /// A matrix of zeros whose rows are further apart than they are long, and do not begin where a vector would.
    static func apart(_ rows: Int, _ columns: Int) -> Matrix {
        let whole = FloatBuffer(count: rows * (columns + 5)).matrix(rows: rows, columns: columns + 5)
        return whole.columns(3..<columns + 3)
    }

    static func numbers(_ matrix: Matrix) -> [[Double]] {
        (0..<matrix.rows).map { matrix.array(row: $0).map(Double.init) }
    }

    static func bits(_ matrix: Matrix) -> [[UInt32]] {
        (0..<matrix.rows).map { matrix.array(row: $0).map(\.bitPattern) }
    }

    static func weights(_ rows: [[Float]], bfloat16: Bool = false) -> WeightMatrix {
        let width = rows.first?.count ?? 0
        let weights = WeightMatrix(rows: rows.count, columns: width, type: bfloat16 ? .bfloat16 : .float32)
        weights.withBytes { bytes in
            for (row, values) in rows.enumerated() {
                for (column, value) in values.enumerated() {
                    let place = row * width + column
                    if bfloat16 {
                        bytes.storeBytes(of: UInt16(value.bitPattern >> 16), toByteOffset: place * 2, as: UInt16.self)
                    } else {
                        bytes.storeBytes(of: value, toByteOffset: place * 4, as: Float.self)
                    }
                }
            }
        }
        return weights
    }

    /// The largest difference; infinite where a number is not one.
    static func difference(_ first: [[Double]], _ second: [[Double]]) -> Double {
        var largest = first.count == second.count ? 0.0 : .infinity
        for (a, b) in zip(first, second) {
            if a.count != b.count { largest = .infinity }
            for (x, y) in zip(a, b) where !(abs(x - y) <= largest) {
                largest = abs(x - y).isNaN ? .infinity : abs(x - y)
            }
        }
        return largest
    }

    static func difference(_ matrix: Matrix, _ numbers: [[Double]]) -> Double {
        difference(Self.numbers(matrix), numbers)
    }
}
