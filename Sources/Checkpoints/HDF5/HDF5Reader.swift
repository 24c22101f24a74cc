enum HDF5Reader {
    static func isHDF5(_ path: String) throws -> Bool { false }
    static func kind(of path: String) throws -> CheckpointFormat { .plainHDF5 }
    static func open(_ path: String, format: CheckpointFormat, options: ReadingOptions) throws -> Checkpoint {
        throw CheckpointError(.unsupported, path: path, "not built yet")
    }
}
