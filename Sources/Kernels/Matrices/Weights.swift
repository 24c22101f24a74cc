import CLayers
import Tensors

/// The weights of a product: a layer's, or a matrix.
struct Weights: @unchecked Sendable {
    /// A matrix in binary32, or bfloat16.
    private enum Storage {
        case layer(WeightMatrix)
        case matrix(Matrix)
    }

    private let storage: Storage
    let rows: Int
    let columns: Int
    let stride: Int
    let isBFloat16: Bool

    init(_ weights: WeightMatrix) {
        storage = .layer(weights)
        (rows, columns, stride) = (weights.rows, weights.columns, weights.columns)
        isBFloat16 = weights.type == .bfloat16
    }

    init(_ matrix: Matrix) {
        storage = .matrix(matrix)
        (rows, columns, stride) = (matrix.rows, matrix.columns, matrix.stride)
        isBFloat16 = false
    }

    /// The first number.
    var address: UnsafeRawPointer {
        switch storage {
        case .layer(let weights): weights.address
        case .matrix(let matrix): UnsafeRawPointer(matrix.base)
        }
    }

    /// A part of the weights in binary32, row by row `stride` apart: where they are, or in the scratch memory of a thread.
    func block(
        rows: Range<Int>, columns: Range<Int>, level: LayerLevel, team: ThreadTeam, thread: Int
    ) -> (base: UnsafePointer<Float>, stride: Int) {
        let offset = rows.lowerBound * stride + columns.lowerBound
        guard isBFloat16 else { return (address.assumingMemoryBound(to: Float.self) + offset, stride) }
        let scratch = team.scratch(Float.self, count: rows.count * columns.count, thread: thread)
        clayers_widen(
            level.rawValue, address.assumingMemoryBound(to: UInt16.self) + offset, stride, rows.count, columns.count,
            scratch, columns.count)
        return (UnsafePointer(scratch), columns.count)
    }
}
