/// How a conversation becomes the text of a prompt, up to the place where the model begins to answer.
public enum PromptTemplate: String, CaseIterable, Sendable {
    /// The model's own chat template where its directory has one, else ``chatML``.
    case auto = "auto"
    /// The model's own chat template.
    case model = "model"
    /// ChatML as Qwen2.5 writes it. A conversation without a system message gets none.
    case chatML = "chatml"
    /// Llama-3, begin-of-text token included.
    case llama3 = "llama3"
    /// DeepSeek-R1, begin-of-sentence token included; ends in an opened `<think>`.
    case deepSeekR1 = "deepseek-r1"
    /// The contents alone, a blank line between two messages.
    case plain = "plain"

    /// The prompt for `messages`; as ``chatML`` for ``auto`` and ``model``, which need a model. O(length).
    func render(_ messages: [ChatMessage]) -> String {
        switch self {
        case .auto, .model, .chatML:
            messages.map { "<|im_start|>\($0.role)\n\($0.content)<|im_end|>\n" }.joined() + "<|im_start|>assistant\n"
        case .llama3:
            "<|begin_of_text|>"
                + messages.map {
                    "<|start_header_id|>\($0.role)<|end_header_id|>\n\n\(PythonText.stripped($0.content[...]))<|eot_id|>"
                }
                .joined() + "<|start_header_id|>assistant<|end_header_id|>\n\n"
        case .deepSeekR1:
            "<｜begin▁of▁sentence｜>" + messages.map(Self.deepSeekTurn).joined() + "<｜Assistant｜><think>\n"
        case .plain:
            messages.map(\.content).joined(separator: "\n\n")
        }
    }

    private static func deepSeekTurn(_ message: ChatMessage) -> String {
        switch message.role {
        case "system": message.content
        case "assistant": "<｜Assistant｜>\(message.content)<｜end▁of▁sentence｜>"
        default: "<｜User｜>\(message.content)"
        }
    }
}
