enum NumPyReader {
    static func openArray(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        throw CheckpointError(.unsupported, path: path, "not built yet")
    }
    static func openArchive(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        throw CheckpointError(.unsupported, path: path, "not built yet")
    }
}
