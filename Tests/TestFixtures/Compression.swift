import CZlib
import CZstandard

/// One gzip member.
package func gzip(_ bytes: [UInt8], level: CInt = 6) -> [UInt8] {
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 200)
    var stream = z_stream()
    guard czlib_deflate_init_gzip(&stream, level) == Z_OK else { return [] }
    let count = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
        }
    }
    deflateEnd(&stream)
    return Array(output.prefix(count))
}

/// One Zstandard frame with a checksum.
package func zstandard(_ bytes: [UInt8], windowLog: CInt = 0) -> [UInt8] {
    guard let context = ZSTD_createCCtx() else { return [] }
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    if windowLog > 0 {
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
    }
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count) + 64)
    if windowLog > 0 {
        // Only a stream of unknown size keeps a window larger than the data.
        return bytes.withUnsafeBytes { input in
            output.withUnsafeMutableBytes { target in
                var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                var sink = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                _ = ZSTD_compressStream2(context, &sink, &source, ZSTD_e_flush)
                _ = ZSTD_compressStream2(context, &sink, &source, ZSTD_e_end)
                return Array(target[..<sink.pos])
            }
        }
    }
    let count = ZSTD_compress2(context, &output, output.count, bytes, bytes.count)
    return ZSTD_isError(count) == 0 ? Array(output.prefix(count)) : []
}

/// What a zlib stream holds, nil if it is bad, holds more than `count` bytes, or has others behind it.
package func inflateZlib(_ stream: [UInt8], count: Int) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: count + 1)
    var outputCount = uLongf(output.count)
    var inputCount = uLong(stream.count)
    guard uncompress2(&output, &outputCount, stream, &inputCount) == Z_OK, inputCount == uLong(stream.count) else {
        return nil
    }
    return outputCount > count ? nil : Array(output.prefix(Int(outputCount)))
}
