import Files
import HDF5
import Synchronization

/// Compressed chunks: encoded on the threads that bring them, stored in the order of their turns, so that equal tensors give
/// equal files.
final class CompressedHDF5Sink: CheckpointSink {
    /// The dataset that chunks are being stored in. Turns go through the datasets in order, so one is open at a time.
    private struct State: ~Copyable {
        var file: HDF5File?
        var dataset: HDF5Dataset?
        var tensor = -1
    }

    private let path: String
    private let output: PlacedOutput
    private let datasets: [PlannedDataset]
    private let layouts: [ChunkLayout?]
    private let offsets: [Int]
    private let encoders: [Int: HDF5ChunkEncoder]
    private let turnstile: Turnstile
    private let state: Mutex<State>
    private let isSynchronized: Bool

    init(
        _ output: consuming OutputFile, plan: HDF5Plan, options: WritingOptions, turnstile: Turnstile
    ) throws {
        path = output.destination
        datasets = plan.datasets
        let layouts = plan.datasets.map { ChunkLayout($0) }
        let file = try HDF5File(creating: output.temporaryPath, alignment: HDF5Writer.alignment)
        var encoders: [Int: HDF5ChunkEncoder] = [:]
        var offsets = [Int](repeating: 0, count: plan.datasets.count)
        var end = 0
        for (index, dataset) in plan.datasets.enumerated() {
            let chunking = layouts[index].map { HDF5Chunking(shape: $0.shape, compression: HDF5Compression(.planes)) }
            let made = try file.createDataset(
                dataset.path, storing: dataset.type, shape: dataset.shape, chunking: chunking)
            try HDF5Writer.write(dataset.attributes, to: made)
            if chunking != nil, encoders[dataset.width] == nil {
                encoders[dataset.width] = HDF5ChunkEncoder(HDF5Compression(.planes), elementSize: dataset.width)
            }
            if chunking == nil, case .contiguous(let offset?) = try made.storage() {
                offsets[index] = offset
                end = max(end, offset + dataset.byteCount)
            }
        }
        try HDF5Writer.writeAttributes(of: plan, to: file)
        self.layouts = layouts
        self.offsets = offsets
        self.encoders = encoders
        self.turnstile = turnstile
        isSynchronized = options.isSynchronized
        let present = try FileSystem.size(ofFileAt: output.temporaryPath)
        self.output = try PlacedOutput(adopting: output, size: max(end, present))
        state = Mutex(State(file: file))
    }

    func granularity(of tensor: Int) -> Int { layouts[tensor]?.byteCount ?? 1 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        guard let layout = layouts[tensor], let encoder = encoders[datasets[tensor].width] else {
            try output.write(bytes, at: offsets[tensor] + offset)
            return try turnstile.pass(turn) {}
        }
        var chunks: [HDF5EncodedChunk] = []
        var start = 0
        while start < bytes.count {
            let count = min(layout.byteCount, bytes.count - start)
            let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
            chunks.append(
                count == layout.byteCount ? encoder.encode(part) : encoder.encode(part, filledUpTo: layout.byteCount))
            start += count
        }
        try turnstile.pass(turn) {
            do {
                try store(chunks, tensor: tensor, from: offset / layout.byteCount, layout: layout)
            } catch let error as HDF5Error {
                throw HDF5Writer.failure(error, path: path)
            }
        }
    }

    private func store(_ chunks: [HDF5EncodedChunk], tensor: Int, from first: Int, layout: ChunkLayout) throws {
        try state.withLock { state in
            if state.tensor != tensor {
                state.dataset = nil
                state.dataset = try state.file?.openDataset(datasets[tensor].path)
                state.tensor = tensor
            }
            for (index, chunk) in chunks.enumerated() {
                try state.dataset?.store(chunk, at: layout.origin(of: first + index))
            }
        }
    }

    func cancel() {
        turnstile.close()
    }

    func commit() throws {
        do {
            try state.withLock { state in
                state.dataset = nil
                let file = state.file.take()
                try file?.close()
            }
        } catch let error as HDF5Error {
            throw HDF5Writer.failure(error, path: path)
        }
        try output.commit(synchronizing: isSynchronized)
    }
}

/// The chunks of a dataset whose blocks, as they come in the order of elements, are whole chunks.
struct ChunkLayout {
    private static let wanted = 1 << 20
    private static let largest = 4 << 20
    private static let largestForced = 64 << 20
    /// Below this an index of chunks takes more than compression gains.
    private static let smallest = 16 << 10

    /// The extents of a chunk.
    let shape: [Int]
    let byteCount: Int

    /// The axis that chunks divide: before it they are one wide, behind it as wide as the dataset.
    private let axis: Int
    private let extents: [Int]

    /// Nil for a dataset that is better not chunked: small, or of an extent that does not divide well.
    init?(_ dataset: PlannedDataset) {
        let extents = dataset.shape
        // Elements that share bytes have a shape of their own in an attribute, and no chunks.
        guard !extents.isEmpty, dataset.byteCount >= Self.smallest,
            !dataset.attributes.contains(where: { if case .numbers("shape", _) = $0 { true } else { false } })
        else { return nil }
        var row = dataset.byteCount
        var (axis, rows) = (0, 1)
        while true {
            row /= extents[axis]
            if row <= Self.largest || axis == extents.count - 1 { break }
            axis += 1
        }
        rows = max(1, min(extents[axis], Self.wanted / row))
        // Where there are several indices before the axis each must end with a chunk.
        if extents[..<axis].contains(where: { $0 > 1 }), extents[axis] % rows != 0 {
            let divisors = (1...min(extents[axis], max(1, Self.largest / row))).filter { extents[axis] % $0 == 0 }
            let best = divisors.last ?? 1
            // An extent without such divisors is one chunk as a whole, if that is not too large.
            if best * row >= Self.wanted / 16 {
                rows = divisors.first { $0 * row >= Self.wanted } ?? best
            } else if extents[axis] * row <= Self.largestForced {
                rows = extents[axis]
            } else {
                return nil
            }
        }
        shape = [Int](repeating: 1, count: axis) + [rows] + extents[(axis + 1)...]
        byteCount = rows * row
        self.axis = axis
        self.extents = extents
    }

    /// The indices of the first element of a chunk, numbered in the order of elements.
    func origin(of number: Int) -> [Int] {
        var origin = [Int](repeating: 0, count: extents.count)
        let perIndex = (extents[axis] + shape[axis] - 1) / shape[axis]
        origin[axis] = number % perIndex * shape[axis]
        var rest = number / perIndex
        for outer in (0..<axis).reversed() {
            origin[outer] = rest % extents[outer]
            rest /= extents[outer]
        }
        return origin
    }
}
