import JSON

/// Checking that bytes are UTF-8 before the scanners, which rely on it, see them.
enum UTF8Validation {
    /// The offset of the first byte that does not belong to well-formed UTF-8 (The Unicode Standard, table 3-7), or nil.
    ///
    /// O(n). simdjson says whether there is one; only bad text is searched for it.
    static func firstInvalidByte(in text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = text.baseAddress, !JSONParser.isUTF8(text) else { return nil }
        let count = text.count
        var index = 0
        while index < count {
            index = ASCIIRun.skip(text, from: index)
            guard index < count else { return nil }
            let lead = base[index]
            if lead < 0x80 {
                index += 1
            } else {
                let length = sequenceLength(base + index, count - index)
                if length == 0 { return index }
                index += length
            }
        }
        return nil
    }

    /// The length of the well-formed sequence at `p` that begins with a byte of 0x80 or more, or 0.
    @inline(__always)
    private static func sequenceLength(_ p: UnsafePointer<UInt8>, _ available: Int) -> Int {
        let lead = p[0]
        switch lead {
        case 0xC2...0xDF:
            return available >= 2 && isContinuation(p[1]) ? 2 : 0
        case 0xE0...0xEF:
            guard available >= 3, isContinuation(p[1]), isContinuation(p[2]) else { return 0 }
            if lead == 0xE0, p[1] < 0xA0 { return 0 }
            if lead == 0xED, p[1] > 0x9F { return 0 }
            return 3
        case 0xF0...0xF4:
            guard available >= 4, isContinuation(p[1]), isContinuation(p[2]), isContinuation(p[3]) else { return 0 }
            if lead == 0xF0, p[1] < 0x90 { return 0 }
            if lead == 0xF4, p[1] > 0x8F { return 0 }
            return 4
        default:
            return 0
        }
    }

    @inline(__always)
    private static func isContinuation(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x80
    }
}
