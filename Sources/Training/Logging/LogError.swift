public import Files

/// Why a run's directory or one of its logs cannot be used.
public struct LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Code: Hashable, Sendable {
        /// The system refuses.
        case file(FileError)
        /// A line is no JSON object with a step.
        case malformedLine
        /// A line is longer than the limit.
        case lineTooLong
        /// The directory holds a run, or something else.
        case occupied
        /// The directory holds no run.
        case noRun
        /// Another process trains there.
        case inUse
    }

    /// The file or directory.
    public let path: String
    /// The broken rule.
    public let code: Code
    /// The line in the file, from 1; nil where there is none.
    public let line: Int?
    /// What is wrong, without the place.
    public let message: String

    /// The error on one line.
    public var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(message)" }

    init(_ code: Code, path: String, line: Int? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.line = line
        self.message = message
    }

    init(_ error: FileError) {
        self.init(.file(error), path: error.path, error.message)
    }

    /// Runs something that speaks of files.
    static func wrapping<Result>(_ body: () throws(FileError) -> Result) throws(LogError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw LogError(error)
        }
    }
}
