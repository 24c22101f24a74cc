import Files

extension CheckpointFormat {
    /// The format that an output of this name is to have; a name without a known ending is a model directory.
    ///
    /// - Throws: `invalidRequest` for the ending of a format that is not written, and for endings that look like a file's but
    ///   are not known.
    public static func ofOutput(_ path: String) throws(CheckpointError) -> CheckpointFormat {
        if path.hasSuffix("/") || FileSystem.isDirectory(path) { return .huggingFace }
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        let endings: [(String, CheckpointFormat)] = [
            (".safetensors", .safetensors), (".weights.h5", .keras), (".weights.json", .keras), (".h5", .hdf5),
            (".hdf5", .hdf5),
            (".pt", .pytorch), (".pth", .pytorch), (".bin", .pytorch), (".npy", .npy), (".npz", .npz),
        ]
        for (ending, format) in endings where name.hasSuffix(ending) && name.count > ending.count { return format }
        for ending in [".gguf", ".keras", ".ckpt", ".onnx", ".msgpack", ".json", ".index"] where name.hasSuffix(ending)
        {
            throw CheckpointError(
                .invalidRequest, path: path,
                "files ending in \(ending) are not written; name a format that is, with --to or by the ending")
        }
        return .huggingFace
    }

    /// Whether an output of this name and format may be several files: model directories, and Keras weights with an index.
    public static func isSharded(_ output: String, as format: CheckpointFormat) -> Bool {
        format == .huggingFace || format == .keras && KerasShards.stem(of: output) != nil
    }
}
