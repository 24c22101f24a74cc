public import Files

/// Why a text is not JSON, or a value cannot be written as JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Code: Hashable, Sendable {
        /// The file could not be read.
        case unreadable(FileError)
        /// There is nothing but blanks.
        case empty
        /// The text stops inside a value.
        case unexpectedEnd
        /// A byte that cannot stand where it stands.
        case unexpectedCharacter
        /// A string has no closing quote.
        case unterminatedString
        /// A control character stands unescaped in a string.
        case controlCharacter
        /// A backslash is followed by something that is no escape.
        case invalidEscape
        /// A `\uD800`...`\uDFFF` escape is not part of a pair.
        case loneSurrogate
        /// The bytes are not UTF-8.
        case invalidUTF8
        /// A number is not written as JSON writes numbers.
        case invalidNumber
        /// An integer does not fit 64 bits, or a number exceeds the range of double precision.
        case numberOutOfRange
        /// Arrays and objects are nested deeper than ``JSONParser/maximumDepth``.
        case tooDeep
        /// Something follows the value.
        case trailingData
        /// The text is larger than the parser takes.
        case tooLarge
        /// A NaN or an infinity, for which JSON has no notation.
        case notFinite
        /// Memory ran out.
        case outOfMemory
        /// The parser refused the text for a reason that the validator does not see.
        case refused
    }

    /// The file, where the text came from one.
    public let path: String?
    /// The broken rule.
    public let code: Code
    /// Where in the text, in bytes from its start.
    public let byte: Int
    /// The line of that byte, from 1.
    public let line: Int
    /// The byte within that line, from 1.
    public let column: Int
    /// What is wrong, without the place.
    public let message: String

    /// The error on one line.
    public var description: String {
        if case .unreadable(let error) = code { return error.description }
        let place = code == .notFinite ? "" : "line \(line), column \(column) (byte \(byte)): "
        return (path.map { "\($0): " } ?? "") + place + message
    }

    init(path: String? = nil, code: Code, byte: Int = 0, line: Int = 1, column: Int = 1, message: String) {
        self.path = path
        self.code = code
        self.byte = byte
        self.line = line
        self.column = column
        self.message = message
    }

    func inFile(_ path: String) -> JSONError {
        JSONError(path: path, code: code, byte: byte, line: line, column: column, message: message)
    }
}
