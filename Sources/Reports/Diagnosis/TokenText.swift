import JSON

/// Bytes of tokens as text.
enum TokenText {
    /// The most bytes of one token that are shown.
    static let longest = 256

    /// Tokens that share a character, as runs of more than one; all other tokens stand for themselves.
    ///
    /// A token joins the one before where that ends inside a character of UTF-8 and it goes on with it.
    ///
    /// - Parameter longestRun: the most tokens of a run, against bytes that never end.
    static func runs(_ tokens: [[UInt8]?], longestRun: Int = 8) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        var missing = 0
        for (index, bytes) in tokens.enumerated() {
            let continues = missing > 0 && bytes?.first.map { $0 & 0xC0 == 0x80 } == true && index - start < longestRun
            if !continues {
                if index - start > 1 { runs.append(start..<index) }
                start = index
                missing = 0
            }
            missing = self.missing(after: bytes ?? [], missing)
        }
        if tokens.count - start > 1 { runs.append(start..<tokens.count) }
        return runs
    }

    /// How many bytes the last character lacks.
    private static func missing(after bytes: [UInt8], _ before: Int) -> Int {
        var missing = before
        for byte in bytes {
            switch byte {
            case 0x80...0xBF: missing = max(0, missing - 1)
            case 0xC2...0xDF: missing = 1
            case 0xE0...0xEF: missing = 2
            case 0xF0...0xF4: missing = 3
            default: missing = 0
            }
        }
        return missing
    }

    /// The text, with U+FFFD where bytes are not UTF-8; cut after ``longest`` bytes for each of `count` tokens.
    static func text(_ bytes: [UInt8], count: Int = 1) -> String {
        let limit = longest * max(1, count)
        return bytes.count > limit
            ? String(decoding: bytes.prefix(limit), as: UTF8.self) + "\u{2026}" : String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes in hexadecimal where they are not text by themselves, else nil.
    static func hexadecimal(_ bytes: [UInt8]) -> String? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        let digits = bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
        return digits.joined(separator: " ") + (bytes.count > 16 ? " \u{2026}" : "")
    }

    /// [id], [id, text] or [id, text, bytes] of a token, as far as they are known and are no text.
    static func node(id: Int, _ bytes: [UInt8]?) -> JSONNode {
        guard let bytes else { return [.int(Int64(id))] }
        let known: [JSONNode] = [.int(Int64(id)), .string(text(bytes))]
        return .array(known + (hexadecimal(bytes).map { [.string($0)] } ?? []))
    }

    /// Bytes without what is left of a character at the front, where text was cut out.
    static func withoutLeadingRest(_ bytes: [UInt8]) -> [UInt8] {
        Array(bytes.dropFirst(bytes.prefix(3).prefix { $0 & 0xC0 == 0x80 }.count))
    }

    /// Bytes without the beginning of a character at the end, where text was cut out.
    static func withoutTrailingRest(_ bytes: [UInt8]) -> [UInt8] {
        guard missing(after: bytes, 0) > 0, let start = bytes.lastIndex(where: { $0 >= 0xC2 }) else { return bytes }
        return Array(bytes[..<start])
    }
}
