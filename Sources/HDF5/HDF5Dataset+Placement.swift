import CHDF5
import Tensors

extension HDF5Container where Self: ~Copyable {
    /// Creates a dataset whose data are going to be placed without libhdf5, and the groups on the way to it that are missing.
    ///
    /// Without chunks its room is reserved in the file at once, and left as it is; ``HDF5Dataset/storage()`` tells where.
    /// Numbers are little-endian.
    ///
    /// - Parameters:
    ///   - path: relative to this container.
    ///   - shape: the extents; empty for a scalar; at most 32.
    ///   - chunking: nil: contiguous. Chunks may be larger than the extents only where those are not fixed.
    /// - Throws: `alreadyExists`, `invalidArgument`, `linkRefused`, `unsupportedType`, `wrongKind`, `writeFailed`.
    public func createDataset(
        _ path: String, storing type: HDF5StoredType, shape: [Int], chunking: HDF5Chunking? = nil
    ) throws(HDF5Error) -> HDF5Dataset {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        guard let width = type.byteWidth else { throw reference.error(.unsupportedType, "\(path): has no such type") }
        let datatype = try reference.identifier(type.makeType(), .unsupportedType, "\(path): has no such type")
        defer { H5Tclose(datatype) }
        return HDF5Dataset(
            try reference.makeDataset(
                path, datatype: datatype, width: width, shape: shape,
                layout: chunking.map { .chunked($0) } ?? .contiguous, isPlaced: true))
    }
}

/// A chunk as it is stored: what the filters made of it, and which of them were skipped.
public struct HDF5EncodedChunk: Sendable {
    let chunk: EncodedChunk

    /// The bytes that the file is going to hold.
    public var byteCount: Int { chunk.bytes.count }
}

/// The filters of a dataset as a pure function of a chunk's bytes, callable from any thread.
public struct HDF5ChunkEncoder: Sendable {
    private let encoder: ChunkEncoder

    /// - Parameter elementSize: the size of an element in bytes.
    /// - Returns: nil for a level that is not 1...9.
    public init?(_ compression: HDF5Compression, elementSize: Int) {
        let shuffle: [HDF5Filter] = compression.shuffles && elementSize > 1 ? [.shuffle] : []
        let filters = shuffle + [.deflate(level: compression.method.recordedLevel)]
        guard let encoder = ChunkEncoder(filters: filters, elementSize: elementSize, method: compression.method) else {
            return nil
        }
        self.encoder = encoder
    }

    /// What is stored of a whole chunk.
    ///
    /// - Complexity: linear.
    public func encode(_ chunk: UnsafeRawBufferPointer) -> HDF5EncodedChunk {
        HDF5EncodedChunk(chunk: encoder.encode(Array(chunk)[...]))
    }

    /// What is stored of the last chunk, which has more room than elements: the rest is zero.
    ///
    /// - Complexity: linear in `byteCount`.
    public func encode(_ chunk: UnsafeRawBufferPointer, filledUpTo byteCount: Int) -> HDF5EncodedChunk {
        let bytes = Array(chunk) + [UInt8](repeating: 0, count: max(0, byteCount - chunk.count))
        return HDF5EncodedChunk(chunk: encoder.encode(bytes[...]))
    }
}

extension HDF5Dataset {
    /// Stores a chunk that was encoded with the dataset's own compression.
    ///
    /// - Parameter origin: the indices of its first element: multiples of the chunk's extents.
    /// - Throws: `writeFailed`.
    public func store(_ chunk: HDF5EncodedChunk, at origin: [Int]) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        let place = origin.map { hsize_t(clamping: $0) }
        let status = H5Dwrite_chunk(
            reference.id, chdf5_default_properties(), chunk.chunk.skippedFilters, place, chunk.chunk.bytes.count,
            chunk.chunk.bytes)
        if status < 0 { throw reference.writeFailure("the chunk at \(origin) cannot be written") }
    }
}
