/// Finds the first error of a JSON text, byte by byte.
///
/// The fast parser says that a text is wrong but not where: this one is asked then. It has no recursion and bounded
/// depth, and accepts what the fast one accepts.
struct JSONValidator {
    private enum Expectation {
        case value, elementOrEnd, keyOrEnd, key, colon, commaOrEnd
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// For each open container, whether it is an object.
    private var open: [Bool] = []

    /// The first error in `bytes`, or nil where there is none. Linear in their number.
    static func firstError(in bytes: UnsafeRawBufferPointer) -> JSONError? {
        var validator = JSONValidator(bytes: bytes)
        do throws(JSONError) {
            try validator.run()
            return nil
        } catch {
            return error
        }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private mutating func run() throws(JSONError) {
        var expectation = Expectation.value
        skipBlanks()
        guard position < bytes.count else { throw error(.empty, "there is no JSON value, only blanks") }
        while true {
            skipBlanks()
            guard let byte = peek() else {
                throw error(.unexpectedEnd, "the text ends inside \(open.last == true ? "an object" : "an array")")
            }
            switch (expectation, byte) {
            case (.elementOrEnd, UInt8(ascii: "]")), (.keyOrEnd, UInt8(ascii: "}")),
                (.commaOrEnd, UInt8(ascii: "]")) where open.last == false,
                (.commaOrEnd, UInt8(ascii: "}")) where open.last == true:
                position += 1
                open.removeLast()
                expectation = .commaOrEnd
            case (.commaOrEnd, UInt8(ascii: ",")):
                position += 1
                expectation = open.last == true ? .key : .value
            case (.colon, UInt8(ascii: ":")):
                position += 1
                expectation = .value
            case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
                try string()
                expectation = .colon
            case (.value, _), (.elementOrEnd, _):
                expectation = try value(byte)
            default:
                throw unexpected(byte, wanting: words(for: expectation))
            }
            if expectation == .commaOrEnd, open.isEmpty { break }
        }
        skipBlanks()
        if position < bytes.count { throw error(.trailingData, "there is more after the end of the JSON value") }
    }

    private func words(for expectation: Expectation) -> String {
        switch expectation {
        case .value: "a value"
        case .elementOrEnd: "a value or ']'"
        case .keyOrEnd: "a key in quotes or '}'"
        case .key: "a key in quotes"
        case .colon: "':' after the key"
        case .commaOrEnd: open.last == true ? "',' or '}'" : "',' or ']'"
        }
    }

    /// Takes a scalar whole, or the opening of a container; returns what comes next.
    private mutating func value(_ byte: UInt8) throws(JSONError) -> Expectation {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < JSONParser.maximumDepth else {
                throw error(.tooDeep, "arrays and objects are nested more than \(JSONParser.maximumDepth) deep")
            }
            open.append(byte == UInt8(ascii: "{"))
            position += 1
            return byte == UInt8(ascii: "{") ? .keyOrEnd : .elementOrEnd
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw unexpected(byte, wanting: "a value")
        }
        return .commaOrEnd
    }

    private mutating func literal(_ word: String) throws(JSONError) {
        for wanted in word.utf8 {
            guard let byte = peek() else { throw error(.unexpectedEnd, "the text ends inside '\(word)'") }
            guard byte == wanted else { throw unexpected(byte, wanting: "'\(word)'") }
            position += 1
        }
        try endOfScalar()
    }

    private func endOfScalar() throws(JSONError) {
        guard let byte = peek() else { return }
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"),
            UInt8(ascii: "["), UInt8(ascii: "{"):
            return
        default:
            throw unexpected(byte, wanting: "the end of the value")
        }
    }

