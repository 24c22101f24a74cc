enum GGUFReader {
    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        throw CheckpointError(.unsupported, path: path, "not built yet")
    }
}
