import ChatTemplates
import Files
import JSON
import Tokenization

/// Prompts of a model, from its directory.
struct PolicyPrompt {
    let directory: String
    let tokenizer: Tokenizer

    /// - Throws: where the directory has no tokenizer.
    init(_ directory: String) throws {
        let found = try TokenizerDirectory(directory)
        self.directory = found.path
        tokenizer = try Tokenizer(contentsOf: found.tokenizerPath)
    }

    /// The ids of a text as it stands, with what the tokenizer puts around it.
    func ids(of text: String) throws -> [Int32] {
        try TokenEncoder(tokenizer).encode(text, addingSpecialTokens: true)
    }

    /// The ids of a question, in the model's chat template.
    func ids(ofQuestion text: String, system: String?) throws -> [Int32] {
        guard let file = try ChatTemplateFile.find(inDirectory: directory, name: nil) else {
            throw TemplateCommandError.noTemplate(path: directory)
        }
        var messages: [JSONNode] = []
        if let system { messages.append(["role": "system", "content": .string(system)]) }
        messages.append(["role": "user", "content": .string(text)])
        let context = ChatTemplateContext(
            messages: messages, addsGenerationPrompt: true,
            specialTokens: try ChatTemplateFile.specialTokens(inDirectory: directory), variables: [])
        let rendered: String
        do throws(ChatTemplateError) {
            rendered = try ChatTemplate(file.source).render(context, date: nil)
        } catch {
            throw TemplateCommandError.template(path: file.path, error)
        }
        return try TokenEncoder(tokenizer).encode(rendered)
    }
}
