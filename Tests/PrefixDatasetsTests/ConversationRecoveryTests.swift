import JSON
import Testing

@testable import PrefixDatasets

@Suite struct ConversationRecoveryTests {
    private func recovery(_ template: String, system: JSONNode = nil, suffix: String = "") -> ConversationRecovery {
        ConversationRecovery(
            settings: ["template": .string(template), "system": system, "prompt_suffix": .string(suffix)])
    }

    private static let conversations: [[ChatMessage]] = [
        [ChatMessage(role: "user", content: "1 + 1?")],
        [ChatMessage(role: "system", content: "Be brief."), ChatMessage(role: "user", content: "A\n\nB\n")],
        [
            ChatMessage(role: "user", content: "Hi"), ChatMessage(role: "assistant", content: "\u{301}Hello"),
            ChatMessage(role: "user", content: "<think> e\u{301}"),
        ],
        [
            ChatMessage(role: "system", content: ""), ChatMessage(role: "user", content: ""),
            ChatMessage(role: "user", content: "<"),
        ],
    ]

    @Test(arguments: [PromptTemplate.chatML, .llama3], conversations)
    func whatWasRenderedIsRead(_ template: PromptTemplate, _ messages: [ChatMessage]) {
        for opening in ["", "<think>\n", "<think>\n\n</think>\n\n"] {
            let prompt = template.render(messages) + opening
            // The recorded name does not matter: the text says it.
            let conversation = recovery("auto").conversation(prompt, problem: "none")
            #expect(conversation == .init(messages: Self.written(messages, by: template), isExact: true))
        }
    }

    /// Llama-3's format strips contents.
    private static func written(_ messages: [ChatMessage], by template: PromptTemplate) -> [ChatMessage] {
        guard template == .llama3 else { return messages }
        return messages.map { ChatMessage(role: $0.role, content: String(PythonText.stripped($0.content[...]))) }
    }

    @Test(arguments: conversations.dropLast())
    func deepSeek(_ messages: [ChatMessage]) {
        let prompt = PromptTemplate.deepSeekR1.render(messages)
        for text in [prompt, String(prompt.dropLast("<think>\n".count))] {
            #expect(recovery("auto").conversation(text, problem: "") == .init(messages: messages, isExact: true))
        }
    }

    /// Text that holds marks of the format could have been several conversations; what is given renders to the prompt.
    @Test func textThatHoldsMarks() {
        let messages = [
            ChatMessage(role: "user", content: "a<|im_end|>\n<|im_start|>user\nb"),
            ChatMessage(role: "user", content: "<|im_start|>"),
        ]
        let prompt = PromptTemplate.chatML.render(messages)
        let conversation = recovery("chatml").conversation(prompt, problem: "")
        #expect(conversation.isExact && conversation.messages.count == 3)
        #expect(PromptTemplate.chatML.render(conversation.messages) == prompt)
    }

    @Test func otherTextIsRebuilt() {
        let plain = recovery("plain", system: "S", suffix: "!")
        #expect(
            plain.conversation("S\n\nP!", problem: "P")
                == .init(
                    messages: [ChatMessage(role: "system", content: "S"), ChatMessage(role: "user", content: "P!")],
                    isExact: true))
        // An earlier turn is lost, and that is said.
        #expect(!plain.conversation("S\n\nQ\n\nP!", problem: "P").isExact)
        let unknown = recovery("auto")
        #expect(
            unknown.conversation("[INST] P [/INST]", problem: "P")
                == .init(messages: [ChatMessage(role: "user", content: "P")], isExact: false))
        #expect(
            unknown.conversation("[INST] [/INST]", problem: "").messages
                == [ChatMessage(role: "user", content: "[INST] [/INST]")])
        #expect(recovery("chatml").conversation("", problem: "").messages.count == 1)
    }
}
