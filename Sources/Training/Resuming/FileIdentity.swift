import Files
import JSON

/// By what a file that a run reads is known again when the run is resumed: its size, and a digest of its bytes.
///
/// Of a file of at most 4 MiB the digest is that of all bytes; of a larger one that of 256 blocks of 16 KiB, evenly spaced, the
/// first and the last included. So it costs 4 MiB of reading at most, and does not notice a change of some bytes between the
/// blocks that keeps the size.
public struct FileIdentity: Sendable, Hashable {
    /// The file.
    public let path: String
    /// Its size in bytes.
    public let size: Int
    /// The SHA-256 in hexadecimal.
    public let digest: String

    private static let wholeSize = 4 << 20
    private static let blockSize = 16 << 10
    private static let blockCount = 256

    /// Reads a file.
    ///
    /// - Throws: `FileError` where it cannot be read; `DigestError` where libcrypto fails.
    public init(_ path: String) throws {
        let file = try RandomAccessFile(path: path)
        var digest = try SHA256()
        if file.size <= Self.wholeSize {
            digest.update(try file.bytes(at: 0, count: file.size))
        } else {
            let last = file.size - Self.blockSize
            for block in 0..<Self.blockCount {
                // In two parts, so that the product of two sizes cannot overflow.
                let (whole, rest) = last.quotientAndRemainder(dividingBy: Self.blockCount - 1)
                digest.update(
                    try file.bytes(
                        at: whole * block + rest * block / (Self.blockCount - 1), count: Self.blockSize))
            }
        }
        self.path = path
        size = file.size
        self.digest = try digest.finish()
    }

    /// Those of the files of a model: its weights and its configuration, but not its tokenizer.
    ///
    /// - Parameter model: a directory, or a file of weights.
    /// - Throws: `FileError`, `DigestError`.
    public static func ofModel(_ model: String) throws -> [FileIdentity] {
        let isDirectory = FileSystem.isDirectory(model)
        let directory = isDirectory ? model : FileSystem.parent(of: model)
        var paths = isDirectory ? [] : [model]
        for name in try FileSystem.contents(ofDirectory: directory) {
            let isWeights = weightEndings.contains { name.hasSuffix($0) } && !name.hasPrefix(".")
            guard name == "config.json" || name == "generation_config.json" || (isDirectory && isWeights) else {
                continue
            }
            paths.append("\(directory)/\(name)")
        }
        return try paths.filter { FileSystem.regularFileSize(at: $0) != nil }.map { try FileIdentity($0) }
    }

    private static let weightEndings = [
        ".safetensors", ".bin", ".pt", ".pth", ".h5", ".hdf5", ".gguf", ".npz", ".npy", ".index.json",
    ]

    // MARK: In a checkpoint

    /// As it stands in trainer_state.json.
    var node: JSONNode { ["path": .string(path), "size": .int(Int64(size)), "sha256": .string(digest)] }

    /// Reads it; nil where a part is missing.
    init?(_ node: JSONNode) {
        guard let path = node["path"]?.text, let size = node["size"]?.whole, let digest = node["sha256"]?.text else {
            return nil
        }
        self.path = path
        self.size = size
        self.digest = digest
    }

    private func hasContent(of other: FileIdentity) -> Bool { size == other.size && digest == other.digest }

    /// Refuses to go on with files that are not those of a checkpoint. One that has another name and the same content is the same.
    ///
    /// - Parameter checkpoint: its name, for the message.
    /// - Throws: ``TrainingError`` that names the first file that differs.
    static func requireSame(
        _ old: [FileIdentity], _ new: [FileIdentity], checkpoint: String
    ) throws(TrainingError) {
        func refuse(_ path: String, _ message: String) -> TrainingError {
            TrainingError(
                .unusableCheckpoint, path,
                "\(message) the run of \(checkpoint) began; bring back what it was, or begin a new run from the weights of the checkpoint"
            )
        }
        for file in new {
            if let before = old.first(where: { $0.path == file.path }) {
                guard file.hasContent(of: before) else { throw refuse(file.path, "has changed since") }
            } else if !old.contains(where: { file.hasContent(of: $0) }) {
                throw refuse(file.path, "was not there when")
            }
        }
        for file in old where !new.contains(where: { $0.path == file.path || $0.hasContent(of: file) }) {
            throw refuse(file.path, "is not there any more, as it was when")
        }
    }
}
