import CDeflate
import CLZ4
import CSnappy
import CZstandard

/// Decompresses pages one after the other.
///
/// The memory that a header asks for is never touched beyond what comes out of the compressed bytes, and not even asked for
/// where no stream of that format could expand so far. Its owner is the only one to use it.
final class PageDecompressor: @unchecked Sendable {
    let codec: CompressionCodec
    private var zstandard: OpaquePointer?
    private var deflate: OpaquePointer?

    init(_ codec: CompressionCodec) {
        self.codec = codec
    }

    deinit {
        if let zstandard { ZSTD_freeDCtx(zstandard) }
        if let deflate { libdeflate_free_decompressor(deflate) }
    }

    /// How many bytes at most come out of one.
    private var maximumRatio: Int {
        switch codec {
        // A copy of 64 bytes takes 3.
        case .snappy: 22
        // A byte of a length stands for 255.
        case .lz4: 256
        // 258 bytes in two bits.
        case .gzip: 1032
        // A block of 128 KiB takes 4 bytes.
        default: 1 << 16
        }
    }

    /// Decompresses `input` into the front of `output`, which it must fill exactly.
    func decompress(_ input: ByteSlice, into output: UnsafeMutableRawBufferPointer) throws(ParquetFailure) {
        guard output.count <= input.count * maximumRatio + 64 else {
            throw ParquetFailure(
                .corruptPage,
                "a page of \(input.count) bytes says that it becomes \(output.count), which \(codec) cannot do")
        }
        let produced: Int? =
            switch codec {
            case .snappy: snappy(input, output)
            case .lz4: lz4(input, output)
            case .zstandard: try zstandard(input, output)
            case .gzip: try gzip(input, output)
            default: nil
            }
        guard produced == output.count else {
            throw ParquetFailure(
                .corruptPage,
                "a page's \(codec) data is damaged: it does not decompress to \(output.count) bytes; fetch the file again"
            )
        }
    }

    private func snappy(_ input: ByteSlice, _ output: UnsafeMutableRawBufferPointer) -> Int? {
        input.withBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { source in
                // Asked first, since snappy writes as much as the stream says.
                var length = 0
                guard snappy_uncompressed_length(source.baseAddress, source.count, &length) == SNAPPY_OK,
                    length == output.count
                else { return nil }
                let target = output.baseAddress?.assumingMemoryBound(to: CChar.self)
                guard snappy_uncompress(source.baseAddress, source.count, target, &length) == SNAPPY_OK else {
                    return nil
                }
                return length
            }
        }
    }

    private func lz4(_ input: ByteSlice, _ output: UnsafeMutableRawBufferPointer) -> Int? {
        input.withBytes { bytes in
            guard let source = Int32(exactly: bytes.count), let capacity = Int32(exactly: output.count) else {
                return nil
            }
            return bytes.withMemoryRebound(to: CChar.self) { bytes in
                let target = output.baseAddress?.assumingMemoryBound(to: CChar.self)
                let count = LZ4_decompress_safe(bytes.baseAddress, target, source, capacity)
                return count < 0 ? nil : Int(count)
            }
        }
    }

    private func zstandard(
        _ input: ByteSlice, _ output: UnsafeMutableRawBufferPointer
    ) throws(ParquetFailure) -> Int? {
        if zstandard == nil { zstandard = ZSTD_createDCtx() }
        guard let zstandard else { throw .outOfMemory }
        return input.withBytes { bytes in
            let count = ZSTD_decompressDCtx(
                zstandard, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
            return ZSTD_isError(count) == 0 ? count : nil
        }
    }

    /// One member or several, one after the other.
    private func gzip(_ input: ByteSlice, _ output: UnsafeMutableRawBufferPointer) throws(ParquetFailure) -> Int? {
        if deflate == nil { deflate = libdeflate_alloc_decompressor() }
        guard let deflate else { throw .outOfMemory }
        return input.withBytes { bytes in
            var (taken, given) = (0, 0)
            repeat {
                var (consumed, produced) = (0, 0)
                let status = libdeflate_gzip_decompress_ex(
                    deflate, bytes.baseAddress.map { $0 + taken }, bytes.count - taken,
                    output.baseAddress.map { $0 + given }, output.count - given, &consumed, &produced)
                guard status == LIBDEFLATE_SUCCESS, consumed > 0 else { return nil }
                taken += consumed
                given += produced
            } while taken < bytes.count
            return given
        }
    }

    /// The CRC-32 of a page's bytes as they lie in the file.
    static func checksum(_ bytes: ByteSlice) -> UInt32 {
        bytes.withBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
    }
}

extension CompressionCodec: CustomStringConvertible {
    /// The name that messages use.
    public var description: String {
        switch self {
        case .uncompressed: "uncompressed"
        case .snappy: "Snappy"
        case .gzip: "gzip"
        case .lzo: "LZO"
        case .brotli: "Brotli"
        case .lz4Hadoop: "LZ4 (Hadoop's framing)"
        case .zstandard: "Zstandard"
        case .lz4: "LZ4"
        }
    }
}
