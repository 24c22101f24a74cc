import Files

/// What is known of the input of a conversion beside its tensors.
struct ConversionInput: Sendable {
    let path: String
    let files: [RandomAccessFile]
    let metadata: [(key: String, value: String)]
    /// Files that go along into a model directory, and where they lie.
    let companions: [String]
    let directory: String?

    init(
        path: String, files: [RandomAccessFile], metadata: [(key: String, value: String)], companions: [String] = [],
        directory: String? = nil
    ) {
        self.path = path
        self.files = files
        self.metadata = metadata
        self.companions = companions
        self.directory = directory
    }

    init(_ checkpoint: Checkpoint) {
        self.init(
            path: checkpoint.path, files: checkpoint.files, metadata: checkpoint.metadata,
            companions: checkpoint.companions, directory: checkpoint.directory)
    }

    /// What the input carries along, and which tensors were written under another name only.
    func metadata(_ plan: ConversionPlan) -> [(key: String, value: String)] {
        var metadata = metadata
        var keys = Set(metadata.map { Array($0.key.utf8) })
        for duplicate in plan.duplicates where keys.insert(Array(duplicate.name.utf8)).inserted {
            metadata.append((duplicate.name, duplicate.keeper))
        }
        return metadata
    }

    /// The files of a model directory without which a file of its weights is no model, and which it does not carry yet.
    func modelFiles() throws -> [(key: String, value: String)] {
        guard let directory else { return [] }
        return try ["config.json", "generation_config.json"]
            .filter { name in companions.contains(name) && !metadata.contains { $0.key == name } }
            .map { name in
                let bytes = try FileSystem.readFile(at: "\(directory)/\(name)", limit: 16 << 20)
                return (name, String(decoding: bytes, as: UTF8.self))
            }
    }

    /// - Throws: `invalidRequest` where the output would replace a file that is being read.
    func requireOther(_ output: String) throws(CheckpointError) {
        for path in files.map(\.path) + [path] {
            guard !FileSystem.isSameFile(path, output), !FileSystem.isSameFile(FileSystem.parent(of: path), output)
            else {
                throw CheckpointError(
                    .invalidRequest, path: output, "is, or holds, the input itself; write to another path")
            }
        }
    }
}
