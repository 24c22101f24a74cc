/// A Python literal as the headers of NumPy files have them.
indirect enum NumPyLiteral: Equatable {
    case string(String)
    case int(Int)
    case bool(Bool)
    case none
    case sequence([NumPyLiteral])
    case dictionary([Member])

    /// A key and its value.
    struct Member: Equatable {
        let key: NumPyLiteral
        let value: NumPyLiteral
    }
}

/// Reads one Python literal: dictionaries, tuples, lists, strings, integers, True, False, None. Nothing is evaluated.
struct NumPyLiteralParser {
    /// What is not a literal of this kind, and where, in bytes.
    struct Failure: Error {
        let byte: Int
        let message: String
    }

    private static let deepest = 16
    private let bytes: [UInt8]
    private let isUTF8: Bool
    private var position = 0

    /// - Parameter isUTF8: whether strings are UTF-8; otherwise they are Latin-1.
    init(_ bytes: [UInt8], isUTF8: Bool) {
        self.bytes = bytes
        self.isUTF8 = isUTF8
    }

    /// Reads all of it: one literal, blanks, and perhaps a comment.
    ///
    /// - Returns: the literal, and the comment with its `#`.
    mutating func parse() throws(Failure) -> (literal: NumPyLiteral, comment: String?) {
        let literal = try value(depth: 0)
        skipBlanks()
        var comment: String?
        if peek == UInt8(ascii: "#") {
            let line = bytes[position...].prefix { $0 != 0x0A }
            position += line.count
            comment = String(decoding: line, as: UTF8.self)
            skipBlanks()
        }
        guard position == bytes.count else { throw failure("something follows the dictionary") }
        return (literal, comment)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ message: String) -> Failure { Failure(byte: position, message: message) }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D { position += 1 }
    }

    private mutating func value(depth: Int) throws(Failure) -> NumPyLiteral {
        guard depth < Self.deepest else { throw failure("is nested too deep") }
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return try dictionary(depth: depth)
        case UInt8(ascii: "("): return try sequence(until: UInt8(ascii: ")"), depth: depth)
        case UInt8(ascii: "["): return try sequence(until: UInt8(ascii: "]"), depth: depth)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return .int(try integer())
        default:
            for (word, literal) in [("True", NumPyLiteral.bool(true)), ("False", .bool(false)), ("None", .none)]
            where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return literal
            }
            throw failure("is no literal")
        }
    }

    /// Whether the next byte is this one, which is then passed.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func dictionary(depth: Int) throws(Failure) -> NumPyLiteral {
        position += 1
        var members: [NumPyLiteral.Member] = []
        while !take(UInt8(ascii: "}")) {
            let key = try value(depth: depth + 1)
            guard take(UInt8(ascii: ":")) else { throw failure("lacks a colon") }
            members.append(NumPyLiteral.Member(key: key, value: try value(depth: depth + 1)))
            if !take(UInt8(ascii: ",")) {
                guard take(UInt8(ascii: "}")) else { throw failure("lacks a comma or a brace") }
                break
            }
        }
        return .dictionary(members)
    }

    private mutating func sequence(until end: UInt8, depth: Int) throws(Failure) -> NumPyLiteral {
        position += 1
        var items: [NumPyLiteral] = []
        while !take(end) {
            items.append(try value(depth: depth + 1))
            if !take(UInt8(ascii: ",")) {
                guard take(end) else { throw failure("lacks a comma or a parenthesis") }
                // Without a comma, parentheses around one value are only parentheses.
                if items.count == 1, end == UInt8(ascii: ")") { return items[0] }
                break
            }
        }
        return .sequence(items)
    }

    private mutating func string() throws(Failure) -> String {
        let quote = bytes[position]
        position += 1
        var content: [UInt8] = []
        while let byte = peek, byte != quote {
            guard byte != 0x0A else { break }
            if byte == UInt8(ascii: "\\") {
                position += 1
                guard let escaped = peek, escaped == quote || escaped == UInt8(ascii: "\\") else {
                    throw failure("has an escape that is not read")
                }
            }
            content.append(bytes[position])
            position += 1
        }
        guard peek == quote else { throw failure("has a string without an end") }
        position += 1
        if isUTF8 {
            guard let text = String(validating: content, as: UTF8.self) else { throw failure("is no UTF-8") }
            return text
        }
        return String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) }))
    }

    private mutating func integer() throws(Failure) -> Int {
        let start = position
        position += 1
        while let byte = peek, UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") { position += 1 }
        guard let number = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            throw failure("has an integer that overflows")
        }
        // Python 2 wrote long integers so.
        if peek == UInt8(ascii: "L") { position += 1 }
        return number
    }
}
