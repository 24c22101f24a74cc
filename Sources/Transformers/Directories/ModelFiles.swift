public import Checkpoints
import Files
import JSON
import Tensors

/// What goes with a model's weights: config.json, generation_config.json, the tokenizer's files and what else lies beside them.
public struct ModelFiles: Sendable {
    /// What config.json says of the model.
    public let configuration: TransformerConfiguration
    private let text: [UInt8]
    private var companions: [ModelWriting.Companion]

    private static let configurationName = ModelPlace.configurationKey
    private static let generationName = ModelPlace.generationKey
    private static let tokenizerNames: Set<String> = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "vocab.txt", "merges.txt", "tokenizer.model", "spiece.model", "chat_template.jinja", "chat_template.json",
    ]

    /// Those of a model: a directory, or a file that carries its configuration or has it beside it.
    ///
    /// - Throws: ``TransformerError``, `CheckpointError`, `FileError`.
    public init(_ path: String, reading: ReadingOptions = ReadingOptions()) throws {
        if !FileSystem.isDirectory(path) {
            let checkpoint = try Checkpoint.open(path, options: reading)
            func carried(_ key: String) -> [UInt8]? {
                checkpoint.metadata.last { $0.key == key }.map { Array($0.value.utf8) }
            }
            if let text = carried(Self.configurationName) {
                let generation = carried(Self.generationName)
                try self.init(
                    text: text, generation: generation, path: path,
                    companions: generation.map {
                        [ModelWriting.Companion(name: Self.generationName, content: .bytes($0))]
                    } ?? [])
                return
            }
        }
        var directory = FileSystem.isDirectory(path) ? path : FileSystem.parent(of: path)
        while directory.utf8.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        // What a directory lacks, it says better than a failure to read a file.
        _ = try TransformerConfiguration(directory: directory)
        let names = try ModelWriting.companions(in: directory)
        let generation = "\(directory)/\(Self.generationName)"
        try self.init(
            text: try FileSystem.readFile(
                at: "\(directory)/\(Self.configurationName)", limit: TransformerConfiguration.largestFile),
            generation: FileSystem.exists(generation)
                ? try FileSystem.readFile(at: generation, limit: TransformerConfiguration.largestFile) : nil,
            path: "\(directory)/\(Self.configurationName)",
            companions: names.filter { $0 != Self.configurationName }.map {
                ModelWriting.Companion(name: $0, content: .copy(of: "\(directory)/\($0)"))
            })
    }

    /// A configuration by itself.
    ///
    /// - Parameter configuration: the path of a config.json, under whatever name.
    /// - Throws: ``TransformerError``, `FileError`.
    public init(configuration path: String) throws {
        try self.init(
            text: try FileSystem.readFile(at: path, limit: TransformerConfiguration.largestFile), generation: nil,
            path: path, companions: [])
    }

    private init(
        text: [UInt8], generation: [UInt8]?, path: String, companions: [ModelWriting.Companion]
    ) throws {
        self.text = text
        self.companions = companions
        configuration = try TransformerConfiguration(
            json: try Self.node(text, path: path), generation: try generation.map { try Self.node($0, path: path) },
            path: path)
    }

    /// Takes the files of a tokenizer, and generation_config.json, from a directory, instead of those that are there.
    ///
    /// - Throws: ``TransformerError`` where the directory has no tokenizer; `FileError`.
    public mutating func takeTokenizer(from directory: String) throws {
        let found = try ModelWriting.companions(in: directory).filter {
            Self.tokenizerNames.contains($0) || $0 == Self.generationName
        }
        guard found.contains(where: { Self.tokenizerNames.contains($0) }) else {
            throw TransformerError(.unreadable, path: directory, "has no files of a tokenizer, such as tokenizer.json")
        }
        companions.removeAll { Self.tokenizerNames.contains($0.name) || found.contains($0.name) }
        companions += found.map { ModelWriting.Companion(name: $0, content: .copy(of: "\(directory)/\($0)")) }
    }

    /// Leaves files out that belong to the place which the model came from and not to the model.
    public mutating func leaveOut(_ names: Set<String>) {
        companions.removeAll { names.contains($0.name) }
    }

    /// The files of a model directory whose weights have a type.
    func all(type: ElementType) throws -> [ModelWriting.Companion] {
        [ModelWriting.Companion(name: Self.configurationName, content: .bytes(try configuration(type: type)))]
            + companions
    }

    /// What a single file of weights of a type carries.
    func metadata(type: ElementType) throws -> [(key: String, value: String)] {
        var entries = [
            (key: Self.configurationName, value: String(decoding: try configuration(type: type), as: UTF8.self))
        ]
        if let generation = companions.first(where: { $0.name == Self.generationName }) {
            let bytes =
                switch generation.content {
                case .bytes(let bytes): bytes
                case .copy(let path): try FileSystem.readFile(at: path, limit: TransformerConfiguration.largestFile)
                }
            entries.append((Self.generationName, String(decoding: bytes, as: UTF8.self)))
        }
        return entries
    }

    /// config.json as it was read, but for the type of the weights.
    private func configuration(type: ElementType) throws -> [UInt8] {
        guard case .object(var members) = try Self.node(text, path: Self.configurationName) else { return text }
        let keys = ["dtype", "torch_dtype"]
        let name = JSONNode.string(type.name)
        let said = members.filter { keys.contains($0.key) }
        if !said.isEmpty, said.allSatisfy({ $0.value == name }) { return text }
        for index in members.indices where keys.contains(members[index].key) { members[index].value = name }
        // The older key: every release of transformers reads it.
        if said.isEmpty { members.append(("torch_dtype", name)) }
        return Array((try JSONWriter(isPretty: true).string(.object(members)) + "\n").utf8)
    }

    private static func node(_ text: [UInt8], path: String) throws(TransformerError) -> JSONNode {
        do throws(JSONError) {
            return JSONNode(try JSONDocument.parsing(text).root)
        } catch {
            throw TransformerError(.unreadable, path: path, "\(error)")
        }
    }
}
