import ArgumentParser
import ChatTemplates
import Files
import JSON

/// `kedge template`
struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Render a model's chat template.",
        discussion: """
            Prints exactly what tokenizer.apply_chat_template(messages, tokenize=False) of transformers gives, without a \
            newline at the end. Without --messages the conversation is one question of a user.

            Examples:
              kedge template Qwen2.5-Math-7B
              kedge template chat_template.jinja --messages conversation.json
              kedge template DIR --no-generation-prompt --messages conversation.json
              kedge template DIR --set enable_thinking=false --date 2025-01-31
              kedge template draft.jinja --set 'bos_token="<s>"' --set 'names=["a","b"]'
            """)

    @Argument(help: ArgumentHelp("A model directory, or a template by itself.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("A JSON file: a list of messages, or an object with 'messages'.", valueName: "file"))
    var messages: String?

    @Option(help: ArgumentHelp("Which of several templates of a directory. (default: default)", valueName: "name"))
    var name: String?

    @Flag(name: .customLong("no-generation-prompt"), help: "End after the last message.")
    var hasNoGenerationPrompt = false

    @Option(help: ArgumentHelp("What strftime_now tells, as 2025-01-31. (default: today)", valueName: "date"))
    var date: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("A variable: its name, '=' and its value as JSON. May be repeated.", valueName: "name=json"))
    var variables: [String] = []

    func validate() throws {
        _ = try pinnedDate()
        for variable in variables { _ = try TemplateCommand.variable(variable) }
        if name != nil, !FileSystem.isDirectory(path) { throw ValidationError("--name wants a model directory") }
    }

    private func pinnedDate() throws -> ChatTemplateDate? {
        guard let date else { return nil }
        guard let parsed = ChatTemplateDate(date) else {
            throw ValidationError("--date wants a day such as 2025-01-31")
        }
        return parsed
    }

    private static func variable(_ text: String) throws -> (key: String, value: JSONNode) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("--set wants name=json, not '\(text)'")
        }
        let json = String(text[text.index(after: equals)...])
        do throws(JSONError) {
            return (String(text[..<equals]), JSONNode(try JSONDocument.parsing(json).root))
        } catch {
            throw ValidationError("--set \(text): the value is no JSON: \(error.message); a text wants quotes")
        }
    }

    private func conversation() throws -> [JSONNode] {
        guard let messages else { return [["role": "user", "content": "What is 7 * 6?"]] }
        let root = JSONNode(try JSONDocument.contents(ofFileAt: messages).root)
        guard case .array(let list)? = root["messages"] ?? .some(root) else {
            throw TemplateCommandError.noMessages(path: messages)
        }
        return list
    }

    func run() throws {
        var tokens: [(name: String, text: String)] = []
        let file: ChatTemplateFile
        if FileSystem.isDirectory(path) {
            guard let found = try ChatTemplateFile.find(inDirectory: path, name: name) else {
                throw TemplateCommandError.noTemplate(path: path)
            }
            file = found
            tokens = try ChatTemplateFile.specialTokens(inDirectory: path)
        } else {
            file = try ChatTemplateFile(contentsOf: path)
        }
        let context = ChatTemplateContext(
            messages: try conversation(), addsGenerationPrompt: !hasNoGenerationPrompt, specialTokens: tokens,
            variables: try variables.map { try TemplateCommand.variable($0) })
        let date = try pinnedDate()
        do throws(ChatTemplateError) {
            StandardOutput.write(try ChatTemplate(file.source).render(context, date: date))
        } catch {
            throw TemplateCommandError.template(path: file.path, error)
        }
    }
}

/// Why there is nothing to show.
enum TemplateCommandError: Error, CustomStringConvertible {
    case noTemplate(path: String)
    case noMessages(path: String)
    case template(path: String, ChatTemplateError)

    var description: String {
        switch self {
        case .noTemplate(let path):
            "\(path): has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json)"
        case .noMessages(let path): "\(path): neither a list of messages nor an object with 'messages'"
        case .template(let path, let error): "\(path): \(error)"
        }
    }
}
