import Glibc

/// Bytes that grow at their end. Of several copies only one may append.
struct ByteStore: Sendable {
    private(set) var count = 0
    private var buffer: ByteBuffer?

    /// Makes room for `capacity` bytes in all.
    mutating func reserve(_ capacity: Int, pool: BufferPool?) throws(ParquetFailure) {
        guard capacity > buffer?.bytes.count ?? 0 else { return }
        let larger = try ByteBuffer(count: capacity, pool: pool)
        if let buffer { larger.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])) }
        buffer = larger
    }

    /// Makes room for `more` bytes besides those there are; the room at least doubles where it must grow.
    mutating func grow(by more: Int, pool: BufferPool?) throws(ParquetFailure) {
        let capacity = buffer?.bytes.count ?? 0
        guard more > capacity - count else { return }
        try reserve(max(count + more, 2 * capacity), pool: pool)
    }

    /// Appends bytes for which there is room.
    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, !bytes.isEmpty, let buffer else { return }
        precondition(bytes.count <= buffer.bytes.count - count, "bytes without room")
        guard let target = buffer.bytes.baseAddress else { return }
        memcpy(target + count, source, bytes.count)
        count += bytes.count
    }

    /// Appends a few bytes of a slice, up to ``ByteBuffer/padding``: what lies behind them may be read and written.
    @inline(__always)
    mutating func appendShort(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = UnsafeRawPointer(bytes.baseAddress), let buffer, let target = buffer.bytes.baseAddress else {
            return
        }
        precondition(
            bytes.count <= buffer.bytes.count - count && bytes.count <= ByteBuffer.padding, "bytes without room")
        let word = source.loadUnaligned(as: SIMD16<UInt8>.self)
        (target + count).storeBytes(of: word, as: SIMD16<UInt8>.self)
        count += bytes.count
    }

    /// Gives up what lies behind the first `count` bytes.
    mutating func truncate(to count: Int) {
        self.count = min(self.count, max(0, count))
    }

    /// Gives bytes to something that takes a pointer and a length.
    func withBytes<Result, Failure>(
        _ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes outside a column")
        defer { withExtendedLifetime(buffer) {} }
        let start = buffer?.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return try body(UnsafeBufferPointer(start: start.map { $0 + range.lowerBound }, count: range.count))
    }
}
