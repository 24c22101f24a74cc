import Checkpoints
import Files
import JSON

/// Where a model lies: its checkpoint, and the configuration that belongs to it.
struct ModelPlace {
    /// The keys under which a single file carries the configuration.
    static let configurationKey = "config.json"
    static let generationKey = "generation_config.json"

    let path: String
    let checkpoint: Checkpoint
    let configuration: TransformerConfiguration
    /// The content of config.json.
    let json: JSONNode
    /// That of generation_config.json, where there is one.
    let generation: JSONNode?

    /// Opens a model directory, or a file that carries its configuration or has it beside it.
    ///
    /// - Throws: ``TransformerError``, `CheckpointError`, `FileError`.
    init(_ path: String, reading: ReadingOptions) throws {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        let isDirectory = FileSystem.isDirectory(path)
        if isDirectory {
            // Before the weights: without it there is no model, whatever else is there.
            guard FileSystem.exists("\(path)/config.json") else {
                throw TransformerError(
                    .unreadable, path: path, "has no config.json, which says what the model is built of")
            }
            checkpoint = try Checkpoint.open(try Self.weights(in: path), options: reading)
        } else {
            checkpoint = try Checkpoint.open(path, options: reading)
            if let text = checkpoint.metadata.last(where: { $0.key == Self.configurationKey })?.value {
                json = try Self.carried(text, key: Self.configurationKey, path: path)
                generation = try checkpoint.metadata.last { $0.key == Self.generationKey }
                    .map { try Self.carried($0.value, key: Self.generationKey, path: path) }
                configuration = try TransformerConfiguration(json: json, generation: generation, path: path)
                return
            }
        }
        let directory = isDirectory ? path : FileSystem.parent(of: path)
        guard FileSystem.exists("\(directory)/config.json") else {
            throw TransformerError(
                .unreadable, path: path,
                "carries no configuration, and no config.json lies beside it; give the model's directory")
        }
        json = try TransformerConfiguration.json("\(directory)/config.json")
        let file = "\(directory)/generation_config.json"
        generation = FileSystem.exists(file) ? try TransformerConfiguration.json(file) : JSONNode?.none
        configuration = try TransformerConfiguration(
            json: json, generation: generation, path: "\(directory)/config.json")
    }

    /// The directory itself, or the only HDF5 file in one that has no weights as Hugging Face names them.
    private static func weights(in directory: String) throws -> String {
        let names = try FileSystem.contents(ofDirectory: directory)
        let files = names.filter { $0.hasSuffix(".h5") || $0.hasSuffix(".hdf5") }
        let others = names.contains {
            $0.hasSuffix(".safetensors") || $0.hasSuffix(".safetensors.index.json") || $0 == "pytorch_model.bin"
                || $0 == "pytorch_model.bin.index.json"
        }
        return files.count == 1 && !others ? "\(directory)/\(files[0])" : directory
    }

    private static func carried(_ text: String, key: String, path: String) throws(TransformerError) -> JSONNode {
        do throws(JSONError) {
            return JSONNode(try JSONDocument.parsing(text).root)
        } catch {
            throw TransformerError(.unreadable, path: path, subject: key, "in its metadata is damaged: \(error)")
        }
    }
}
