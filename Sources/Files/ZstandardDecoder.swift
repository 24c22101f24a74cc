import CZstandard

/// Zstandard, any number of frames one after the other, skippable ones included.
final class ZstandardDecoder: StreamDecoder {
    private let stream: OpaquePointer
    private var completeFrames = 0
    private var frameStart = 0
    private(set) var isBetweenMembers = true

    init?() {
        guard let stream = ZSTD_createDStream() else { return nil }
        self.stream = stream
        let status = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, CInt(ByteSource.maximumWindowLog))
        guard ZSTD_isError(status) == 0 else { return nil }
    }

    deinit {
        ZSTD_freeDStream(stream)
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StreamFailure) -> (consumed: Int, produced: Int) {
        if isBetweenMembers {
            guard let first = input.first else { return (0, 0) }
            // The library waits for a whole header before it judges; a few stray bytes must not pass for a cut frame.
            guard first == 0x28 || first & 0xF0 == 0x50 else {
                throw .trailingData("Zstandard", at: offset)
            }
            frameStart = offset
            isBetweenMembers = false
        }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(stream, &target, &source)
        guard ZSTD_isError(status) == 0 else { throw failure(status, at: offset + source.pos) }
        if status == 0 {
            isBetweenMembers = true
            completeFrames += 1
        }
        return (source.pos, target.pos)
    }

    private func failure(_ status: Int, at byte: Int) -> StreamFailure {
        let detail = String(cString: ZSTD_getErrorName(status))
        switch ZSTD_getErrorCode(status) {
        case ZSTD_error_prefix_unknown where completeFrames > 0:
            return .trailingData("Zstandard", at: frameStart)
        case ZSTD_error_frameParameter_windowTooLarge:
            return StreamFailure(
                code: .windowTooLarge, byte: frameStart,
                message: "the Zstandard frame at byte \(frameStart) of the file needs a window larger than "
                    + "\(ByteSource.maximumWindow >> 20) MiB; compress it with --long=\(ByteSource.maximumWindowLog) "
                    + "or less")
        case ZSTD_error_checksum_wrong:
            return StreamFailure(
                code: .checksumMismatch, byte: byte,
                message: "the Zstandard frame that ends at byte \(byte) of the file fails its checksum: "
                    + "the file is damaged, fetch it again")
        case ZSTD_error_memory_allocation:
            return StreamFailure(code: .libraryFailed, byte: byte, message: "zstd could not get memory")
        default:
            return StreamFailure(
                code: .corrupt, byte: byte,
                message: "Zstandard stream is damaged at byte \(byte) of the file (\(detail))")
        }
    }
}
