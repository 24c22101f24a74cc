/// Why a chat template cannot be used or rendered.
public struct ChatTemplateError: Error, Equatable, Sendable {
    /// The line of the template, from 1; 0 where no line is to blame.
    public var line: Int
    /// What is wrong, naming the construct.
    public var message: String

    /// An error at a line of the template.
    public init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}

extension ChatTemplateError: CustomStringConvertible {
    /// One line: where and what.
    public var description: String { line > 0 ? "line \(line): \(message)" : message }
}
