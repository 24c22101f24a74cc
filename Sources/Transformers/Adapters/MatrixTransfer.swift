import Checkpoints
import Kernels
import Tensors

/// Takes tensors into matrices without gaps, and refuses numbers that are not finite.
final class MatrixSink: CheckpointSink {
    private let matrices: [Matrix]
    private let names: [String]
    private let path: String
    private let kind: String

    /// - Parameter kind: what the matrices are, for errors.
    init(_ matrices: [Matrix], names: [String], path: String, kind: String = "adapter") {
        self.matrices = matrices.map { $0.asRow }
        self.names = names
        self.path = path
        self.kind = kind
    }

    func granularity(of tensor: Int) -> Int { 4 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        try matrices[tensor].withBytes(ofRow: 0) { (all: UnsafeMutableRawBufferPointer) throws(TransformerError) in
            let target = UnsafeMutableRawBufferPointer(rebasing: all[offset..<offset + bytes.count])
            target.copyMemory(from: bytes)
            guard NonFiniteNumbers.first(in: UnsafeRawBufferPointer(target), type: .float32) == nil else {
                throw TransformerError(
                    .notFinite, path: path, subject: names[tensor],
                    "holds a NaN or an infinity; the \(kind) is damaged, or its training diverged")
            }
        }
    }

    func cancel() {}

    func commit() {}
}

/// Reads a matrix without gaps as the data of a tensor.
final class MatrixReader: TensorReader {
    let granularity = 1
    let isSequential = false
    private let matrix: Matrix

    init(_ matrix: Matrix) {
        self.matrix = matrix.asRow
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) {
        matrix.withBytes(ofRow: 0) { bytes in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + target.count]))
        }
    }
}
