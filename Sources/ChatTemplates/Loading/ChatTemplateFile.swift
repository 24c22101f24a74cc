public import Files
public import JSON

/// The chat template of a model directory, found where transformers looks for it.
public struct ChatTemplateFile: Sendable {
    /// The template's text.
    public let source: String
    /// The file that it stands in.
    public let path: String

    /// Finds a template: `chat_template.jinja` and `additional_chat_templates/*.jinja` before `chat_template.json`, and that
    /// before `chat_template` in `tokenizer_config.json`, which may hold one template or several with names.
    ///
    /// - Parameters:
    ///   - directory: the model directory.
    ///   - name: which of several templates; nil for the one that is called `default`.
    /// - Returns: nil where the directory has no template.
    /// - Throws: ``ChatTemplateFileError``, also where there are templates but none of this name.
    public static func find(
        inDirectory directory: String, name: String? = nil
    ) throws(ChatTemplateFileError) -> ChatTemplateFile? {
        let wanted = name ?? "default"
        var templates = try separateFiles(directory)
        if templates.isEmpty { templates = try members("\(directory)/chat_template.json") }
        if templates.isEmpty { templates = try members("\(directory)/tokenizer_config.json") }
        guard let last = templates.last else { return nil }
        if let found = templates.last(where: { $0.name == wanted }) { return found.file }
        throw .noSuchTemplate(path: last.file.path, name: wanted, names: templates.map(\.name))
    }

    /// `bos_token`, `eos_token` and the like as transformers passes them to a template.
    ///
    /// They come from `tokenizer_config.json`. Where that lists no `added_tokens_decoder`, as files of old do not, those of
    /// `special_tokens_map.json` win over them.
    ///
    /// - Throws: ``ChatTemplateFileError`` where a file is no JSON.
    public static func specialTokens(
        inDirectory directory: String
    ) throws(ChatTemplateFileError) -> [(name: String, text: String)] {
        let names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
        var found: [(name: String, text: String)] = []
        for path in ["\(directory)/tokenizer_config.json", "\(directory)/special_tokens_map.json"]
        where FileSystem.exists(path) {
            let root = try document(path).root
            for name in names {
                let token = root[name]
                guard let text = token?.string ?? token?["content"]?.string else { continue }
                found.removeAll { $0.name == name }
                found.append((name, text))
            }
            if root["added_tokens_decoder"] != nil { break }
        }
        return found
    }

    private typealias Named = (name: String, file: ChatTemplateFile)

    /// The most bytes of a JSON file: tokenizer_config.json may list very many added tokens.
    private static let maximumFileSize = 64 << 20

    private static func separateFiles(_ directory: String) throws(ChatTemplateFileError) -> [Named] {
        var templates: [Named] = []
        let path = "\(directory)/chat_template.jinja"
        if FileSystem.exists(path) { templates.append(("default", try ChatTemplateFile(contentsOf: path))) }
        let more = "\(directory)/additional_chat_templates"
        guard FileSystem.isDirectory(more) else { return templates }
        let names: [String]
        do throws(FileError) { names = try FileSystem.contents(ofDirectory: more) } catch { throw .unreadable(error) }
        for name in names where name.hasSuffix(".jinja") {
            templates.append((String(name.dropLast(6)), try ChatTemplateFile(contentsOf: "\(more)/\(name)")))
        }
        return templates
    }

    /// Reads a template that is a file by itself.
    ///
    /// - Throws: ``ChatTemplateFileError`` where it cannot be read, is too large or is not UTF-8.
    public init(contentsOf path: String) throws(ChatTemplateFileError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileSystem.readFile(at: path, limit: ChatTemplate.maximumSourceSize)
        } catch {
            throw .unreadable(error)
        }
        guard let source = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(path: path) }
        self.init(source: source, path: path)
    }

    private init(source: String, path: String) {
        self.source = source
        self.path = path
    }

    private static func document(_ path: String) throws(ChatTemplateFileError) -> JSONDocument {
        do throws(JSONError) {
            return try JSONDocument.contents(ofFileAt: path, limit: maximumFileSize, roundsLargeIntegers: true)
        } catch {
            throw .invalid(error)
        }
    }

    private static func members(_ path: String) throws(ChatTemplateFileError) -> [Named] {
        guard FileSystem.exists(path), let value = try document(path).root["chat_template"], !value.isNull else {
            return []
        }
        if let source = value.string { return [("default", ChatTemplateFile(source: source, path: path))] }
        var templates: [Named] = []
        switch value.kind {
        case .array:
            for element in value.elements {
                guard let name = element["name"]?.string, let source = element["template"]?.string else {
                    throw .malformed(path: path)
                }
                templates.append((name, ChatTemplateFile(source: source, path: path)))
            }
        case .object:
            for member in value.members {
                guard let source = member.value.string else { throw .malformed(path: path) }
                templates.append((member.key, ChatTemplateFile(source: source, path: path)))
            }
        default: throw .malformed(path: path)
        }
        return templates
    }
}

/// Why a model directory's chat template cannot be had.
public enum ChatTemplateFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file could not be read, or is too large.
    case unreadable(FileError)
    /// A file is no JSON.
    case invalid(JSONError)
    /// A template is not UTF-8.
    case notUTF8(path: String)
    /// `chat_template` is neither a text nor a list of names and texts.
    case malformed(path: String)
    /// There are templates, but none of this name.
    case noSuchTemplate(path: String, name: String, names: [String])

    /// One line: which file, and what is wrong with it.
    public var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .invalid(let error): error.description
        case .notUTF8(let path): "\(path): is not UTF-8"
        case .malformed(let path): "\(path): 'chat_template' is neither a text nor a list of {name, template}"
        case .noSuchTemplate(let path, let name, let names):
            "\(path): has no template '\(name)'; there is \(names.sorted().joined(separator: ", "))"
        }
    }
}
