import CDeflate
import CZlib

/// The checksum of zip archives.
enum CRC32 {
    /// The checksum of what `crc` is of, followed by `bytes`; that of nothing is 0.
    static func extend(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return crc }
        return libdeflate_crc32(crc, base, bytes.count)
    }

    static func extend(_ crc: UInt32, _ bytes: [UInt8]) -> UInt32 {
        bytes.span.bytes.withUnsafeBytes { extend(crc, $0) }
    }

    /// The checksum of two stretches, one behind the other.
    static func join(_ first: UInt32, _ second: UInt32, secondCount: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_combine(uLong(first), uLong(second), secondCount))
    }
}
