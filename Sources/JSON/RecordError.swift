public import Files

/// Why the records of a trace file cannot be told apart.
public struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Code: Hashable, Sendable {
        /// The file could not be read or decompressed.
        case unreadable(FileError)
        /// The text is UTF-16.
        case unsupportedEncoding
        /// A record is longer than the limit.
        case recordTooLong
        /// Arrays and objects are nested deeper than ``JSONParser/maximumDepth``.
        case tooDeep
        /// A closing bracket does not match what is open.
        case unbalanced
        /// Two elements of the outermost array have no comma between them.
        case missingComma
        /// A byte that cannot stand between records.
        case unexpectedCharacter
        /// Something follows the end of the outermost array.
        case trailingData
        /// The file stops inside a record or before the end of the outermost array.
        case truncated
    }

    /// The file.
    public let path: String
    /// The broken rule.
    public let code: Code
    /// The number, from 1, of the record in which or after which the error lies; 0 before the first.
    public let row: Int
    /// The line of the error, from 1; for an error in a record the line on which the record starts.
    public let line: Int
    /// The offset of the error in the decompressed file, in bytes.
    public let byte: Int
    /// What is wrong, without the place.
    public let message: String

    /// The error on one line.
    public var description: String {
        if case .unreadable(let error) = code { return error.description }
        return "\(path): row \(row), line \(line), byte \(byte): \(message)"
    }
}

/// What the scanner found wrong; the reader adds the path and turns the offset into one of the file.
struct RecordFailure: Error {
    let code: RecordError.Code
    let row: Int
    let line: Int
    /// Index in the buffer that was scanned.
    let position: Int
    let message: String
}
