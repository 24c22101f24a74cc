import Kernels
import Tensors

/// A matrix that is read in rectangular blocks.
protocol MatrixBlocks {
    var rowCount: Int { get }
    var columnCount: Int { get }
    /// Whether any rectangle is read at the cost of its size.
    var isRandomAccess: Bool { get }
    /// Fills `target` with a rectangle, row by row.
    func fill(_ target: UnsafeMutableBufferPointer<Double>, rows: Range<Int>, columns: Range<Int>) throws
}

/// A tensor of two dimensions as a matrix.
final class TensorMatrix: MatrixBlocks {
    let rowCount: Int
    let columnCount: Int
    let isRandomAccess: Bool
    private let reader: any TensorReader
    private let type: TensorType
    private let width: Int
    private let buffers = BlockBuffers()

    /// Nil for what is no matrix of real numbers.
    init?(_ tensor: StoredTensor, of checkpoint: Checkpoint) throws(CheckpointError) {
        guard tensor.shape.count == 2, let width = tensor.type.byteWidth,
            ElementConversion.isSupported(from: tensor.type, to: .float64)
        else { return nil }
        (rowCount, columnCount) = (tensor.shape[0], tensor.shape[1])
        reader = try checkpoint.reader(of: tensor)
        isRandomAccess = !reader.isSequential && reader.granularity <= width
        type = tensor.type
        self.width = width
    }

    func fill(_ target: UnsafeMutableBufferPointer<Double>, rows: Range<Int>, columns: Range<Int>) throws {
        let bytes = buffers.source(rows.count * columns.count * width)
        if columns.count == columnCount {
            try reader.read(at: rows.lowerBound * columnCount * width, into: bytes)
        } else {
            let size = columns.count * width
            for (place, row) in rows.enumerated() {
                try reader.read(
                    at: (row * columnCount + columns.lowerBound) * width,
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[place * size..<(place + 1) * size]))
            }
        }
        _ = ElementConversion.convert(
            UnsafeRawBufferPointer(bytes), from: type, into: UnsafeMutableRawBufferPointer(target), to: .float64)
    }
}
