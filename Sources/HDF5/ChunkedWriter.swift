import CHDF5
public import Tensors

/// Appends a long dataset of numbers in pieces of any size.
///
/// Elements are gathered to whole chunks, filtered outside libhdf5 and stored as they are, so that compression neither
/// holds libhdf5's lock nor is repeated for a chunk that is filled in several steps. The bytes of the file depend on
/// the elements alone: not on the sizes of the pieces, nor on how many chunks are compressed at a time.
///
/// What was appended is complete in the file only after ``finish()``; a writer that is dropped loses its last chunk.
/// Memory: ``chunksInFlight`` chunks, twice while they are compressed.
public struct ChunkedWriter<Element: TensorElement>: ~Copyable, Sendable {
    /// How many chunks are gathered before they are compressed at the same time.
    public let chunksInFlight: Int

    private let dataset: HDF5Dataset
    private let encoder: ChunkEncoder
    private var shape: [Int]
    private let chunkRowCount: Int
    private let rowByteCount: Int
    private var pending: [UInt8]

    private var chunkByteCount: Int { chunkRowCount * rowByteCount }

    /// Takes over an extendable dataset whose chunks span whole rows; the filters are those of the dataset.
    ///
    /// - Parameters:
    ///   - method: how chunks are compressed where the dataset's are; nil: at the level of the dataset.
    ///   - chunksInFlight: at least 1.
    /// - Throws: `wrongType`, `invalidArgument` if the dataset is not extendable, its chunks do not span whole rows, its
    ///   rows do not end at a chunk's end or its filters are other than shuffle and deflate.
    public init(
        _ dataset: consuming HDF5Dataset, method: HDF5Compression.Method? = nil, chunksInFlight: Int = 4
    ) throws(HDF5Error) {
        let reference = dataset.reference
        try reference.requireWritable()
        try dataset.requireElements(Element.elementType)
        let width = Element.elementType.byteWidth
        let shape = try dataset.shape()
        guard chunksInFlight >= 1, try dataset.isExtendable(), let chunk = try dataset.chunkShape(),
            chunk.count == shape.count, chunk.dropFirst() == shape.dropFirst(), shape[0] % chunk[0] == 0,
            let encoder = ChunkEncoder(filters: try dataset.filters(), elementSize: width, method: method)
        else {
            throw reference.error(
                .invalidArgument,
                "cannot be written by chunks: it must be extendable, in chunks of whole rows, the last one full, "
                    + "with no filter but shuffle and deflate, and at least one chunk in flight")
        }
        let chunkByteCount = try reference.byteCount(of: chunk, width: width)
        _ = try reference.byteCount(of: [chunksInFlight], width: chunkByteCount)
        self.shape = shape
        self.encoder = encoder
        pending = []
        self.chunksInFlight = chunksInFlight
        chunkRowCount = chunk[0]
        rowByteCount = chunkByteCount / chunk[0]
        self.dataset = dataset
    }

    /// Appends elements, row-major; a piece may end inside a row.
    ///
    /// - Throws: `writeFailed`; then the writer and its file are of no more use.
    /// - Complexity: amortised linear; compresses on the calling thread.
    public mutating func append(_ elements: Span<Element>) throws(HDF5Error) {
        var start = 0
        while start < elements.count {
            start += take(elements.extracting(start...), upTo: chunkByteCount)
            if pending.count >= chunkByteCount { try storeChunks() }
        }
    }

    /// Appends elements; as ``append(_:)`` from a span.
    public mutating func append(_ elements: [Element]) throws(HDF5Error) {
        // Swift 6.3 frees a literal of one element before its span is read, where all of this is inlined.
        defer { withExtendedLifetime(elements) {} }
        try append(elements.span)
    }

    /// Appends elements, row-major; ``chunksInFlight`` chunks at a time are compressed concurrently.
    ///
    /// - Throws: `writeFailed`; then the writer and its file are of no more use.
    public mutating func appendConcurrently(_ elements: ArraySlice<Element>) async throws(HDF5Error) {
        var start = 0
        while start < elements.count {
            start += take(elements.span.extracting(start...), upTo: chunksInFlight * chunkByteCount)
            if pending.count == chunksInFlight * chunkByteCount { try await drainConcurrently() }
        }
    }

    /// Appends elements; as ``appendConcurrently(_:)`` from a slice.
    public mutating func appendConcurrently(_ elements: [Element]) async throws(HDF5Error) {
        try await appendConcurrently(elements[...])
    }

    /// Stores the last chunk, filled up with zeros, and gives the dataset back, its extent exactly what was appended.
    ///
    /// - Throws: `shapeMismatch` if the last row is not complete, `writeFailed`.
    @discardableResult
    public consuming func finish() throws(HDF5Error) -> HDF5Dataset {
        try storeRemainder()
        return dataset
    }

    private mutating func storeRemainder() throws(HDF5Error) {
        guard pending.count % rowByteCount == 0 else {
            throw dataset.reference.error(.shapeMismatch, "the last of the appended rows is not complete")
        }
        try storeChunks()
        if pending.isEmpty { return }
        let rowCount = pending.count / rowByteCount
        pending.append(contentsOf: repeatElement(0, count: chunkByteCount - pending.count))
        let chunk = encoder.encode(pending[...])
        pending = []
        try store(chunk, rowCount: rowCount)
    }

    /// Moves as many elements as fit below the limit into `pending` and returns their number.
    private mutating func take(_ elements: Span<Element>, upTo limit: Int) -> Int {
        let room = max(0, limit - pending.count) / MemoryLayout<Element>.stride
        let count = min(room, elements.count)
        if pending.isEmpty { pending.reserveCapacity(limit) }
        elements.extracting(first: count).withUnsafeBytes { pending.append(contentsOf: $0) }
        return count
    }

    /// Stores every whole chunk of `pending`, one after the other.
    private mutating func storeChunks() throws(HDF5Error) {
        var start = 0
        while pending.count - start >= chunkByteCount {
            let chunk = encoder.encode(pending[start..<start + chunkByteCount])
            start += chunkByteCount
            try store(chunk)
        }
        if start == pending.count { pending.removeAll(keepingCapacity: true) } else { pending.removeFirst(start) }
    }

    private mutating func drainConcurrently() async throws(HDF5Error) {
        let (bytes, size, encoder) = (pending, chunkByteCount, encoder)
        let count = bytes.count / size
        let chunks = await withTaskGroup(of: (Int, EncodedChunk).self) { group in
            for index in 0..<count {
                group.addTask { (index, encoder.encode(bytes[index * size..<(index + 1) * size])) }
            }
            var chunks = [EncodedChunk?](repeating: nil, count: count)
            for await (index, chunk) in group { chunks[index] = chunk }
            return chunks
        }
        pending.removeAll(keepingCapacity: true)
        for case let chunk? in chunks { try store(chunk) }
    }

    private mutating func store(_ chunk: EncodedChunk, rowCount: Int? = nil) throws(HDF5Error) {
        let reference = dataset.reference
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        var offset = [hsize_t](repeating: 0, count: shape.count)
        offset[0] = hsize_t(shape[0])
        let (rows, overflows) = shape[0].addingReportingOverflow(rowCount ?? chunkRowCount)
        if overflows { throw reference.error(.limitExceeded, "its number of rows overflows") }
        shape[0] = rows
        try dataset.resize(to: shape)
        let status = H5Dwrite_chunk(
            reference.id, chdf5_default_properties(), chunk.skippedFilters, offset, chunk.bytes.count, chunk.bytes)
        if status < 0 { throw reference.writeFailure("the chunk at row \(offset[0]) cannot be written") }
    }
}
