import CSimdjson

extension JSONParser {
    /// Whether bytes are UTF-8, at many bytes per cycle. Linear in their number.
    public static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return true }
        return csimdjson_is_utf8(start, bytes.count) != 0
    }
}
