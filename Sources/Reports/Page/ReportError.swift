/// Why no page can be made of a file.
public struct ReportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The content is nothing that a page is made of.
        case unknownKind
        /// The content says what it is, and breaks the contract of that.
        case contractBroken
    }

    /// What kind of thing went wrong.
    public let code: Code
    /// The file.
    public let path: String
    /// What is wrong, without the path.
    public let message: String

    /// Describes an error.
    public init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The error on one line.
    public var description: String { "\(path): \(message)" }
}
