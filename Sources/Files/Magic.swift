/// Compressions by the first bytes of a file.
enum Magic {
    /// How many bytes decide.
    static let longest = 6

    private static let unsupported: [(bytes: [UInt8], name: String)] = [
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"),
        ([0x42, 0x5A, 0x68], "bzip2"),
        ([0x04, 0x22, 0x4D, 0x18], "LZ4"),
    ]

    /// The compression of a file that begins with `head`, which is shorter than ``longest`` only if the file is.
    static func compression(of head: UnsafeRawBufferPointer, path: String) throws(FileError) -> ByteSource.Compression {
        if head.starts(with: [0x1F, 0x8B]) { return .gzip }
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstandard }
        if head.count >= 4, head[0] & 0xF0 == 0x50, head.dropFirst().starts(with: [0x2A, 0x4D, 0x18]) {
            return .zstandard
        }
        for (extensions, name) in [([".gz"], "gzip"), ([".zst", ".zstd"], "Zstandard")] {
            guard extensions.contains(where: path.hasSuffix) else { continue }
            guard !head.isEmpty else {
                throw FileError(
                    path: path, code: .truncated, byte: 0,
                    message: "is empty: \(name) stream is truncated at byte 0 of the file "
                        + "(the download may be incomplete)")
            }
            throw FileError(
                path: path, code: .unsupportedCompression, byte: 0,
                message: "is not \(name) although its name says so: it does not begin with \(name)'s magic bytes; "
                    + "rename it or fetch it again")
        }
        for (magic, name) in unsupported where head.starts(with: magic) {
            throw FileError(
                path: path, code: .unsupportedCompression, byte: 0,
                message: "is compressed with \(name), which cannot be read here; decompress it, or use gzip or zstd")
        }
        return .none
    }
}
