import CZlib

/// Gzip, any number of members one after the other.
final class GzipDecoder: StreamDecoder {
    // zlib keeps a pointer back to the stream structure, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var completeMembers = 0
    private var memberStart = 0
    private(set) var isBetweenMembers = true

    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_init_gzip(stream) == Z_OK else {
            // `deinit` runs for a failed class initialiser too; inflateEnd refuses an uninitialised stream.
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StreamFailure) -> (consumed: Int, produced: Int) {
        if isBetweenMembers {
            guard let first = input.first else { return (0, 0) }
            if completeMembers > 0 {
                guard first == 0x1F else { throw .trailingData("gzip", at: offset) }
                inflateReset(stream)
            }
            memberStart = offset
            isBetweenMembers = false
        }
        let available = min(input.count, 1 << 30)
        let room = min(output.count, 1 << 30)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(available)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let status = inflate(stream, Z_NO_FLUSH)
        let consumed = available - Int(stream.pointee.avail_in)
        let produced = room - Int(stream.pointee.avail_out)
        switch status {
        case Z_OK, Z_BUF_ERROR:
            break
        case Z_STREAM_END:
            isBetweenMembers = true
            completeMembers += 1
        default:
            throw failure(status, at: offset + consumed)
        }
        return (consumed, produced)
    }

    private func failure(_ status: CInt, at byte: Int) -> StreamFailure {
        let detail = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
        if status == Z_MEM_ERROR {
            return StreamFailure(code: .libraryFailed, byte: byte, message: "zlib could not get memory")
        }
        if detail == "incorrect header check", completeMembers > 0 {
            return .trailingData("gzip", at: memberStart)
        }
        if detail == "incorrect data check" || detail == "incorrect length check" {
            return StreamFailure(
                code: .checksumMismatch, byte: byte,
                message: "the gzip member that ends at byte \(byte) of the file fails its checksum (\(detail)): "
                    + "the file is damaged, fetch it again")
        }
        return StreamFailure(
            code: .corrupt, byte: byte, message: "gzip stream is damaged at byte \(byte) of the file (\(detail))")
    }
}
