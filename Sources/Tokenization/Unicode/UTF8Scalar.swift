/// Decoding and encoding of single scalars in text that is already known to be valid UTF-8.
///
/// The functions on pointers are the hot half of the scanners. They read as many bytes as the lead byte promises, so
/// the text must be valid up to its end, which ``TokenEncoder`` has made sure of.
enum UTF8Scalar {
    /// How many bytes the scalar with this lead byte takes.
    @inline(__always)
    static func length(lead: UInt8) -> Int {
        if lead < 0x80 { return 1 }
        if lead < 0xE0 { return 2 }
        return lead < 0xF0 ? 3 : 4
    }

    /// The scalar at `p`, which is not ASCII.
    @inline(__always)
    static func decodeMultibyte(_ p: UnsafePointer<UInt8>) -> (value: UInt32, length: Int) {
        let lead = UInt32(p[0])
        if lead < 0xE0 {
            return ((lead & 0x1F) << 6 | UInt32(p[1]) & 0x3F, 2)
        }
        if lead < 0xF0 {
            return ((lead & 0x0F) << 12 | (UInt32(p[1]) & 0x3F) << 6 | UInt32(p[2]) & 0x3F, 3)
        }
        let high = (lead & 0x07) << 18 | (UInt32(p[1]) & 0x3F) << 12
        return (high | (UInt32(p[2]) & 0x3F) << 6 | UInt32(p[3]) & 0x3F, 4)
    }

    /// The scalar at `p`.
    @inline(__always)
    static func decode(_ p: UnsafePointer<UInt8>) -> (value: UInt32, length: Int) {
        let lead = p.pointee
        return lead < 0x80 ? (UInt32(lead), 1) : decodeMultibyte(p)
    }

    /// The scalar at `index` of valid UTF-8.
    @inline(__always)
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (value: UInt32, length: Int) {
        let lead = bytes[index]
        guard lead >= 0x80, let base = bytes.baseAddress else { return (UInt32(lead), 1) }
        return decodeMultibyte(base + index)
    }

    /// Appends a scalar.
    @inline(__always)
    static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        if value < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value))
        } else if value < 0x800 {
            bytes.append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        } else if value < 0x10000 {
            bytes.append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        } else {
            bytes.append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 12 & 0x3F))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        }
    }
}
