import JSON

/// The values of plain scalars in YAML 1.2's core schema: `1e-6` is a number, `yes` is a string.
enum YAMLScalar {
    /// The value of a plain scalar.
    ///
    /// - Throws: ``ConfigurationError`` for integers beyond 64 bits, numbers beyond double precision, infinities and NaN.
    static func value(_ text: String, line: Int) throws(ConfigurationError) -> JSONNode {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF":
            throw ConfigurationError(.invalidValue, line: line, "\(text) is no finite number")
        default: break
        }
        let bytes = Array(text.utf8)
        if let integer = try integer(bytes, text, line) { return integer }
        guard isFloat(bytes) else { return .string(text) }
        // Swift wants a digit before and behind the point.
        guard let number = Double(padded(bytes)), number.isFinite else {
            throw ConfigurationError(.invalidValue, line: line, "\(shortened(text)) exceeds the range of numbers")
        }
        return .double(number)
    }

    private static func integer(_ bytes: [UInt8], _ text: String, _ line: Int) throws(ConfigurationError) -> JSONNode? {
        let radix: (Int, Int)
        if bytes.starts(with: "0o".utf8) {
            radix = (8, 2)
        } else if bytes.starts(with: "0x".utf8) {
            radix = (16, 2)
        } else {
            radix = (10, isSign(bytes.first) ? 1 : 0)
        }
        let digits = bytes[radix.1...]
        guard !digits.isEmpty, digits.allSatisfy({ digit($0).map { $0 < radix.0 } ?? false }) else { return nil }
        let number = (bytes[0] == UInt8(ascii: "-") ? "-" : "") + String(decoding: digits, as: UTF8.self)
        guard let value = Int64(number, radix: radix.0) else {
            throw ConfigurationError(.invalidValue, line: line, "\(shortened(text)) does not fit 64 bits")
        }
        return .int(value)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var place = isSign(bytes.first) ? 1 : 0
        func digits() -> Int {
            let start = place
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
            return place - start
        }
        let whole = digits()
        var fraction = 0
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            fraction = digits()
        }
        guard whole > 0 || fraction > 0 else { return false }
        guard place < bytes.count else { return true }
        guard bytes[place] | 0x20 == UInt8(ascii: "e") else { return false }
        place += 1
        if place < bytes.count, isSign(bytes[place]) { place += 1 }
        return digits() > 0 && place == bytes.count
    }

    private static func padded(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "."), index == 0 || isSign(bytes[index - 1]) { result.append(0x30) }
            result.append(byte)
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if byte == UInt8(ascii: "."), !(0x30...0x39).contains(next) { result.append(0x30) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isSign(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }

    /// At most 40 characters, for a message on one line.
    static func shortened(_ text: String) -> String {
        text.unicodeScalars.count > 40 ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))) + "..." : text
    }
}
