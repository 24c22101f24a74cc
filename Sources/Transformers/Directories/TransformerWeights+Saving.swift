public import Checkpoints
import Kernels
public import Tensors

extension TransformerWeights {
    /// Writes a model directory that transformers loads: weights in safetensors, config.json and the files that go with it.
    ///
    /// Nothing unfinished ever stands under the directory's name.
    ///
    /// - Parameters:
    ///   - files: those of the model that the weights were loaded from or made by; config.json gets the type of the weights.
    ///   - type: of all tensors; nil: that of the matrices. Norms and biases, `float32` in memory, are rounded to it.
    ///   - settings: shards, threads, and how files are written.
    ///   - progress: called from any thread, one at a time, with the bytes written so far and in all.
    /// - Throws: ``TransformerError`` where `files` describes another model; `CheckpointError`, `FileError`,
    ///   `CancellationError`.
    /// - Complexity: linear in the data; memory for two blocks a thread.
    @discardableResult
    public func save(
        directory: String, files: ModelFiles, type: ElementType? = nil, settings: ModelWriting = ModelWriting(),
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        let type = type ?? storedType
        try requireFit(files, path: directory)
        return try settings.run(
            planned(type: type), companions: try files.all(type: type), to: directory, progress: progress)
    }

    /// Writes one HDF5 file in Kedge's layout, which carries config.json and generation_config.json in its metadata.
    ///
    /// Parameters and errors are those of ``save(directory:files:type:settings:progress:)``.
    public func save(
        hdf5 path: String, files: ModelFiles, type: ElementType? = nil, options: WritingOptions = WritingOptions(),
        threads: Int = 1, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let type = type ?? storedType
        try requireFit(files, path: path)
        var options = options
        options.metadata += try files.metadata(type: type)
        let tensors = planned(type: type)
        let sink = try CheckpointFormat.hdf5.makeSink(path, tensors: tensors.map(\.description), options: options)
        let transfers = try tensors.map {
            TensorTransfer(
                from: try $0.source.reader(), type: $0.source.type, byteCount: $0.source.byteCount,
                to: $0.description.type)
        }
        _ = try BlockTransfer(transfers, to: sink).run(threads: threads, progress: progress)
        try sink.commit()
    }

    /// The type of the matrices.
    public var storedType: ElementType {
        matrix(.embedding)?.type ?? .float32
    }

    private func requireFit(_ files: ModelFiles, path: String) throws(TransformerError) {
        guard files.configuration == configuration else {
            throw TransformerError(
                .contradiction, path: path, "cannot be written: its config.json would describe another model")
        }
    }

    private func planned(type: ElementType) -> [PlannedTensor] {
        zip(table.parameters, matrices).map { parameter, matrix in
            PlannedTensor(
                TensorDescription(name: parameter.name, type: type.tensorType, shape: parameter.shape),
                from: TensorSource(name: parameter.name, type: matrix.type.tensorType, byteCount: matrix.byteCount) {
                    WeightReader(matrix)
                })
        }
    }
}

/// Reads a matrix in memory as the data of a tensor.
final class WeightReader: TensorReader {
    let granularity = 1
    let isSequential = false
    private let matrix: WeightMatrix

    init(_ matrix: WeightMatrix) {
        self.matrix = matrix
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) {
        matrix.withBytes { bytes in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + target.count]))
        }
    }
}
