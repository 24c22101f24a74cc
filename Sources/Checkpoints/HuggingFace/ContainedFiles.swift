import Files

/// Tells files of a directory from links that lead out of it, with which a directory that somebody else made could have other
/// files read and copied.
///
/// The caches of Hugging Face are links: of `REPOSITORY/snapshots/REVISION/...` to `REPOSITORY/blobs/...`, which is allowed.
struct ContainedFiles {
    private let roots: [[UInt8]]

    /// - Parameter directory: a path; where it does not exist nothing is told apart, since nothing can be read.
    init(_ directory: String) {
        guard let resolved = FileSystem.resolvedPath(directory) else {
            roots = [[]]
            return
        }
        let root = resolved.hasSuffix("/") ? resolved : resolved + "/"
        var roots = [Array(root.utf8)]
        let parts = root.split(separator: "/")
        if let place = parts.dropLast().lastIndex(of: "snapshots") {
            // What a file leads to is compared without links, so that a link of this name leads nowhere else.
            roots.append(Array(("/" + parts[..<place].joined(separator: "/") + "/blobs/").utf8))
        }
        self.roots = roots
    }

    /// Whether a path leads into the directory, or nowhere.
    func contain(_ path: String) -> Bool {
        guard let resolved = FileSystem.resolvedPath(path) else { return !FileSystem.canBeExamined(path) }
        return roots.contains { resolved.utf8.starts(with: $0) }
    }

    /// - Parameter owner: the directory or index that has the file.
    /// - Throws: `unsafePath`.
    func require(_ path: String, of owner: String) throws(CheckpointError) {
        guard contain(path) else {
            throw CheckpointError(
                .unsafePath, path: owner,
                "its file '\(FileSystem.name(of: path))' leads out of the directory through a symbolic link; "
                    + "put the file itself there")
        }
    }
}
