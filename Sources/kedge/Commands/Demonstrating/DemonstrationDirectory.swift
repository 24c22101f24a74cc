import Files

/// The directory of a demonstration, which holds a file that says so.
struct DemonstrationDirectory {
    private static let mark = ".kedge-demo"
    private let path: String

    /// Makes it.
    ///
    /// - Throws: `FileError` for something that is there; a demonstration is removed where `overwrite` is true.
    init(_ path: String, overwrite: Bool) throws {
        self.path = path
        if FileSystem.exists(path) {
            guard overwrite else {
                throw FileError(
                    path: path, code: .alreadyExists,
                    message: "already exists; use --force to replace a demonstration, or give another --output")
            }
            guard FileSystem.regularFileSize(at: "\(path)/\(Self.mark)") != nil else {
                throw FileError(
                    path: path, code: .alreadyExists,
                    message: "holds no demonstration, and only those are replaced; give another --output")
            }
            try remove()
        }
        try FileSystem.createDirectory(at: path)
        try OutputFile.write(
            Array("kedge demo made this directory, and kedge demo --force removes it.\n".utf8),
            to: "\(path)/\(Self.mark)", overwrite: false)
    }

    /// Removes it and everything in it, the mark last.
    func remove() throws {
        for name in try FileSystem.contents(ofDirectory: path) where name != Self.mark {
            try Self.remove("\(path)/\(name)", depth: 3)
        }
        try FileSystem.remove(fileAt: "\(path)/\(Self.mark)")
        try FileSystem.remove(emptyDirectoryAt: path)
    }

    /// - Parameter depth: how many levels of directories may lie below; a demonstration has two.
    private static func remove(_ path: String, depth: Int) throws {
        do throws(FileError) {
            // Links are removed here, and never followed.
            try FileSystem.remove(fileAt: path)
        } catch {
            guard FileSystem.isDirectory(path), depth > 0 else { throw error }
            for name in try FileSystem.contents(ofDirectory: path) { try remove("\(path)/\(name)", depth: depth - 1) }
            try FileSystem.remove(emptyDirectoryAt: path)
        }
    }
}