    private mutating func number() throws(JSONError) {
        let start = position
        var isInteger = true
        if peek() == UInt8(ascii: "-") { position += 1 }
        let leadsWithZero = peek() == UInt8(ascii: "0")
        let whole = try digits()
        if leadsWithZero, whole > 1 {
            throw error(.invalidNumber, "a number must not begin with 0", at: position - whole)
        }
        if peek() == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            _ = try digits()
        }
        if let byte = peek(), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            _ = try digits()
        }
        try endOfScalar()
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger {
            guard Int64(text) != nil || UInt64(text) != nil else {
                throw error(.numberOutOfRange, "the integer does not fit 64 bits", at: start)
            }
        } else if Double(text)?.isFinite != true {
            throw error(.numberOutOfRange, "the number exceeds the range of double precision", at: start)
        }
    }

    private mutating func digits() throws(JSONError) -> Int {
        let start = position
        while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        guard position > start else {
            guard peek() != nil else { throw error(.unexpectedEnd, "the text ends inside a number") }
            throw error(.invalidNumber, "a digit is missing in a number")
        }
        return position - start
    }

    private mutating func string() throws(JSONError) {
        let start = position
        position += 1
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                try escape(stringStart: start)
            case 0..<0x20:
                throw error(
                    .controlCharacter, "the control character \(hexadecimal(byte)) must be escaped in a string")
            case 0x20..<0x80:
                position += 1
            default:
                try multibyte()
            }
        }
        throw error(.unterminatedString, "the string has no closing quote", at: start)
    }

    private mutating func escape(stringStart: Int) throws(JSONError) {
        let start = position
        position += 1
        guard let byte = peek() else {
            throw error(.unterminatedString, "the string has no closing quote", at: stringStart)
        }
        guard byte == UInt8(ascii: "u") else {
            guard "\"\\/bfnrt".utf8.contains(byte) else {
                throw error(.invalidEscape, "a backslash and \(name(byte)) make no escape", at: start)
            }
            position += 1
            return
        }
        let first = try unit(at: start, stringStart)
        guard first & 0xF800 == 0xD800 else { return }
        guard first < 0xDC00, peek() == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error(.loneSurrogate, "half of a surrogate pair stands alone", at: start) }
        let second = position
        position += 1
        guard try unit(at: second, stringStart) & 0xFC00 == 0xDC00 else {
            throw error(.loneSurrogate, "half of a surrogate pair stands alone", at: start)
        }
    }

    /// The four digits after `\u`, of which the `u` is at the position.
    private mutating func unit(at start: Int, _ stringStart: Int) throws(JSONError) -> UInt32 {
        position += 1
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek() else {
                throw error(.unterminatedString, "the string has no closing quote", at: stringStart)
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape, "\\u needs four hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// One character of two to four bytes.
    private mutating func multibyte() throws(JSONError) {
        let first = bytes[position]
        // The range of the second byte excludes overlong forms, surrogates and code points above U+10FFFF.
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        let end = position + length
        guard length > 0, end <= bytes.count, second.contains(bytes[position + 1]),
            bytes[(position + 2)..<end].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw error(.invalidUTF8, "the bytes from \(hexadecimal(first)) on are not UTF-8") }
        position = end
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func unexpected(_ byte: UInt8, wanting wanted: String) -> JSONError {
        guard byte < 0x80 else {
            var copy = self
            do throws(JSONError) { try copy.multibyte() } catch { return error }
            let character = String(decoding: bytes[position..<copy.position], as: UTF8.self)
            return error(.unexpectedCharacter, "unexpected '\(character)', expected \(wanted)")
        }
        return error(.unexpectedCharacter, "unexpected \(name(byte)), expected \(wanted)")
    }

    private func name(_ byte: UInt8) -> String {
        byte > 0x20 && byte < 0x7F ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(hexadecimal(byte))"
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    private func error(_ code: JSONError.Code, _ message: String, at byte: Int? = nil) -> JSONError {
        let byte = byte ?? position
        var line = 1
        var lineStart = 0
        for index in 0..<byte where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return JSONError(code: code, byte: byte, line: line, column: byte - lineStart + 1, message: message)
    }
}
