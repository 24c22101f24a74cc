import Files

/// Where the manifest of an output is to lie, checked before the work and not after it.
struct ManifestPlace {
    let path: String
    /// The final path of what is written, without a slash at its end.
    let output: String
    let format: CheckpointFormat

    init(_ path: String, of output: String, format: CheckpointFormat) {
        self.path = path
        self.output = StagedDirectory(of: output).output
        self.format = format
    }

    /// - Throws: `conflict` where something is there and stays, `invalidRequest` where the manifest would replace what is read
    ///   or what is written, or cannot lie there.
    func check(_ input: ConversionInput, overwrite: Bool) throws {
        guard !FileSystem.isSameLocation(path, output) else { throw refusal("is the output itself") }
        guard !FileSystem.isDirectory(path), !FileSystem.name(of: path).isEmpty else {
            throw refusal("names a directory")
        }
        guard overwrite || !FileSystem.exists(path) else {
            throw CheckpointError(.conflict, path: path, "already exists; use --force to replace it")
        }
        try requireOther(input)
        let parent = FileSystem.parent(of: path)
        if format == .huggingFace, FileSystem.isSameLocation(parent, output) {
            try requireFree(input)
        } else if !FileSystem.isDirectory(parent) {
            throw refusal("lies in a directory that does not exist")
        }
        if format == .keras, let stem = KerasShards.stem(of: output) {
            let name = FileSystem.name(of: path)
            guard
                !KerasShards.isShardName(name, stem: FileSystem.name(of: stem))
                    || !FileSystem.isSameLocation(parent, FileSystem.parent(of: output))
            else { throw refusal("has the name of a shard of the output") }
        }
    }

    /// The input without an old manifest that would go along under the name of the new one.
    func withoutOldManifest(_ input: ConversionInput) -> ConversionInput {
        guard let directory = input.directory, let name = oldManifest(in: input) else { return input }
        return ConversionInput(
            path: input.path, files: input.files, metadata: input.metadata,
            companions: input.companions.filter { $0 != name }, directory: directory)
    }

    private func oldManifest(in input: ConversionInput) -> String? {
        let name = FileSystem.name(of: path)
        guard format == .huggingFace, let directory = input.directory, input.companions.contains(name),
            FileSystem.isSameLocation(FileSystem.parent(of: path), output),
            (try? CheckpointManifest(contentsOf: "\(directory)/\(name)")) != nil
        else { return nil }
        return name
    }

    /// Nothing that is read, nor an index or another file beside it, may be replaced.
    private func requireOther(_ input: ConversionInput) throws {
        var read = [input.path] + input.files.map(\.path)
        if let directory = input.directory {
            read += try FileSystem.contents(ofDirectory: directory).map { "\(directory)/\($0)" }
        }
        guard !read.contains(where: { FileSystem.isSameFile($0, path) }) else {
            throw refusal("is a file of the input")
        }
    }

    /// In the directory that is written no file of it may have the name.
    private func requireFree(_ input: ConversionInput) throws(CheckpointError) {
        let name = FileSystem.name(of: path)
        guard !PlannedDirectory.isOutputName(name),
            !input.companions.contains(name) || oldManifest(in: input) != nil
        else { throw refusal("has the name of another file of the output") }
    }

    private func refusal(_ message: String) -> CheckpointError {
        CheckpointError(.invalidRequest, path: path, "\(message); write the manifest to another path")
    }
}
