import Files

/// What a file says of a policy.
public enum PolicyDump: Sendable {
    /// Every token of the vocabulary, row by row.
    case logits(LogitDump)
    /// The most probable tokens.
    case topLists(TopListDump)

    /// The file.
    public var path: String {
        switch self {
        case .logits(let dump): dump.path
        case .topLists(let dump): dump.path
        }
    }

    /// Opens a file and tells by its content, or for JSON by its name, what it is.
    ///
    /// - Parameter tensor: which tensor of the file; nil: the only one that can be logits.
    /// - Throws: ``DivergenceError``, `CheckpointError`, `FileError`, `RecordError`.
    public static func open(
        _ path: String, tensor: String? = nil, options: DumpOptions = DumpOptions()
    ) throws -> PolicyDump {
        guard !FileSystem.isDirectory(path), try TopListDump.isOne(path) else {
            return .logits(try LogitDump(path, tensor: tensor, options: options))
        }
        if let tensor {
            throw DivergenceError(
                .invalidRequest, path: path, "is a top-k dump in JSON, which has no tensor '\(tensor)'")
        }
        return .topLists(try TopListDump(path))
    }
}
