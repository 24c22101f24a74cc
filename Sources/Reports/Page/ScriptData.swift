import JSON

/// JSON on its way into a `<script type="application/json">`.
enum ScriptData {
    /// The bytes of a node's JSON in which nothing ends the element, begins a comment, or turns the direction of the source.
    ///
    /// `<`, `>` and `&`, line and paragraph separators, and the controls of the bidirectional algorithm stand as `\u` escapes,
    /// which JSON allows inside strings; outside strings they do not occur.
    ///
    /// - Throws: `JSONError` for numbers that are not finite.
    static func bytes(_ node: JSONNode) throws(JSONError) -> [UInt8] {
        var plain: [UInt8] = []
        try JSONWriter().write(node, to: &plain)
        var result: [UInt8] = []
        result.reserveCapacity(plain.count + plain.count / 16)
        var index = 0
        while index < plain.count {
            let byte = plain[index]
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
                append(UInt32(byte), to: &result)
            case 0xD8 where index + 1 < plain.count && plain[index + 1] == 0x9C:
                append(0x061C, to: &result)
                index += 1
            case 0xE2 where index + 2 < plain.count && isHidden(plain[index + 1], plain[index + 2]):
                append(0x2000 | UInt32(plain[index + 1] & 0x3F) << 6 | UInt32(plain[index + 2] & 0x3F), to: &result)
                index += 2
            default: result.append(byte)
            }
            index += 1
        }
        return result
    }

    /// Whether E2 and two more bytes are one of U+200E, U+200F, U+2028 ... U+202E, U+2066 ... U+2069.
    private static func isHidden(_ second: UInt8, _ third: UInt8) -> Bool {
        switch second {
        case 0x80: [0x8E, 0x8F].contains(third) || (0xA8...0xAE).contains(third)
        case 0x81: (0xA6...0xA9).contains(third)
        default: false
        }
    }

    private static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes += Array("\\u".utf8)
        for shift in [12, 8, 4, 0] { bytes.append(digits[Int(scalar >> UInt32(shift)) & 15]) }
    }
}
