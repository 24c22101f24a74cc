import CZlib
import Files

/// Decompresses a raw deflate stream of a file from its beginning on, with a bounded buffer. For one thread at a time.
final class RawInflater {
    private let file: RandomAccessFile
    private var input: Range<Int>
    private let buffer: UnsafeMutableRawBufferPointer
    // zlib keeps a pointer back to the stream structure, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isAtEnd = false

    /// - Throws: `limitExceeded` where zlib gets no memory.
    init(file: RandomAccessFile, range: Range<Int>, buffer size: Int = 256 << 10) throws(CheckpointError) {
        self.file = file
        input = range
        buffer = .allocate(byteCount: max(64, min(size, 256 << 10)), alignment: 64)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_init_raw(stream) == Z_OK else {
            // `deinit` runs for a failed class initialiser too; inflateEnd refuses an uninitialised stream.
            throw CheckpointError(.limitExceeded, path: file.path, "zlib could not get memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        buffer.deallocate()
    }

    /// Fills `target` with what comes next.
    ///
    /// - Returns: how many bytes; fewer than `target` holds only where the stream ends.
    /// - Throws: `malformed` for a damaged stream or bytes behind its end, `wrongSize` where it stops early, `FileError`.
    func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < target.count, !isAtEnd {
            if stream.pointee.avail_in == 0 { try fill() }
            let room = min(target.count - done, 1 << 30)
            stream.pointee.next_out = target.baseAddress.map { ($0 + done).assumingMemoryBound(to: UInt8.self) }
            stream.pointee.avail_out = UInt32(room)
            let before = stream.pointee.avail_in
            let status = inflate(stream, Z_NO_FLUSH)
            let produced = room - Int(stream.pointee.avail_out)
            done += produced
            switch status {
            case Z_STREAM_END:
                isAtEnd = true
                guard stream.pointee.avail_in == 0, input.isEmpty else {
                    throw bad(.malformed, "its compressed data ends before the entry does")
                }
            case Z_OK, Z_BUF_ERROR:
                guard produced > 0 || before > stream.pointee.avail_in || !input.isEmpty else {
                    throw bad(.wrongSize, "its compressed data stops in the middle")
                }
            default:
                let detail = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw bad(.malformed, "its compressed data is damaged (\(detail))")
            }
        }
        return done
    }

    private func bad(_ code: CheckpointError.Code, _ message: String) -> CheckpointError {
        CheckpointError(
            code, path: file.path, byte: input.lowerBound - Int(stream.pointee.avail_in), message + "; fetch it again")
    }

    private func fill() throws {
        guard !input.isEmpty else { return }
        let count = min(buffer.count, input.count)
        try file.readFully(
            at: input.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), tensor: nil)
        input = input.lowerBound + count..<input.upperBound
        stream.pointee.next_in = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
    }
}
