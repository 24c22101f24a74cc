import ChatTemplates
import Files
import JSON
import Tokenization

/// A prompt that cannot be written.
struct PromptError: Error {
    let reason: String
}

/// Writes prompts as the settings say: by one of the templates that Kedge knows, or by the model's own.
struct PromptRenderer: Sendable {
    /// What writes the prompts, ``PromptTemplate/auto`` resolved.
    let template: PromptTemplate
    /// The SHA-256 of the model's own chat template, where that is used.
    let digest: String?

    private let model: ChatTemplate?
    private let specialTokens: [(name: String, text: String)]
    private let date: ChatTemplateDate?

    /// Finds the model's own template, where it is asked for or there is one.
    ///
    /// - Throws: ``DatasetError/badTemplate(path:reason:)`` where it is not there, not understood, or asks for a date and
    ///   none is given; `ChatTemplateFileError` for a file that cannot be read.
    init(_ settings: DatasetSettings, _ directory: TokenizerDirectory) throws {
        date = settings.date
        var file: ChatTemplateFile?
        if settings.template == .auto || settings.template == .model {
            file = try ChatTemplateFile.find(inDirectory: directory.path)
        }
        guard let file else {
            guard settings.template != .model else {
                throw DatasetError.badTemplate(path: directory.path, reason: "the directory has none")
            }
            template = settings.template == .auto ? .chatML : settings.template
            (digest, model, specialTokens) = (nil, nil, [])
            return
        }
        do throws(ChatTemplateError) {
            let compiled = try ChatTemplate(file.source)
            guard date != nil || !compiled.asksForDate else {
                throw ChatTemplateError(line: 0, message: "it asks what day it is; say which with --date YYYY-MM-DD")
            }
            model = compiled
        } catch {
            throw DatasetError.badTemplate(path: file.path, reason: "\(error)")
        }
        template = .model
        digest = try SHA256.digest(of: Array(file.source.utf8))
        specialTokens = try ChatTemplateFile.specialTokens(inDirectory: directory.path)
    }

    /// The prompt for a conversation, up to the place where the model begins to answer.
    ///
    /// - Throws: ``PromptError`` for a conversation that the model's template refuses.
    func render(_ messages: [ChatMessage]) throws(PromptError) -> String {
        guard let model else { return template.render(messages) }
        let context = ChatTemplateContext(
            messages: messages.map { ["role": .string($0.role), "content": .string($0.content)] },
            specialTokens: specialTokens)
        do throws(ChatTemplateError) {
            return try model.render(context, date: date)
        } catch {
            throw PromptError(reason: "cannot be written by the model's chat template: \(error)")
        }
    }
}
