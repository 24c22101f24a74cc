import Files

/// The bytes of a column chunk from front to back; nothing outside it is ever read.
struct ChunkSource: Sendable {
    private static let readAhead = 64 << 10

    private let file: RandomAccessFile
    private let end: Int
    private let pool: BufferPool
    /// Where the next byte is taken from the file.
    private(set) var position: Int
    private var buffer: ByteBuffer?
    /// What lies in the buffer: its front is at `position`.
    private var filled = 0..<0

    init(_ file: RandomAccessFile, _ range: Range<Int>, pool: BufferPool) {
        self.file = file
        self.pool = pool
        position = range.lowerBound
        end = range.upperBound
    }

    /// Goes on with another chunk, in the same memory.
    mutating func move(to range: Range<Int>) {
        let buffer = buffer
        self = ChunkSource(file, range, pool: pool)
        self.buffer = buffer
    }

    /// Bytes of memory held.
    var held: Int { buffer?.bytes.count ?? 0 }

    /// Bytes that are left.
    var left: Int { end - position }

    /// Bytes from `position` on, at least `wanted` where the chunk has so many. They stay as they are until the next call.
    mutating func peek(_ wanted: Int) throws(ParquetFailure) -> ByteSlice {
        let wanted = min(max(wanted, 0), left)
        if filled.count < wanted || buffer == nil { try fill(wanted) }
        guard let buffer, let bytes = ByteSlice(buffer).part(at: filled.lowerBound, count: filled.count) else {
            throw .outOfMemory
        }
        return bytes
    }

    /// Takes bytes that were looked at.
    mutating func advance(_ count: Int) {
        let count = min(max(count, 0), filled.count)
        position += count
        filled = (filled.lowerBound + count)..<filled.upperBound
    }

    private mutating func fill(_ wanted: Int) throws(ParquetFailure) {
        let size = min(left, max(wanted, ChunkSource.readAhead))
        let target: ByteBuffer
        if let buffer, buffer.bytes.count >= size {
            target = buffer
            target.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: target.bytes[filled]))
        } else {
            target = try ByteBuffer(count: size, pool: pool)
            if let buffer { target.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[filled])) }
        }
        buffer = target
        filled = 0..<filled.count
        let missing = UnsafeMutableRawBufferPointer(rebasing: target.bytes[filled.count..<size])
        let count: Int
        do throws(FileError) {
            count = try file.read(at: position + filled.count, into: missing)
        } catch {
            throw ParquetFailure(.unreadable(error), error.message)
        }
        guard count == missing.count else {
            throw ParquetFailure(
                .truncated, "the file became shorter while it was read", byte: position + filled.count + count)
        }
        filled = 0..<size
    }
}
