import CLayers
import Tensors

/// A weight matrix of one row in binary32, widened where it is bfloat16.
struct WeightRow: Sendable {
    private let weight: WeightMatrix
    private let widened: FloatBuffer?

    init(_ weight: WeightMatrix, level: LayerLevel) {
        precondition(weight.rows == 1, "a vector is a matrix of one row")
        self.weight = weight
        guard weight.type == .bfloat16 else {
            widened = nil
            return
        }
        let buffer = FloatBuffer(count: weight.columns)
        clayers_widen_row(level.rawValue, weight.bfloat16, buffer.row.base, Int64(weight.columns))
        widened = buffer
    }

    /// The numbers, as long as the row lives.
    var base: UnsafePointer<Float> { UnsafePointer(widened?.row.base ?? weight.float32) }
}
