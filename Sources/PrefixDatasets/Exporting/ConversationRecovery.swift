import JSON

/// Finds the messages that a rendered prompt was made of.
///
/// A dataset keeps tokens, not messages. Where the prompt's text is one that a known chat format renders, the messages can
/// be read off it: system messages and earlier turns included. That this is no guess is proved by rendering them again.
struct ConversationRecovery: Sendable {
    /// Messages, and whether rendering them gives the prompt's text.
    struct Conversation: Sendable, Equatable {
        var messages: [ChatMessage]
        var isExact: Bool
    }

    private let template: PromptTemplate?
    private let system: String?
    private let promptSuffix: String

    /// - Parameter settings: the `settings` of a dataset.
    init(settings: JSONNode) {
        func text(_ name: String) -> String? {
            if case .string(let text)? = settings[name] { text } else { nil }
        }
        template = text("template").flatMap(PromptTemplate.init(rawValue:))
        system = text("system")
        promptSuffix = text("prompt_suffix") ?? ""
    }

    /// The conversation behind a prompt; at least one message.
    ///
    /// - Parameters:
    ///   - prompt: the text of the prompt's tokens.
    ///   - problem: what the dataset records as the problem, for prompts that no known format explains.
    func conversation(_ prompt: String, problem: String) -> Conversation {
        for grammar in TurnGrammar.all {
            if let messages = grammar.messages(of: prompt) { return Conversation(messages: messages, isExact: true) }
        }
        var messages: [ChatMessage] = []
        if let system { messages.append(ChatMessage(role: "system", content: system)) }
        messages.append(
            ChatMessage(role: "user", content: problem.isEmpty ? prompt : problem + promptSuffix))
        let isExact = template.map { $0.render(messages).utf8.elementsEqual(prompt.utf8) } ?? false
        return Conversation(messages: messages, isExact: isExact)
    }
}

/// A chat format, to be read backwards.
private enum TurnGrammar {
    case chatML, llama3, deepSeekR1

    static let all: [TurnGrammar] = [.chatML, .llama3, .deepSeekR1]
    /// What formats of reasoning models put behind the opened assistant turn.
    private static let openings = ["", "<think>\n", "<think>\n\n</think>\n\n"]

    /// The messages that render to `prompt`, or nil.
    func messages(of prompt: String) -> [ChatMessage]? {
        for opening in Self.openings where prompt.utf8.count >= opening.utf8.count {
            guard prompt.utf8.suffix(opening.utf8.count).elementsEqual(opening.utf8) else { continue }
            let text = String(decoding: prompt.utf8.dropLast(opening.utf8.count), as: UTF8.self)
            guard let messages = parse(text), !messages.isEmpty,
                render(messages).utf8.elementsEqual(text.utf8)
            else { continue }
            return messages
        }
        return nil
    }

    private func render(_ messages: [ChatMessage]) -> String {
        switch self {
        case .chatML: PromptTemplate.chatML.render(messages)
        case .llama3: PromptTemplate.llama3.render(messages)
        // Its template opens the thought itself; formats of later models leave that to `openings`.
        case .deepSeekR1: String(PromptTemplate.deepSeekR1.render(messages).dropLast("<think>\n".count))
        }
    }

    private func parse(_ text: String) -> [ChatMessage]? {
        switch self {
        case .chatML:
            Self.turns(
                text, start: "", open: "<|im_start|>", middle: "\n", close: "<|im_end|>\n",
                end: "<|im_start|>assistant\n")
        case .llama3:
            Self.turns(
                text, start: "<|begin_of_text|>", open: "<|start_header_id|>", middle: "<|end_header_id|>\n\n",
                close: "<|eot_id|>", end: "<|start_header_id|>assistant<|end_header_id|>\n\n")
        case .deepSeekR1:
            Self.deepSeekTurns(text)
        }
    }

    private static func turns(
        _ text: String, start: String, open: String, middle: String, close: String, end: String
    ) -> [ChatMessage]? {
        guard var rest = ByteText(text).removing(prefix: start)?.removing(suffix: end) else { return nil }
        var messages: [ChatMessage] = []
        while !rest.isEmpty {
            guard let turn = rest.removing(prefix: open), let (role, body) = turn.split(at: middle),
                let (content, next) = body.split(at: close)
            else { return nil }
            messages.append(ChatMessage(role: role.string, content: content.string))
            rest = next
        }
        return messages
    }

    private static func deepSeekTurns(_ text: String) -> [ChatMessage]? {
        guard
            var rest = ByteText(text).removing(prefix: "<｜begin▁of▁sentence｜>")?.removing(suffix: "<｜Assistant｜>")
        else { return nil }
        var messages: [ChatMessage] = []
        if let (system, _) = rest.split(at: "<｜User｜>"), !system.isEmpty {
            messages.append(ChatMessage(role: "system", content: system.string))
            rest = rest.dropping(system)
        }
        while !rest.isEmpty {
            guard let turn = rest.removing(prefix: "<｜User｜>") else { return nil }
            let (turns, next) = turn.split(before: "<｜User｜>")
            if let (user, answer) = turns.split(at: "<｜Assistant｜>") {
                guard let answer = answer.removing(suffix: "<｜end▁of▁sentence｜>") else { return nil }
                messages.append(ChatMessage(role: "user", content: user.string))
                messages.append(ChatMessage(role: "assistant", content: answer.string))
            } else {
                messages.append(ChatMessage(role: "user", content: turns.string))
            }
            rest = next
        }
        return messages
    }
}

/// Text searched by bytes: `String`'s own search compares graphemes, and a combining mark would hide a tag.
private struct ByteText {
    private var bytes: ArraySlice<UInt8>

    init(_ text: String) {
        bytes = Array(text.utf8)[...]
    }

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    var isEmpty: Bool { bytes.isEmpty }
    var string: String { String(decoding: bytes, as: UTF8.self) }

    func removing(prefix: String) -> ByteText? {
        bytes.starts(with: prefix.utf8) ? ByteText(bytes.dropFirst(prefix.utf8.count)) : nil
    }

    func removing(suffix: String) -> ByteText? {
        bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
            ? ByteText(bytes.dropLast(suffix.utf8.count)) : nil
    }

    func dropping(_ front: ByteText) -> ByteText {
        ByteText(bytes.dropFirst(front.bytes.count))
    }

    /// What lies before and behind the first `mark`.
    func split(at mark: String) -> (ByteText, ByteText)? {
        let mark = Array(mark.utf8)
        guard let first = mark.first else { return nil }
        var rest = bytes
        while let place = rest.firstIndex(of: first) {
            if bytes[place...].starts(with: mark) {
                return (ByteText(bytes[..<place]), ByteText(bytes[(place + mark.count)...]))
            }
            rest = rest[(place + 1)...]
        }
        return nil
    }

    /// What lies before the first `mark`, and the rest with it.
    func split(before mark: String) -> (ByteText, ByteText) {
        guard let (front, _) = split(at: mark) else { return (self, ByteText([])) }
        return (front, dropping(front))
    }
}
