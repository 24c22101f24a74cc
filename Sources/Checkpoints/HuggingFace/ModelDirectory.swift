import Files

/// What lies in a model directory.
///
/// Files are looked for right in the directory, through symbolic links, as the caches of Hugging Face have them, but not through
/// links that lead elsewhere; directories in it are left alone.
struct ModelDirectory {
    /// Where the weights are: names in the directory.
    enum Weights: Hashable {
        case file(String)
        case index(String)
    }

    /// Without a slash at its end.
    let path: String
    let weights: Weights
    /// Regular files that hold no weights, sorted.
    let companions: [String]
    let warnings: [CheckpointWarning]

    /// The most files beside the weights, the most bytes of one of them and of all.
    static let largestCount = 2_000
    static let largestSize = 256 << 20
    static let largestSum = 1 << 30

    /// - Throws: `unknownFormat` where there are no weights, `unsafePath` where they are a link that leads out of the
    ///   directory, `FileError`.
    init(_ path: String) throws {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        let names = try FileSystem.contents(ofDirectory: path)
        let weights = try Self.weights(among: names, path: path)
        self.weights = weights
        switch weights {
        case .file(let name), .index(let name): try ContainedFiles(path).require("\(path)/\(name)", of: path)
        }
        (companions, warnings) = Self.companions(in: path, names) { Self.belongs($0, to: weights) }
    }

    /// The files beside the weights.
    ///
    /// - Parameter isUsed: tells names of weights that are read from those that are left out.
    static func companions(
        in path: String, _ names: [String], isUsed: (String) -> Bool
    ) -> (companions: [String], warnings: [CheckpointWarning]) {
        var (companions, warnings, sum): ([String], [CheckpointWarning], Int) = ([], [], 0)
        var (directories, others, code): ([String], [String], [String]) = ([], [], [])
        let contained = ContainedFiles(path)
        for name in names where !name.hasPrefix(".") {
            let file = "\(path)/\(name)"
            if FileSystem.isDirectory(file) {
                directories.append(name)
            } else if holdsWeights(name) {
                if !isUsed(name) { others.append(name) }
            } else if let size = FileSystem.regularFileSize(at: file) {
                guard contained.contain(file) else {
                    warnings.append(
                        CheckpointWarning("\(name) is a symbolic link that leads out of the directory; left out"))
                    continue
                }
                guard size <= largestSize, sum + size <= largestSum, companions.count < largestCount else {
                    warnings.append(CheckpointWarning("\(name) is too large for a file beside the weights; left out"))
                    continue
                }
                sum += size
                companions.append(name)
                if name.hasSuffix(".py") { code.append(name) }
            } else {
                warnings.append(CheckpointWarning("\(name) is no regular file; left out"))
            }
        }
        func note(_ names: [String], _ text: String) {
            guard let first = names.first else { return }
            let more = names.count > 1 ? " and \(names.count - 1) more" : ""
            warnings.append(CheckpointWarning("\(first)\(more): \(text)"))
        }
        note(directories, "directories inside the model directory are left out")
        note(others, "other weights of the directory are left out")
        note(code, "code goes along as it is, and is never run")
        return (companions, warnings)
    }

    /// The weights that transformers would take, or else the only safetensors there are.
    private static func weights(among names: [String], path: String) throws(CheckpointError) -> Weights {
        let preferred: [(String, Weights)] = [
            ("model.safetensors", .file("model.safetensors")),
            ("model.safetensors.index.json", .index("model.safetensors.index.json")),
            ("pytorch_model.bin", .file("pytorch_model.bin")),
            ("pytorch_model.bin.index.json", .index("pytorch_model.bin.index.json")),
        ]
        for (name, weights) in preferred where names.contains(name) { return weights }
        let indices = names.filter { $0.hasSuffix(".safetensors.index.json") }
        if indices.count == 1 { return .index(indices[0]) }
        if names.contains(CheckpointLayout.fileName) {
            throw CheckpointError(
                .unknownFormat, path: path,
                "is divided over tensor-parallel ranks (\(CheckpointLayout.fileName)); join it with kedge shard --join")
        }
        let files = names.filter { $0.hasSuffix(".safetensors") }
        if files.count == 1 { return .file(files[0]) }
        throw CheckpointError(
            .unknownFormat, path: path,
            files.isEmpty
                ? "has no weights: no model.safetensors, pytorch_model.bin or index of either"
                : "has \(files.count) safetensors files and no index that says which belong together; name one of them")
    }

    /// Whether a name is that of weights, an index of shards, or the state of a training run.
    static func holdsWeights(_ name: String) -> Bool {
        let lower = name.lowercased()
        let endings = [
            ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".hdf5", ".keras", ".msgpack", ".gguf", ".ggml",
            ".onnx", ".onnx_data", ".npz", ".npy", ".tflite", ".index.json", ".weights.json", ".pkl", ".pickle",
        ]
        return endings.contains { lower.hasSuffix($0) } || lower == CheckpointLayout.fileName
    }

    private static func belongs(_ name: String, to weights: Weights) -> Bool {
        switch weights {
        case .file(let file): name == file
        case .index(let index):
            name == index
                || name.hasPrefix(index.split(separator: ".").first.map { "\($0)-" } ?? "")
        }
    }
}
