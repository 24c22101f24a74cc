public import Tensors

/// A tensor of a checkpoint: what it is, and where its data lies.
public struct StoredTensor: Sendable {
    /// The name, kept exactly as the file has it; never used as a path.
    public let name: String
    /// The type of the elements.
    public let type: TensorType
    /// The extent of each dimension, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The number of elements.
    public let elementCount: Int
    /// The size of the data in bytes in canonical form: row-major, little-endian, without gaps. Of data that is not read:
    /// as it is stored.
    public let byteCount: Int
    /// Where the data lies.
    public let storage: TensorStorage
    /// Whether the numbers are stored with the most significant byte first.
    public let isBigEndian: Bool
    /// What the file calls the type where ``type`` has no such one, as for quantised tensors; these are `.unread`, and
    /// ``type`` says nothing about them.
    public let storedTypeName: String?

    /// The name of the type, for people.
    public var typeName: String { storedTypeName ?? type.name }

    /// Describes a tensor, or returns nil where the sizes overflow or are no whole number of bytes.
    public init?(_ description: TensorDescription, storage: TensorStorage, isBigEndian: Bool = false) {
        guard let elementCount = description.elementCount, let byteCount = description.byteCount else { return nil }
        name = description.name
        type = description.type
        shape = description.shape
        self.elementCount = elementCount
        self.byteCount = byteCount
        self.storage = storage
        self.isBigEndian = isBigEndian
        storedTypeName = nil
    }

    /// Describes a tensor of a type that is only listed, or returns nil where its shape overflows.
    ///
    /// - Parameters:
    ///   - byteCount: the bytes that it takes in the file.
    ///   - reason: completes "its data is not read: ...".
    public init?(unread description: TensorDescription, storedTypeName: String, byteCount: Int, reason: String) {
        guard let elementCount = description.elementCount else { return nil }
        name = description.name
        type = description.type
        shape = description.shape
        self.elementCount = elementCount
        self.byteCount = byteCount
        storage = .unread(reason: reason)
        isBigEndian = false
        self.storedTypeName = storedTypeName
    }

    /// The tensor without its data.
    public var description: TensorDescription { TensorDescription(name: name, type: type, shape: shape) }
}

/// Where the data of a tensor lies. Offsets count bytes from the beginning of a file of ``Checkpoint/files``.
public enum TensorStorage: Sendable {
    /// Row-major without gaps from `offset` on.
    case bytes(file: Int, offset: Int)
    /// Elements at regular distances.
    case strided(StridedStorage)
    /// Row-major without gaps inside a raw deflate stream.
    case deflated(DeflatedStorage)
    /// HDF5 chunks.
    case chunked(ChunkedStorage)
    /// The bytes themselves, for small tensors that lie in a header.
    case inline([UInt8])
    /// Known to be there, but not read; the reason completes "its data is not read: ...".
    case unread(reason: String)
}

/// Elements at regular distances: transposed and expanded views, Fortran order.
public struct StridedStorage: Sendable {
    /// The file.
    public let file: Int
    /// Where the element with all indices 0 lies.
    public let offset: Int
    /// The distance between neighbours along each dimension, in elements; 0 repeats, and none is negative.
    public let strides: [Int]

    /// Describes the place.
    public init(file: Int, offset: Int, strides: [Int]) {
        self.file = file
        self.offset = offset
        self.strides = strides
    }
}

/// Data inside a raw deflate stream (RFC 1951), as zip archives have it.
public struct DeflatedStorage: Sendable {
    /// The file.
    public let file: Int
    /// The compressed stream.
    public let range: Range<Int>
    /// How many decompressed bytes precede the data, such as the header of a `.npy`.
    public let headerSize: Int
    /// The size that the archive promises for all of it, decompressed, header included.
    public let totalSize: Int

    /// Describes the place.
    public init(file: Int, range: Range<Int>, headerSize: Int, totalSize: Int) {
        self.file = file
        self.range = range
        self.headerSize = headerSize
        self.totalSize = totalSize
    }
}

/// Chunks of an HDF5 dataset.
public struct ChunkedStorage: Sendable {
    /// A filter that was applied to chunks when they were written.
    public enum Filter: Sendable, Hashable {
        /// The bytes of the elements were transposed.
        case shuffle
        /// A zlib stream (RFC 1950).
        case deflate
        /// A checksum of 4 bytes follows.
        case fletcher32
    }

    /// One chunk that is there; those that are not hold the fill value.
    public struct Chunk: Sendable, Hashable {
        /// The chunk's place in the grid of chunks, row-major: its number if all were there.
        public let number: Int
        /// Where its bytes lie.
        public let offset: Int
        /// How many there are.
        public let byteCount: Int
        /// Bit `i` set: filter `i` was not applied.
        public let skippedFilters: UInt32

        /// Describes a chunk.
        public init(number: Int, offset: Int, byteCount: Int, skippedFilters: UInt32) {
            self.number = number
            self.offset = offset
            self.byteCount = byteCount
            self.skippedFilters = skippedFilters
        }
    }

    /// The file.
    public let file: Int
    /// The extent of one chunk, of the tensor's rank.
    public let chunkShape: [Int]
    /// The filters in the order of writing.
    public let filters: [Filter]
    /// The chunks that are there, by ascending number.
    public let chunks: [Chunk]
    /// The element that fills absent chunks, as stored; empty for zero.
    public let fillValue: [UInt8]

    /// Describes the chunks.
    public init(file: Int, chunkShape: [Int], filters: [Filter], chunks: [Chunk], fillValue: [UInt8] = []) {
        self.file = file
        self.chunkShape = chunkShape
        self.filters = filters
        self.chunks = chunks
        self.fillValue = fillValue
    }
}
