import Glibc
import Synchronization

/// Memory of a fixed size, whose content is undefined until somebody writes it. Untouched pages cost nothing.
///
/// Only its owner writes, and only while nobody reads the same bytes.
final class ByteBuffer: @unchecked Sendable {
    /// Readable and writable bytes behind the end, so that a word can be loaded or stored anywhere.
    static let padding = 16

    let bytes: UnsafeMutableRawBufferPointer
    private let pool: BufferPool?

    /// Takes memory from the pool, if there is one; it may be a little more than asked for.
    init(count: Int, pool: BufferPool? = nil) throws(ParquetFailure) {
        self.pool = pool
        let count = pool == nil ? max(count, 0) : BufferPool.rounded(max(count, 0))
        if let memory = pool?.take(atLeast: count) {
            bytes = memory
            return
        }
        let (size, isTooLarge) = count.addingReportingOverflow(ByteBuffer.padding)
        guard !isTooLarge, let memory = malloc(size) else { throw .outOfMemory }
        memset(memory + count, 0, ByteBuffer.padding)
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
    }

    deinit {
        if let pool, pool.keep(bytes) { return }
        free(bytes.baseAddress)
    }
}

/// Memory of buffers that are no longer used: new pages from the system cost as much as decompressing into them.
final class BufferPool: Sendable {
    private struct Memory: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
    }

    /// The pool of the process.
    static let shared = BufferPool(limit: 32 << 20)

    private static let smallest = 64 << 10
    private let limit: Int
    private let kept = Mutex<[Memory]>([])

    /// A pool that keeps at most `limit` bytes.
    init(limit: Int) {
        self.limit = limit
    }

    deinit {
        kept.withLock { kept in
            for memory in kept { free(memory.bytes.baseAddress) }
        }
    }

    /// A few sizes for each power of two, so that memory fits again.
    fileprivate static func rounded(_ count: Int) -> Int {
        guard count >= smallest, count <= Int.max / 4 else { return count }
        let step = 1 << (Int.bitWidth - 4 - count.leadingZeroBitCount)
        return (count + step - 1) / step * step
    }

    fileprivate func take(atLeast count: Int) -> UnsafeMutableRawBufferPointer? {
        guard count >= BufferPool.smallest else { return nil }
        return kept.withLock { kept in
            let best = kept.indices.filter { kept[$0].bytes.count >= count && kept[$0].bytes.count / 4 <= count }
                .min { kept[$0].bytes.count < kept[$1].bytes.count }
            return best.map { kept.remove(at: $0) }
        }?.bytes
    }

    fileprivate func keep(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard bytes.count >= BufferPool.smallest else { return false }
        let memory = Memory(bytes: bytes)
        return kept.withLock { kept in
            guard kept.reduce(bytes.count, { $0 + $1.bytes.count }) <= limit else { return false }
            kept.append(memory)
            return true
        }
    }
}

/// Bytes inside a buffer, which lives as long as they do. Every access is checked against the bounds.
struct ByteSlice: Sendable {
    let buffer: ByteBuffer
    private let start: Int
    let count: Int

    /// All bytes of a buffer.
    init(_ buffer: ByteBuffer) {
        self.buffer = buffer
        start = 0
        count = buffer.bytes.count
    }

    private init(_ buffer: ByteBuffer, start: Int, count: Int) {
        self.buffer = buffer
        self.start = start
        self.count = count
    }

    /// A copy of an array.
    init(copying array: [UInt8]) throws(ParquetFailure) {
        let buffer = try ByteBuffer(count: array.count)
        buffer.bytes.copyBytes(from: array)
        self.init(buffer)
    }

    /// A part of these bytes; nil where it leaves them.
    func part(at offset: Int, count length: Int) -> ByteSlice? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return ByteSlice(buffer, start: start + offset, count: length)
    }

    /// The bytes from an offset to the end; nil where it leaves them.
    func suffix(from offset: Int) -> ByteSlice? {
        part(at: offset, count: count - offset)
    }

    @inline(__always)
    private var base: UnsafeRawPointer? {
        UnsafeRawPointer(buffer.bytes.baseAddress).map { $0 + start }
    }

    /// A byte; nil outside.
    @inline(__always)
    func byte(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < count, let base else { return nil }
        return base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// A little-endian integer; nil where it leaves these bytes.
    @inline(__always)
    func integer<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Word.Type) -> Word? {
        guard offset >= 0, count >= MemoryLayout<Word>.size, offset <= count - MemoryLayout<Word>.size, let base else {
            return nil
        }
        return Word(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    /// Gives the bytes to something that takes a pointer and a length.
    @inline(__always)
    func withBytes<Result, Failure>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(buffer) {} }
        return try body(UnsafeBufferPointer(start: base?.assumingMemoryBound(to: UInt8.self), count: count))
    }

    /// Unpacks unsigned integers of `width` bits that lie one after the other, the least significant bit first.
    ///
    /// - Returns: false where they leave these bytes; `target` is not written then.
    func unpack<Word: FixedWidthInteger>(
        fromBit bit: Int, width: Int, into target: UnsafeMutableBufferPointer<Word>
    ) -> Bool {
        let (bits, isTooLarge) = width.multipliedReportingOverflow(by: target.count)
        guard !isTooLarge, bit >= 0, (0...64).contains(width), count <= Int.max >> 3 else { return false }
        guard bit <= count << 3, bits <= count << 3 - bit, let base else { return false }
        guard width > 0 else {
            target.update(repeating: 0)
            return true
        }
        let mask = UInt64.max >> UInt64(64 - width)
        var bit = bit
        if width <= 56 {
            // The padding behind every buffer makes the load of eight bytes safe at its end.
            for index in target.indices {
                let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
                target[index] = Word(truncatingIfNeeded: word &>> UInt64(bit & 7) & mask)
                bit &+= width
            }
        } else {
            for index in target.indices {
                let low = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
                let high = UInt64(base.load(fromByteOffset: bit >> 3 + 8, as: UInt8.self))
                let shift = UInt64(bit & 7)
                let word = low &>> shift | (shift == 0 ? 0 : high &<< (64 - shift))
                target[index] = Word(truncatingIfNeeded: word & mask)
                bit &+= width
            }
        }
        return true
    }
}
