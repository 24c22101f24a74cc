public import JSON

/// What transformers passes to a chat template.
public struct ChatTemplateContext: Sendable {
    /// The conversation: objects with `role`, `content` and whatever else the template knows.
    public var messages: [JSONNode]
    /// Whether the text ends where the assistant's answer begins.
    public var addsGenerationPrompt: Bool
    /// `bos_token`, `eos_token` and the like, by name.
    public var specialTokens: [(name: String, text: String)]
    /// Further variables, such as `enable_thinking`. They win over everything else of the same name.
    public var variables: [(key: String, value: JSONNode)]

    /// A conversation without tools.
    public init(
        messages: [JSONNode], addsGenerationPrompt: Bool = true, specialTokens: [(name: String, text: String)] = [],
        variables: [(key: String, value: JSONNode)] = []
    ) {
        self.messages = messages
        self.addsGenerationPrompt = addsGenerationPrompt
        self.specialTokens = specialTokens
        self.variables = variables
    }

    /// All variables; of equal names the last counts.
    var allVariables: [(key: String, value: JSONNode)] {
        var all: [(key: String, value: JSONNode)] = specialTokens.map { ($0.name, .string($0.text)) }
        all.append(("messages", .array(messages.map { ChatTemplateContext.withReasoning($0) })))
        all.append(("tools", .null))
        all.append(("documents", .null))
        all.append(("add_generation_prompt", .bool(addsGenerationPrompt)))
        return all + variables
    }

    private static let reasoningNames = ["reasoning_content", "thinking", "reasoning"]

    /// A message's reasoning goes by three names; transformers gives it the two that templates read.
    private static func withReasoning(_ message: JSONNode) -> JSONNode {
        guard case .object(var members) = message else { return message }
        let found = reasoningNames.lazy.compactMap { message[$0] }.first { $0 != .null }
        guard let found else { return message }
        // First of all, even where the message has it elsewhere: tojson shows the order.
        members.removeAll { $0.key.utf8.elementsEqual("thinking".utf8) }
        members.insert(("thinking", message["thinking"] ?? found), at: 0)
        if let place = members.firstIndex(where: { $0.key.utf8.elementsEqual("reasoning_content".utf8) }) {
            members[place].value = found
        } else {
            members.append(("reasoning_content", found))
        }
        return .object(members)
    }
}
