struct ZipArchive {
    struct Entry {
        let name: String
    }
    let entries: [Entry]

    init(path: String) throws {
        throw CheckpointError(.unsupported, path: path, "not built yet")
    }
}
