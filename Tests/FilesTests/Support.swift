import Files

/// A Zstandard frame that decoders skip.
func skippableFrame(_ content: [UInt8]) -> [UInt8] {
    [0x5A, 0x2A, 0x4D, 0x18] + (0..<4).map { UInt8(truncatingIfNeeded: content.count >> (8 * $0)) } + content
}

/// Reads a file to its end in steps of `step` bytes.
func readAll(_ path: String, step: Int = 1 << 16, bufferSize: Int = 1 << 16) throws(FileError) -> [UInt8] {
    var source = try ByteSource(path: path, bufferSize: bufferSize)
    var bytes: [UInt8] = []
    while try source.read(appendingTo: &bytes, atMost: step) > 0 {}
    return bytes
}

/// Bytes that compress somewhat, the same each time.
func sample(_ count: Int) -> [UInt8] {
    var state: UInt32 = 12345
    return (0..<count).map { index in
        state = state &* 1_664_525 &+ 1_013_904_223
        return index % 3 == 0 ? UInt8(truncatingIfNeeded: state >> 24) : UInt8(ascii: "a") + UInt8(index % 7)
    }
}
