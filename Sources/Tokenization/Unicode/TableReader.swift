/// Reads the generated tables, which are compact ASCII text.
struct TableReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    var isAtEnd: Bool { index >= bytes.count }

    /// The hexadecimal number that begins here; 0 where none does.
    mutating func hexadecimal() -> UInt32 {
        var value: UInt32 = 0
        while index < bytes.count, let digit = Self.digit(bytes[index]) {
            value = value &* 16 &+ digit
            index += 1
        }
        return value
    }

    /// The next byte, whatever it is.
    mutating func byte() -> UInt8 {
        guard index < bytes.count else { return 0 }
        defer { index += 1 }
        return bytes[index]
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
