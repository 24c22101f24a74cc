import CDeflate
import CPlanes
import Files
import Synchronization

/// Undoes the filters of a dataset's chunks; from any thread.
struct ChunkDecoder: Sendable {
    let file: RandomAccessFile
    let tensor: String
    let filters: [ChunkedStorage.Filter]
    /// The width of an element: the stride of the shuffle.
    let width: Int
    /// The size of a whole chunk.
    let chunkByteCount: Int

    private func failure(_ chunk: ChunkedStorage.Chunk, _ code: CheckpointError.Code, _ detail: String)
        -> CheckpointError
    {
        CheckpointError(code, path: file.path, tensor: tensor, byte: chunk.offset, "chunk \(chunk.number) \(detail)")
    }

    /// Reads a chunk into `target`, which has the size of one.
    ///
    /// - Throws: `malformed` for a stream that is damaged or gives another size, `checksumMismatch`, `wrongSize`, `FileError`.
    func decode(_ chunk: ChunkedStorage.Chunk, into target: UnsafeMutableRawBufferPointer) throws {
        let active = filters.indices.filter { $0 >= 32 || chunk.skippedFilters & 1 << UInt32($0) == 0 }
        if active.isEmpty {
            guard chunk.byteCount == chunkByteCount else {
                throw failure(chunk, .malformed, "has \(chunk.byteCount) bytes, not \(chunkByteCount)")
            }
            return try file.readFully(at: chunk.offset, into: target, tensor: tensor)
        }
        // Deflate makes noise a little larger, never much.
        guard chunk.byteCount <= chunkByteCount + chunkByteCount / 8 + 4096 else {
            throw failure(chunk, .malformed, "has \(chunk.byteCount) bytes, more than its filters can make")
        }
        try DecoderWorkspace.withOne { workspace in
            var source = workspace.first(chunk.byteCount)
            try file.readFully(at: chunk.offset, into: source, tensor: tensor)
            var usesFirst = true
            for (position, filter) in active.enumerated().reversed() {
                if filters[filter] == .fletcher32 {
                    source = try verified(source, chunk)
                    continue
                }
                // The checksums that were made before this filter are still to come off.
                let checksums = active[..<position].count { filters[$0] == .fletcher32 }
                let count = filters[filter] == .shuffle ? source.count : chunkByteCount + 4 * checksums
                let isLast = position == 0 && count == target.count
                let output = isLast ? target : usesFirst ? workspace.second(count) : workspace.first(count)
                try apply(filters[filter], from: UnsafeRawBufferPointer(source), to: output, workspace, chunk)
                source = output
                usesFirst.toggle()
            }
            guard source.count == chunkByteCount else {
                throw failure(chunk, .malformed, "has \(source.count) bytes, not \(chunkByteCount)")
            }
            if source.baseAddress != target.baseAddress { target.copyMemory(from: UnsafeRawBufferPointer(source)) }
        }
    }

    private func apply(
        _ filter: ChunkedStorage.Filter, from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer,
        _ workspace: DecoderWorkspace, _ chunk: ChunkedStorage.Chunk
    ) throws(CheckpointError) {
        switch filter {
        case .fletcher32: break
        case .shuffle:
            guard let input = source.baseAddress, let output = target.baseAddress else { return }
            cplanes_unshuffle(
                input.assumingMemoryBound(to: UInt8.self), source.count, width,
                output.assumingMemoryBound(to: UInt8.self))
        case .deflate:
            // Without a place for the size it must be exactly that of the target.
            let result = libdeflate_zlib_decompress(
                workspace.decompressor, source.baseAddress, source.count, target.baseAddress, target.count, nil)
            guard result == LIBDEFLATE_SUCCESS else {
                throw failure(chunk, .malformed, "is no whole zlib stream of \(target.count) bytes; it is damaged")
            }
        }
    }

    private func verified(
        _ bytes: UnsafeMutableRawBufferPointer, _ chunk: ChunkedStorage.Chunk
    ) throws(CheckpointError) -> UnsafeMutableRawBufferPointer {
        guard bytes.count >= 4, let start = bytes.baseAddress else {
            throw failure(chunk, .malformed, "is shorter than its checksum")
        }
        let count = bytes.count - 4
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[count + $1]) << UInt32(8 * $1) }
        let found = cplanes_fletcher32(start.assumingMemoryBound(to: UInt8.self), count)
        // Before HDF5 1.6.3 the bytes of each half were swapped.
        let swapped = (found & 0x00FF_00FF) << 8 | (found >> 8 & 0x00FF_00FF)
        guard stored == found || stored == swapped else {
            throw failure(chunk, .checksumMismatch, "does not have its checksum; it is damaged")
        }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
    }
}

/// The memory that chunks are decoded in; one thread's at a time.
final class DecoderWorkspace {
    private static let keptByteCount = 8 << 20
    private static let mostKept = 8
    private static let idle = Mutex<[Kept]>([])

    /// Handed from thread to thread, used by one.
    private struct Kept: @unchecked Sendable {
        let workspace: DecoderWorkspace
    }

    let decompressor: OpaquePointer?
    private var memory = (
        UnsafeMutableRawBufferPointer(start: nil, count: 0), UnsafeMutableRawBufferPointer(start: nil, count: 0)
    )

    private init() {
        decompressor = libdeflate_alloc_decompressor()
    }

    deinit {
        memory.0.deallocate()
        memory.1.deallocate()
        if let decompressor { libdeflate_free_decompressor(decompressor) }
    }

    static func withOne(_ body: (DecoderWorkspace) throws -> Void) throws {
        let workspace = idle.withLock { $0.popLast() }?.workspace ?? DecoderWorkspace()
        defer {
            if workspace.memory.0.count + workspace.memory.1.count <= keptByteCount {
                let kept = Kept(workspace: workspace)
                idle.withLock { if $0.count < mostKept { $0.append(kept) } }
            }
        }
        try body(workspace)
    }

    func first(_ count: Int) -> UnsafeMutableRawBufferPointer { Self.grow(&memory.0, count) }
    func second(_ count: Int) -> UnsafeMutableRawBufferPointer { Self.grow(&memory.1, count) }

    private static func grow(
        _ memory: inout UnsafeMutableRawBufferPointer, _ count: Int
    ) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: count, alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }
}
