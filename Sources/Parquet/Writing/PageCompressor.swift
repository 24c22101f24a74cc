import CDeflate
import CSnappy
import CZstandard

/// How the pages of a file to be written are compressed.
public enum ParquetCompression: Sendable, Equatable {
    /// Not at all.
    case uncompressed
    /// Snappy: every reader knows it, and it is fast.
    case snappy
    /// Zstandard with a level of 1...22: smaller; 3 is a good start.
    case zstandard(level: Int)

    var codec: CompressionCodec {
        switch self {
        case .uncompressed: .uncompressed
        case .snappy: .snappy
        case .zstandard: .zstandard
        }
    }
}

/// Why a page could not be compressed.
struct PageCompressionFailure: Error {
    let reason: String
}

/// Compresses pages, one at a time, into memory that it keeps.
struct PageCompressor: ~Copyable {
    private let compression: ParquetCompression
    private let context: OpaquePointer?
    private var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(_ compression: ParquetCompression) {
        self.compression = compression
        context = if case .zstandard = compression { ZSTD_createCCtx() } else { nil }
    }

    deinit {
        ZSTD_freeCCtx(context)
        scratch.deallocate()
    }

    /// Calls `body` with the compressed page and its CRC-32.
    mutating func withCompressed(
        _ page: [UInt8], _ body: (UnsafeRawBufferPointer, UInt32) -> Void
    ) throws(PageCompressionFailure) {
        let count = try compress(page)
        func finish(_ bytes: UnsafeRawBufferPointer) {
            body(bytes, libdeflate_crc32(0, bytes.baseAddress, bytes.count))
        }
        if let count {
            finish(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        } else {
            page.withUnsafeBytes { finish($0) }
        }
    }

    /// How many bytes of `scratch` the page became; nil where it stays as it is.
    private mutating func compress(_ page: [UInt8]) throws(PageCompressionFailure) -> Int? {
        switch compression {
        case .uncompressed:
            return nil
        case .snappy:
            var count = snappy_max_compressed_length(page.count)
            reserve(count)
            let status = page.withUnsafeBytes { page in
                snappy_compress(
                    page.baseAddress?.assumingMemoryBound(to: CChar.self), page.count,
                    scratch.baseAddress?.assumingMemoryBound(to: CChar.self), &count)
            }
            guard status == SNAPPY_OK else { throw PageCompressionFailure(reason: "snappy gave up") }
            return count
        case .zstandard(let level):
            guard let context else { throw PageCompressionFailure(reason: "zstd could not get memory") }
            reserve(ZSTD_compressBound(page.count))
            let count = page.withUnsafeBytes { page in
                ZSTD_compressCCtx(
                    context, scratch.baseAddress, scratch.count, page.baseAddress, page.count,
                    CInt(clamping: level))
            }
            guard ZSTD_isError(count) == 0 else {
                throw PageCompressionFailure(reason: String(cString: ZSTD_getErrorName(count)))
            }
            return count
        }
    }

    private mutating func reserve(_ count: Int) {
        guard scratch.count < count else { return }
        scratch.deallocate()
        scratch = .allocate(byteCount: count, alignment: 64)
    }
}
