import Files

/// Finding the trace files that a command names.
public enum TraceFiles {
    private static let endings = [".jsonl", ".ndjson", ".json"]
    private static let compressions = ["", ".gz", ".zst"]

    /// The files to read: each path itself, or the trace files in it where it is a directory, sorted by name.
    ///
    /// - Throws: `FileError` when a path does not exist; ``DatasetError`` when a file has an ending that is not read or a
    ///   directory holds no trace file.
    public static func expand(_ paths: [String]) throws -> [String] {
        var files: [String] = []
        for path in paths {
            if FileSystem.isDirectory(path) {
                let prefix = path.hasSuffix("/") ? path : path + "/"
                let found = try FileSystem.contents(ofDirectory: path).filter(isTraceFile).map { prefix + $0 }
                    .filter { !FileSystem.isDirectory($0) }
                guard !found.isEmpty else { throw DatasetError.noTraceFiles(directory: path) }
                files += found
            } else {
                _ = try FileSystem.size(ofFileAt: path)
                guard isTraceFile(path) else { throw DatasetError.unknownFileType(path: path) }
                files.append(path)
            }
        }
        return files
    }

    /// Whether the name is that of a Parquet file.
    public static func isParquet(_ path: String) -> Bool {
        path.lowercased().hasSuffix(".parquet")
    }

    /// Whether the name is that of a trace file.
    public static func isTraceFile(_ path: String) -> Bool {
        if isParquet(path) { return true }
        let name = path.lowercased()
        return endings.contains { ending in compressions.contains { name.hasSuffix(ending + $0) } }
    }
}
