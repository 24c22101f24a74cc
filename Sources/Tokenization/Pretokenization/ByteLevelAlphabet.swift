/// GPT-2's map between bytes and printable characters: a byte that prints as itself stands for itself, the other 68 take
/// the scalars from U+0100 on.
enum ByteLevelAlphabet {
    /// The scalar of each byte.
    static let scalars: [UInt32] = {
        var scalars = [UInt32](repeating: 0, count: 256)
        var next: UInt32 = 256
        for byte in 0..<256 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                scalars[byte] = UInt32(byte)
            default:
                scalars[byte] = next
                next += 1
            }
        }
        return scalars
    }()

    /// The byte of each scalar below U+0144, or -1.
    static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// Appends the printable form of `text`.
    static func append(_ text: some Sequence<UInt8>, to output: inout [UInt8]) {
        for byte in text { UTF8Scalar.append(scalars[Int(byte)], to: &output) }
    }

    /// Writes the printable form of `text`, at most two bytes for each of its own, and returns how many bytes it has.
    static func write(_ text: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var count = 0
        for byte in text {
            let scalar = scalars[Int(byte)]
            if scalar < 0x80 {
                output[count] = UInt8(truncatingIfNeeded: scalar)
                count += 1
            } else {
                output[count] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
                output[count + 1] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
                count += 2
            }
        }
        return count
    }

    /// The bytes that a token stands for, or nil when it has a scalar outside of the alphabet.
    static func decode(_ token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(token.count)
        var index = 0
        while index < token.count {
            let (scalar, length) = UTF8Scalar.decode(token, at: index)
            guard scalar < 0x144, case let byte = bytes[Int(scalar)], byte >= 0 else { return nil }
            output.append(UInt8(byte))
            index += length
        }
        return output
    }
}
