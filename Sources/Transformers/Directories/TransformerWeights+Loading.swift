public import Checkpoints
import Kernels
public import Tensors

extension TransformerWeights {
    /// Reads a model's weights into memory.
    ///
    /// The path is that of a model directory (safetensors, one file or shards; PyTorch; or one HDF5 file of Kedge's), or of a
    /// checkpoint that carries config.json in its metadata or lies beside it. Names may lack `model.` in front, as those of
    /// transformers' models without a head do. `lm_head.weight` of a model with tied embeddings has to equal the embedding;
    /// transformers would untie it silently.
    ///
    /// - Parameters:
    ///   - type: of the matrices, `float32` or `bfloat16`; nil: as they are stored where all are bfloat16, else `float32`. Norms
    ///     and biases are always `float32`.
    ///   - threads: that read and convert, at least 1.
    ///   - reading: how the checkpoint is opened.
    ///   - progress: called from any thread, one at a time, with the bytes read so far and in all.
    /// - Throws: ``TransformerError``, naming the tensor; `CheckpointError`, `FileError`, `CancellationError`.
    /// - Complexity: linear in the data; memory for the weights and two blocks a thread.
    public static func load(
        _ path: String, type: ElementType? = nil, threads: Int = 2, reading: ReadingOptions = ReadingOptions(),
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> TransformerWeights {
        let place = try ModelPlace(path, reading: reading)
        return try load(place, type: type, threads: threads, progress: progress)
    }

    static func load(
        _ place: ModelPlace, type: ElementType?, threads: Int,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) throws -> TransformerWeights {
        let table = ParameterTable(place.configuration)
        let match = try ParameterMatch(table, in: place)
        let chosen = type ?? match.storedType
        try requireMemory(table, type: chosen, path: place.path)
        let weights = TransformerWeights(place.configuration, type: chosen)
        let transfers = try zip(match.tensors, weights.matrices).map { tensor, matrix in
            try TensorTransfer(tensor, of: place.checkpoint, to: matrix.type.tensorType)
        }
        let sink = WeightSink(weights.matrices, tensors: match.tensors, path: place.path)
        _ = try BlockTransfer(transfers, to: sink).run(threads: threads, progress: progress)
        if let head = match.tiedHead, let embedding = weights.matrix(.embedding) {
            let comparison = EqualitySink(embedding, name: head.name, path: place.path)
            let transfer = try TensorTransfer(head, of: place.checkpoint, to: embedding.type.tensorType)
            _ = try BlockTransfer([transfer], to: comparison).run(threads: threads)
        }
        return weights
    }
}
