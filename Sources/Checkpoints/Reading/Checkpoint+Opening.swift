import Files

extension Checkpoint {
    /// Opens a checkpoint: reads its headers and checks them.
    ///
    /// - Parameters:
    ///   - path: a file, an index of shards, or a directory.
    ///   - format: what it is; nil: told by its content.
    /// - Throws: ``CheckpointError``, `FileError`.
    /// - Complexity: linear in the headers; no data is read.
    public static func open(
        _ path: String, as format: CheckpointFormat? = nil, options: ReadingOptions = ReadingOptions()
    ) throws -> Checkpoint {
        let known = try format ?? CheckpointFormat.detect(path)
        let checkpoint =
            switch known {
            case .safetensors: try SafetensorsReader.open(path, options: options)
            case .hdf5: try HDF5Reader.open(path, format: .hdf5, options: options)
            case .plainHDF5: try HDF5Reader.open(path, format: format, options: options)
            case .keras: try KerasReader.open(path, options: options)
            case .pytorch: try PyTorchReader.open(path, options: options)
            case .npy: try NumPyReader.openArray(path, options: options)
            case .npz: try NumPyReader.openArchive(path, options: options)
            case .gguf: try GGUFReader.open(path, options: options)
            case .huggingFace: try HuggingFaceReader.open(path, options: options)
            }
        if options.isStrict, let warning = checkpoint.warnings.first {
            throw CheckpointError(.strict, path: path, tensor: warning.tensor, warning.message)
        }
        return checkpoint
    }
}

extension CheckpointFormat {
    /// What a path holds, told by its content and not by its name.
    ///
    /// Of HDF5 only the signature is looked at here: it is ``plainHDF5``, and opening it tells Kedge's own and Keras's.
    ///
    /// - Throws: `unknownFormat`, `FileError`.
    public static func detect(_ path: String) throws -> CheckpointFormat {
        if FileSystem.isDirectory(path) { return .huggingFace }
        let head = try FileHead(path)
        if head.begins(with: [0x93] + Array("NUMPY".utf8)) { return .npy }
        if head.begins(with: Array("GGUF".utf8)) { return .gguf }
        if head.begins(with: Array("PK\u{3}\u{4}".utf8)) || head.begins(with: Array("PK\u{5}\u{6}".utf8)) {
            return try ZipArchive(path: path).entries.contains {
                $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl")
            }
                ? .pytorch : .npz
        }
        // What PyTorch wrote before it wrote archives; its reader says so.
        if PyTorchReader.isLegacyStream(head.bytes) || PyTorchReader.isTar(head.bytes) { return .pytorch }
        if try HDF5Reader.isHDF5(path) { return .plainHDF5 }
        if head.looksLikeSafetensors { return .safetensors }
        if PyTorchReader.isBarePickle(head.bytes) { return .pytorch }
        if path.hasSuffix(".json") {
            if path.hasSuffix(".bin.index.json") { return .pytorch }
            return path.hasSuffix(".weights.json") ? .keras : .safetensors
        }
        throw CheckpointError(
            .unknownFormat, path: path,
            "is no checkpoint that is known (safetensors, HDF5, Keras, PyTorch zip, npy, npz, GGUF, model directory)")
    }
}

/// The first bytes of a file.
struct FileHead {
    let bytes: [UInt8]
    let fileSize: Int

    init(_ path: String) throws(FileError) {
        let file = try RandomAccessFile(path: path)
        bytes = try file.bytes(at: 0, count: min(512, file.size))
        fileSize = file.size
    }

    func begins(with magic: [UInt8]) -> Bool { bytes.starts(with: magic) }

    /// A little-endian length that fits, then the opening brace of the header.
    var looksLikeSafetensors: Bool {
        guard bytes.count > 8 else { return false }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length <= 100_000_000 && bytes[8] == UInt8(ascii: "{")
    }
}
