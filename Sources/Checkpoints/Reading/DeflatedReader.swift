import Files
import Synchronization

/// Data inside a raw deflate stream. Reads in order go through the stream once; one that goes back starts again.
final class DeflatedReader: TensorReader {
    private struct State {
        var inflater: RawInflater
        /// How many decompressed bytes lie behind, the header included.
        var position = 0
    }

    let granularity = 1
    let isSequential = true
    private let file: RandomAccessFile
    private let place: DeflatedStorage
    private let tensor: String
    /// Where the data ends in the decompressed stream.
    private let end: Int
    private let mutex = Mutex(())
    /// Touched by whoever holds ``mutex``.
    nonisolated(unsafe) private var state: State?

    init(file: RandomAccessFile, tensor: StoredTensor, place: DeflatedStorage) throws(CheckpointError) {
        self.file = file
        self.place = place
        self.tensor = tensor.name
        end = place.headerSize + tensor.byteCount
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        let start = place.headerSize + offset
        try mutex.withLock { _ in
            var current: State
            if let known = state, known.position <= start {
                current = known
            } else {
                current = State(inflater: try RawInflater(file: file, range: place.range))
            }
            // Lost where something throws: the next read starts again.
            state = nil
            try skip(&current, to: start)
            try fill(target, &current)
            if current.position == end, end == place.totalSize { try requireEnd(&current) }
            state = current
        }
    }

    private func skip(_ state: inout State, to start: Int) throws {
        guard state.position < start else { return }
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(256 << 10, start - state.position), alignment: 64)
        defer { scratch.deallocate() }
        while state.position < start {
            try fill(
                UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, start - state.position)]), &state)
        }
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer, _ state: inout State) throws {
        let found = try state.inflater.read(into: target)
        state.position += found
        guard found == target.count else {
            throw CheckpointError(
                .wrongSize, path: file.path, tensor: tensor, byte: place.range.lowerBound,
                "its compressed data ends after \(state.position) bytes; the archive promises \(place.totalSize)")
        }
    }

    private func requireEnd(_ state: inout State) throws {
        let found = try withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { try state.inflater.read(into: $0) }
        guard found == 0 else {
            throw CheckpointError(
                .wrongSize, path: file.path, tensor: tensor, byte: place.range.lowerBound,
                "its compressed data goes on after the \(place.totalSize) bytes that the archive promises")
        }
    }
}
