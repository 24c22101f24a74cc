public import JSON

extension JSONNode {
    /// Copies a value. Linear in its size.
    ///
    /// What JSON cannot say is said so that it stays legible: bytes are an object with the member `base64`, and numbers
    /// that are not finite the strings `NaN`, `Infinity` and `-Infinity`.
    public init(_ value: ParquetValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.bool ?? false)
        case .integer: self = value.int64.map { .int($0) } ?? .unsigned(value.uint64 ?? 0)
        case .double:
            let number = value.double ?? 0
            self =
                number.isFinite
                ? .double(number) : .string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        case .string: self = .string(value.string ?? "")
        case .bytes: self = .object([("base64", .string(value.withStoredBytes { Base64.text(of: $0) } ?? ""))])
        case .array: self = .array(value.elements.map { JSONNode($0) })
        case .object: self = .object(value.members.map { ($0.key, JSONNode($0.value)) })
        }
    }
}

/// RFC 4648, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(of bytes: UnsafeBufferPointer<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var word: UInt32 = 0
            for index in 0..<3 { word = word << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for index in 0..<4 {
                text.append(index <= count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
