import ChatTemplates
import Files
import JSON
import Tokenization

/// Prompts of a model, from its directory.
struct PolicyPrompt {
    let directory: String
    let tokenizer: Tokenizer

    /// The tokenizer that is named, else the model's: in its directory, or beside its file.
    ///
    /// - Throws: where there is none.
    init(model: String, explicit: String?) throws {
        let found = try TokenizerDirectory(try Self.place(model: model, explicit: explicit))
        self.directory = found.path
        tokenizer = try Tokenizer(contentsOf: found.tokenizerPath)
    }

    /// Where the tokenizer is.
    static func place(model: String, explicit: String?) throws(PolicyTokenizerError) -> String {
        if let explicit { return explicit }
        let directory = FileSystem.isDirectory(model) ? model : FileSystem.parent(of: model)
        guard FileSystem.exists("\(directory)/tokenizer.json") else { throw .missing(model: model) }
        return directory
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

/// Why a model's texts cannot be read or written.
enum PolicyTokenizerError: Error, CustomStringConvertible {
    case missing(model: String)
    case unknownToken(place: String, id: Int32, vocabulary: Int, isTokenizer: Bool)
    case noTokens

    var description: String {
        switch self {
        case .missing(let model):
            "\(model): has no tokenizer.json; name a tokenizer with --tokenizer DIR (kedge generate also takes --prompt-ids)"
        case .unknownToken(let place, let id, let vocabulary, let isTokenizer):
            "\(place): \(isTokenizer ? "gives" : "has") the token id \(id), and the model knows 0 to \(vocabulary - 1)"
                + (isTokenizer ? "; the tokenizer is not the model's" : "")
        case .noTokens: "--prompt: has no tokens; a model continues at least one"
        }
    }

    /// Refuses ids that a model does not know.
    static func check(_ ids: [Int32], place: String, isTokenizer: Bool, vocabulary: Int) throws(PolicyTokenizerError) {
        if ids.isEmpty { throw .noTokens }
        if let bad = ids.first(where: { Int($0) >= vocabulary }) {
            throw .unknownToken(place: place, id: bad, vocabulary: vocabulary, isTokenizer: isTokenizer)
        }
    }
}
