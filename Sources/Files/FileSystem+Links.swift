import Glibc

extension FileSystem {
    /// The absolute path of what `path` leads to, without symbolic links, `.` and `..`; nil where it leads to nothing, or to
    /// what may not be seen or is not named in UTF-8.
    public static func resolvedPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }

    /// Whether `path` leads to something, through symbolic links.
    public static func canBeExamined(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }
}
