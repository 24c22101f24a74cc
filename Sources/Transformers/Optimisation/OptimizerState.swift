import Checkpoints
import Kernels
import Tensors

/// The numbers that an optimiser keeps from step to step, as named tensors in binary32, to be written and read bit by bit.
///
/// The matrices are views: reading into them changes the optimiser that they came from.
public struct OptimizerState: Sendable {
    private struct Entry {
        let name: String
        let matrix: Matrix
        let shape: [Int]
    }

    private var entries: [Entry] = []

    init() {}

    mutating func add(_ name: String, _ matrix: Matrix, shape: [Int]) {
        entries.append(Entry(name: name, matrix: matrix, shape: shape))
    }

    /// The names of the tensors, in their order.
    public var names: [String] { entries.map(\.name) }

    /// The numbers of a tensor, row by row; nil where there is none of the name.
    public func numbers(_ name: String) -> [Float]? {
        entries.first { $0.name == name }?.matrix.asRow.array(row: 0)
    }

    /// Writes one safetensors file.
    ///
    /// - Throws: `CheckpointError`, `FileError`.
    /// - Complexity: linear in the data; memory for a block a thread.
    public func save(_ path: String, threads: Int = 1, isSynchronized: Bool = true) throws {
        var options = WritingOptions()
        options.isSynchronized = isSynchronized
        let sink = try CheckpointFormat.safetensors.makeSink(
            path, tensors: entries.map { TensorDescription(name: $0.name, type: .float32, shape: $0.shape) },
            options: options)
        let transfers = entries.map { entry in
            TensorTransfer(
                from: MatrixReader(entry.matrix), type: .float32,
                byteCount: entry.matrix.rows * entry.matrix.columns * 4, to: .float32)
        }
        _ = try BlockTransfer(transfers, to: sink).run(threads: threads)
        try sink.commit()
    }

    /// Reads a file that ``save(_:threads:isSynchronized:)`` wrote into the matrices.
    ///
    /// - Throws: ``TransformerError`` with the name of a tensor that is missing, of another shape or type, not finite, or not
    ///   expected; `CheckpointError`, `FileError`. The matrices may have been changed by then.
    public func load(_ path: String, threads: Int = 1) throws {
        let checkpoint = try Checkpoint.open(path, as: .safetensors)
        var rest: [String: StoredTensor] = [:]
        for tensor in checkpoint.tensors { rest[tensor.name] = tensor }
        var tensors: [StoredTensor] = []
        for entry in entries {
            guard let tensor = rest.removeValue(forKey: entry.name) else {
                throw TransformerError(
                    .missingTensor, path: path, subject: entry.name, "is missing; the state is that of another model")
            }
            guard tensor.shape == entry.shape, tensor.type == .float32 else {
                throw TransformerError(
                    .wrongShape, path: path, subject: entry.name,
                    "is \(tensor.typeName) \(tensor.shape), and the model makes it F32 \(entry.shape)")
            }
            tensors.append(tensor)
        }
        if let extra = rest.keys.min() {
            throw TransformerError(
                .unexpectedTensor, path: path, subject: extra, "belongs to nothing that is trained")
        }
        let transfers = try tensors.map { try TensorTransfer($0, of: checkpoint, to: .float32) }
        let sink = MatrixSink(entries.map(\.matrix), names: names, path: path, kind: "state of the optimiser")
        _ = try BlockTransfer(transfers, to: sink).run(threads: threads)
    }
}
