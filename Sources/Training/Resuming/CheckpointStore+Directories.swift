import Files

/// The directories that models are written to, under the names that they have in a run's directory.
extension CheckpointStore {
    static let front = "checkpoint-"
    /// What a phase's reference stands under: `reference-1` is that of the phase 1.
    static let referenceFront = "reference-"

    /// The whole checkpoints in a directory, by number, ascending.
    ///
    /// - Throws: `FileError`.
    public static func checkpoints(in directory: String) throws -> [(step: Int, path: String)] {
        try found(in: directory)
    }

    static func found(in directory: String) throws(FileError) -> [(step: Int, path: String)] {
        guard FileSystem.isDirectory(directory) else { return [] }
        return try FileSystem.contents(ofDirectory: directory).compactMap { name -> (step: Int, path: String)? in
            guard let step = number(of: name, front: front),
                FileSystem.exists("\(directory)/\(name)/\(TrainerState.name)")
            else { return nil }
            return (step, "\(directory)/\(name)")
        }.sorted { $0.step < $1.step }
    }

    /// Whether a run gives such a name to a checkpoint, a reference, or what it has not finished of one.
    static func isOwn(_ name: String) -> Bool {
        number(of: name, front: front) != nil || number(of: name, front: referenceFront) != nil || isUnfinished(name)
    }

    /// Whether what has such a name was left by a process that was killed while it wrote or removed.
    static func isUnfinished(_ name: String) -> Bool {
        (name.hasPrefix(".\(front)") || name.hasPrefix(".\(referenceFront)"))
            && [".tmp", ".removed", ".tmp.kedge-partial"].contains { name.hasSuffix($0) }
    }

    /// The number in a name, as it is written: no sign, no zero in front.
    private static func number(of name: String, front: String) -> Int? {
        guard name.hasPrefix(front), let number = Int(name.dropFirst(front.count)), number >= 0,
            "\(front)\(number)" == name
        else { return nil }
        return number
    }

    /// Removes what a process left that was killed while it wrote. A writer of models would take up the parts that are whole,
    /// also those of another run.
    static func removeUnfinished(in directory: String) throws(FileError) {
        for name in try FileSystem.contents(ofDirectory: directory) where isUnfinished(name) {
            try remove("\(directory)/\(name)")
        }
    }

    /// Removes a directory at once under its name, so that it is never half there. Nothing happens where there is none.
    static func discard(_ path: String) throws(FileError) {
        guard FileSystem.isDirectory(path) else { return }
        let removed = "\(FileSystem.parent(of: path))/.\(FileSystem.name(of: path)).removed"
        try remove(removed)
        try FileSystem.renameDirectory(at: path, to: removed, synchronizing: false)
        try remove(removed)
    }

    /// Removes files, and the directory that they are in, or one file; there may be none. Of directories in it only empty ones
    /// go, and those that a writer of models makes: what is in others is somebody else's, and an error.
    static func remove(_ path: String) throws(FileError) {
        guard FileSystem.exists(path) else { return }
        guard FileSystem.isDirectory(path) else { return try FileSystem.remove(fileAt: path) }
        for name in try FileSystem.contents(ofDirectory: path) {
            let entry = "\(path)/\(name)"
            if !FileSystem.isDirectory(entry) {
                try FileSystem.remove(fileAt: entry)
            } else if path.hasSuffix(".kedge-partial"), name == "files" || name == "completions" {
                try remove(entry)
            } else {
                try FileSystem.remove(emptyDirectoryAt: entry)
            }
        }
        try FileSystem.remove(emptyDirectoryAt: path)
    }
}
