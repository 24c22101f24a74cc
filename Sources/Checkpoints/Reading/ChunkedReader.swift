import Files
import Synchronization
import Tensors

/// Data in HDF5 chunks, read and decoded without libhdf5.
final class ChunkedReader: TensorReader {
    /// The largest chunk that is read, in bytes.
    static let largestChunk = 96 << 20

    let granularity: Int
    let isSequential = false

    private let grid: ChunkGrid
    private let decoder: ChunkDecoder
    private let chunks: [ChunkedStorage.Chunk]
    private let fill: [UInt8]
    private let cache = ChunkCache.shared
    private let number = ChunkCache.shared.makeReader()

    init(file: RandomAccessFile, tensor: StoredTensor, place: ChunkedStorage) throws(CheckpointError) {
        func bad(_ message: String) -> CheckpointError {
            CheckpointError(.badTensor, path: file.path, tensor: tensor.name, message)
        }
        guard let width = tensor.type.byteWidth,
            let grid = ChunkGrid(shape: tensor.shape, chunk: place.chunkShape, width: width)
        else { throw bad("its chunks do not fit its shape") }
        guard grid.chunkByteCount <= Self.largestChunk else {
            throw CheckpointError(
                .limitExceeded, path: file.path, tensor: tensor.name,
                "has chunks of \(grid.chunkByteCount) bytes, more than \(Self.largestChunk); repack it in smaller ones")
        }
        var last = -1
        for chunk in place.chunks {
            guard chunk.number > last, chunk.number < grid.chunkCount else {
                throw bad("its index of chunks is damaged")
            }
            last = chunk.number
        }
        guard place.fillValue.isEmpty || place.fillValue.count == width else { throw bad("its fill value is damaged") }
        guard place.filters.count(where: { $0 == .shuffle }) <= 1, place.filters.count <= 8 else {
            throw bad("has more filters than are supported")
        }
        self.grid = grid
        chunks = place.chunks
        fill = place.fillValue
        decoder = ChunkDecoder(
            file: file, tensor: tensor.name, filters: place.filters, width: width,
            chunkByteCount: grid.chunkByteCount)
        let band = grid.granularity
        granularity = place.chunks.isEmpty ? width : band
    }

    /// Whether chunks are so large that few are decoded at a time.
    var hasLargeChunks: Bool { grid.chunkByteCount > ChunkCache.largestSmallChunk }

    deinit {
        cache.remove(reader: number)
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        guard target.count > 0 else { return }
        let wanted = offset..<offset + target.count
        if chunks.isEmpty { return put(fill, at: offset, into: target) }
        for band in grid.band(at: offset)...grid.band(at: wanted.upperBound - 1) {
            let numbers = band * grid.chunksPerBand..<(band + 1) * grid.chunksPerBand
            let present = index(of: numbers.lowerBound)..<index(of: numbers.upperBound)
            if present.count < numbers.count {
                let bytes = grid.bytes(ofBand: band).clamped(to: wanted)
                put(
                    fill, at: bytes.lowerBound,
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: target[bytes.lowerBound - offset..<bytes.upperBound - offset]))
            }
            for chunk in chunks[present] { try copy(chunk, to: target, wanted: wanted) }
        }
    }

    /// The position of the first chunk whose number is not below that.
    private func index(of number: Int) -> Int {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func copy(
        _ chunk: ChunkedStorage.Chunk, to target: UnsafeMutableRawBufferPointer, wanted: Range<Int>
    ) throws {
        let box = grid.box(of: chunk.number)
        guard box.bytes.overlaps(wanted) else { return }
        let isWhole = wanted.lowerBound <= box.bytes.lowerBound && box.bytes.upperBound <= wanted.upperBound
        if isWhole, grid.isOneRun(box) {
            let start = box.bytes.lowerBound - wanted.lowerBound
            let part = UnsafeMutableRawBufferPointer(rebasing: target[start..<start + grid.chunkByteCount])
            return try withBudget(chunk) { try decoder.decode(chunk, into: part) }
        }
        if isWhole {
            return try withBudget(chunk) {
                let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: grid.chunkByteCount, alignment: 64)
                defer { bytes.deallocate() }
                try decoder.decode(chunk, into: bytes)
                scatter(UnsafeRawBufferPointer(bytes), box, to: target, wanted: wanted)
            }
        }
        try copyPart(of: chunk, box, to: target, wanted: wanted)
    }

    /// A part of a chunk, which is then kept for whoever wants the next one.
    private func copyPart(
        of chunk: ChunkedStorage.Chunk, _ box: ChunkGrid.Box, to target: UnsafeMutableRawBufferPointer,
        wanted: Range<Int>
    ) throws {
        let entry = cache.entry(
            ChunkCache.Key(reader: number, chunk: chunk.number), byteCount: grid.chunkByteCount)
        try entry.bytes.withLock { bytes in
            if bytes == nil {
                var decoded: [UInt8] = []
                try withBudget(chunk) {
                    decoded = [UInt8](repeating: 0, count: grid.chunkByteCount)
                    try decoded.withUnsafeMutableBytes { try decoder.decode(chunk, into: $0) }
                }
                bytes = decoded
            }
            bytes?.withUnsafeBytes { scatter($0, box, to: target, wanted: wanted) }
        }
    }

    /// Runs `body`, which decodes a chunk, where its memory fits: the stored bytes, what filters make of them, the result.
    private func withBudget(_ chunk: ChunkedStorage.Chunk, _ body: () throws -> Void) throws {
        guard hasLargeChunks else { return try body() }
        // What a chunk claims beyond this is refused before it is read.
        let stored = min(chunk.byteCount, 2 * grid.chunkByteCount)
        try DecodingBudget.shared.withBytes(stored + 2 * grid.chunkByteCount, body)
    }

    private func scatter(
        _ bytes: UnsafeRawBufferPointer, _ box: ChunkGrid.Box, to target: UnsafeMutableRawBufferPointer,
        wanted: Range<Int>
    ) {
        grid.forEachRun(in: box) { run in
            let part = (run.tensorOffset..<run.tensorOffset + run.count).clamped(to: wanted)
            if part.isEmpty { return }
            let source = run.chunkOffset + part.lowerBound - run.tensorOffset
            let place = part.lowerBound - wanted.lowerBound
            UnsafeMutableRawBufferPointer(rebasing: target[place..<place + part.count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[source..<source + part.count]))
        }
    }

    private func put(_ fill: [UInt8], at offset: Int, into target: UnsafeMutableRawBufferPointer) {
        guard !fill.isEmpty else {
            target.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        var phase = offset % fill.count
        for index in target.indices {
            target[index] = fill[phase]
            phase = phase + 1 == fill.count ? 0 : phase + 1
        }
    }
}
