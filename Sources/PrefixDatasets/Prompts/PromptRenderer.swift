import ChatTemplates
import Tokenization

/// A prompt that cannot be written.
struct PromptError: Error {
    let reason: String
}

/// Writes prompts as the settings say.
struct PromptRenderer: Sendable {
    let digest: String? = nil
    let template: PromptTemplate

    init(_ settings: DatasetSettings, _ directory: TokenizerDirectory) throws {
        template = settings.template == .auto ? .chatML : settings.template
    }

    func render(_ messages: [ChatMessage]) throws(PromptError) -> String {
        template.render(messages)
    }
}

/// A day, such as 2026-01-31.
public struct TemplateDate: Equatable, Sendable {
    let year: Int, month: Int, day: Int
    public init?(_ text: String) { year = 0; month = 0; day = 0 }
}
