import Files

/// A prefix dataset on disk: one file, or a directory of shards with an index.
public struct DatasetFiles: Sendable {
    /// The path as given.
    public let path: String
    /// The files, in order.
    public let files: [String]
    /// The index, where it is a directory of shards.
    public let index: DatasetIndex?

    /// Looks at a file, a directory with an `index.json`, or such an `index.json`.
    ///
    /// - Throws: ``DatasetError`` when a directory has no sound index.
    public init(_ path: String) throws {
        var directory = path
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        if directory == DatasetIndex.fileName { directory = "./" + directory }
        if directory.hasSuffix("/\(DatasetIndex.fileName)") {
            directory.removeLast(DatasetIndex.fileName.count + 1)
            if directory.isEmpty { directory = "/" }
        }
        self.path = path
        if FileSystem.isDirectory(directory) {
            let index = try DatasetIndex(ofDirectory: directory)
            files = index.shards.map { "\(directory)/\($0.name)" }
            self.index = index
        } else {
            files = [path]
            index = nil
        }
    }

    /// Which of the files has a row of the whole dataset, and as which row of its own.
    ///
    /// - Throws: ``DatasetError/noSuchRow(path:row:count:)``.
    public func locate(row: Int) throws -> (file: String, row: Int) {
        guard let index else { return (path, row) }
        var first = 0
        for (file, shard) in zip(files, index.shards) {
            if row < first + shard.rows { return (file, row - first) }
            first += shard.rows
        }
        throw DatasetError.noSuchRow(path: path, row: row, count: first)
    }
}
