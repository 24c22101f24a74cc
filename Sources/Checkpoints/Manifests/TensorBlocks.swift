import Tensors

/// Goes through the data of one tensor from its beginning to its end, block by block.
struct TensorBlocks {
    /// The usual size of a block in bytes: it stays in the cache.
    private static let blockSize = 1 << 20
    /// The most that a reader's granularity may make of it.
    private static let largestBlock = 8 << 20

    private let reader: any TensorReader
    private let byteCount: Int

    init(_ tensor: StoredTensor, of checkpoint: Checkpoint) throws(CheckpointError) {
        reader = try checkpoint.reader(of: tensor)
        byteCount = tensor.byteCount
    }

    /// Blocks of these begin and end at whole elements of up to 16 bytes.
    private var step: Int {
        let granularity = reader.granularity
        guard granularity > 1, granularity <= Self.largestBlock else { return Self.blockSize }
        var common = granularity
        while common % 16 != 0 { common *= 2 }
        guard common <= Self.largestBlock else { return Self.blockSize }
        return max(common, Self.blockSize / common * common)
    }

    /// Calls `body` with each block in order and where it begins. `body` goes through no other tensor.
    func forEach(
        through buffers: BlockBuffers, _ body: (_ block: UnsafeRawBufferPointer, _ offset: Int) throws -> Void
    ) throws {
        try LargeChunkTurn.take(if: reader.hasLargeChunks) {
            var offset = 0
            while offset < byteCount {
                let block = buffers.source(min(step, byteCount - offset))
                try reader.read(at: offset, into: block)
                try body(UnsafeRawBufferPointer(block), offset)
                offset += block.count
            }
        }
    }
}
