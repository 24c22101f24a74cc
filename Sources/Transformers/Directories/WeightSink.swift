import Checkpoints
import Kernels
import Tensors

/// Takes tensors into matrices in memory, and refuses numbers that are not finite.
final class WeightSink: CheckpointSink {
    private let matrices: [WeightMatrix]
    private let tensors: [StoredTensor]
    private let path: String

    init(_ matrices: [WeightMatrix], tensors: [StoredTensor], path: String) {
        self.matrices = matrices
        self.tensors = tensors
        self.path = path
    }

    func granularity(of tensor: Int) -> Int { 4 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        let matrix = matrices[tensor]
        try matrix.withBytes { (all: UnsafeMutableRawBufferPointer) throws(TransformerError) in
            let target = UnsafeMutableRawBufferPointer(rebasing: all[offset..<offset + bytes.count])
            target.copyMemory(from: bytes)
            guard let first = NonFiniteNumbers.first(in: UnsafeRawBufferPointer(target), type: matrix.type) else {
                return
            }
            let index = offset / matrix.type.byteWidth + first
            let place =
                matrix.rows == 1 ? "[\(index)]" : "[\(index / matrix.columns), \(index % matrix.columns)]"
            throw TransformerError(.notFinite, path: path, subject: tensors[tensor].name, message(tensor, place))
        }
    }

    private func message(_ tensor: Int, _ place: String) -> String {
        let (stored, type) = (tensors[tensor].type, matrices[tensor].type)
        // What is beyond the range of a type has become an infinity on the way.
        guard stored == .float64 || (stored == .float32 && type == .bfloat16) else {
            return "holds a NaN or an infinity at \(place); the weights are damaged, or their training diverged"
        }
        return "holds at \(place) a NaN, an infinity or a number beyond the range of \(type.name)"
            + (stored == .float32 ? "; load it as float32, or look at how it was trained" : "")
    }

    func cancel() {}

    func commit() {}
}

/// Compares a tensor with a matrix in memory.
final class EqualitySink: CheckpointSink {
    private let matrix: WeightMatrix
    private let name: String
    private let path: String

    init(_ matrix: WeightMatrix, name: String, path: String) {
        self.matrix = matrix
        self.name = name
        self.path = path
    }

    func granularity(of tensor: Int) -> Int { 4 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        let isEqual = matrix.withBytes { all in all[offset..<offset + bytes.count].elementsEqual(bytes) }
        guard isEqual else {
            throw TransformerError(
                .contradiction, path: path, subject: name,
                "differs from the embedding, and 'tie_word_embeddings' says that they are one; set it to false, or remove the tensor"
            )
        }
    }

    func cancel() {}

    func commit() {}
}
