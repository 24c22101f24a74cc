/// A checkpoint that is being written. What it holds was said when it was made; then come the data, in pieces.
public protocol CheckpointSink: AnyObject, Sendable {
    /// Pieces of this tensor must begin at multiples of this many bytes and be as long, or end with the tensor.
    func granularity(of tensor: Int) -> Int
    /// Takes a piece of a tensor's data in canonical form; from any thread, each byte once.
    ///
    /// - Parameters:
    ///   - tensor: its position in the list that the sink was made with.
    ///   - offset: of the piece, in bytes from the beginning of the tensor.
    ///   - turn: the number of the piece among all pieces of all tensors, in order of tensors and offsets, without gaps.
    ///     Sinks whose result depends on the order wait until the smaller numbers are done.
    /// - Throws: ``CheckpointError``, `FileError`.
    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws
    /// Ends all waiting for smaller numbers, which will not come: something went wrong elsewhere.
    func cancel()
    /// Completes the files and gives them their names. Letting a sink go without it leaves nothing behind.
    ///
    /// - Throws: ``CheckpointError``, `FileError`.
    func commit() throws
}

/// How a checkpoint is written.
public struct WritingOptions: Sendable {
    /// Whether an existing output may be replaced.
    public var overwrite = false
    /// Whether to wait until the data is on the disk before the output gets its name.
    public var isSynchronized = true
    /// Whether HDF5 is written in compressed chunks.
    public var isCompressed = false
    /// Free text for the format to carry, where it can.
    public var metadata: [(key: String, value: String)] = []

    /// The defaults: nothing is replaced, durable, uncompressed, no metadata.
    public init() {}
}

extension CheckpointFormat {
    /// Begins to write one file of this format. A model directory and shards are several: see the sharding flows.
    ///
    /// - Parameters:
    ///   - destination: the final path of the file.
    ///   - tensors: all tensors; names are distinct.
    /// - Throws: ``CheckpointError`` where the format cannot hold a tensor, `FileError`.
    public func makeSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        try Self.requireSound(tensors, path: destination)
        switch self {
        case .safetensors: return try SafetensorsSink(destination, tensors: tensors, options: options)
        case .hdf5: return try HDF5Writer.makeSink(destination, tensors: tensors, options: options)
        case .keras: return try KerasWriter.makeSink(destination, tensors: tensors, options: options)
        case .pytorch: return try PyTorchWriter.makeSink(destination, tensors: tensors, options: options)
        case .npy: return try NumPyWriter.makeArraySink(destination, tensors: tensors, options: options)
        case .npz: return try NumPyWriter.makeArchiveSink(destination, tensors: tensors, options: options)
        case .plainHDF5, .gguf, .huggingFace:
            throw CheckpointError(.unsupported, path: destination, "\(name) is not written as one file")
        }
    }

    /// - Throws: `conflict` for two tensors of one name, `badTensor` for one whose size overflows.
    static func requireSound(_ tensors: [TensorDescription], path: String) throws(CheckpointError) {
        var names = Set<[UInt8]>()
        for tensor in tensors {
            guard names.insert(Array(tensor.name.utf8)).inserted else {
                throw CheckpointError(.conflict, path: path, tensor: tensor.name, "two tensors get this name")
            }
            guard tensor.byteCount != nil else {
                throw CheckpointError(.badTensor, path: path, tensor: tensor.name, "its size overflows")
            }
        }
    }
}
