/// Little-endian integers in a stretch of bytes; nil outside it.
extension Array where Element == UInt8 {
    func littleEndian(at offset: Int, width: Int) -> Int? {
        guard offset >= 0, width <= 8, width <= count - offset else { return nil }
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(self[offset + index]) << (8 * UInt64(index)) }
        return Int(exactly: value)
    }

    mutating func appendLittleEndian(_ value: Int, width: Int) {
        for index in 0..<width {
            append(index < 8 ? UInt8(truncatingIfNeeded: value >> (8 * index)) : 0)
        }
    }
}
