import Files

/// SHA-256 as content security policies write it.
enum Digest {
    /// `sha256-` and the digest of the bytes in base 64.
    static func source(_ bytes: [UInt8]) throws -> String {
        let digits = Array(try SHA256.digest(of: bytes).utf8)
        let digest = stride(from: 0, to: digits.count - 1, by: 2).map {
            nibble(digits[$0]) << 4 | nibble(digits[$0 + 1])
        }
        return "sha256-" + base64(digest)
    }

    private static func nibble(_ digit: UInt8) -> UInt8 {
        digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word = 0
            for place in 0..<3 { word = word << 8 | (place < group.count ? Int(bytes[start + place]) : 0) }
            for place in 0..<4 {
                result.append(place <= group.count ? letters[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
