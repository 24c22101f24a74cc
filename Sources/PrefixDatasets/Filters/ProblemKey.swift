import Files

/// What exact duplicates share: 128 bits of the SHA-256 of a normalised text.
///
/// Nobody knows how to make two texts with one key, so a crafted row cannot make another one disappear.
struct ProblemKey: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// - Throws: `DigestError` when libcrypto has no memory or no SHA-256.
    init(_ text: ProblemText) throws(DigestError) {
        let digits = Array(try SHA256.digest(of: text.bytes).utf8)
        high = Self.value(of: digits.prefix(16))
        low = Self.value(of: digits.dropFirst(16).prefix(16))
    }

    private static func value(of hexadecimal: ArraySlice<UInt8>) -> UInt64 {
        hexadecimal.reduce(0) { value, digit in
            value << 4 | UInt64(digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10)
        }
    }
}
