/// One turn of a conversation.
public struct ChatMessage: Equatable, Sendable {
    /// `system`, `user`, `assistant` or another role that the template knows.
    public var role: String
    /// What was said.
    public var content: String

    /// A message.
    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}
