import CLinux
import Glibc

/// A file that appears under its name only when it is complete.
///
/// The content goes to a temporary sibling, `.NAME.kedge-PID.tmp`, by ``write(_:)-([UInt8])`` or by another library that
/// opens ``temporaryPath``. ``commit()`` puts it in place in one step; letting the value go without a commit removes it.
/// A destination that is a symbolic link is itself replaced, not what it points to.
public struct OutputFile: ~Copyable, Sendable {
    /// Where the file will be.
    public let destination: String
    /// Where the content goes until then, in the same directory.
    public let temporaryPath: String

    private let directory: String
    private let overwrite: Bool
    private let slot: Int?
    private var isPending = true

    /// Picks and reserves the temporary name.
    ///
    /// - Parameters:
    ///   - destination: the final path; its directory must exist.
    ///   - overwrite: whether an existing file may be replaced. A directory never is.
    ///   - creating: true leaves an empty file at ``temporaryPath``, to write to or to truncate; false leaves the path
    ///     free, for a library that insists on creating the file.
    /// - Throws: ``FileError`` when the destination exists, or the directory is missing or cannot be written to.
    public init(destination: String, overwrite: Bool, creating: Bool = true) throws(FileError) {
        let (directory, name) = OutputFile.split(destination)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw FileError(path: destination, code: .isDirectory, message: "names a directory, not an output file")
        }
        guard FileSystem.isDirectory(directory) else {
            throw FileError(
                path: destination, code: FileSystem.exists(directory) ? .notDirectory : .notFound,
                message: "its directory \(directory) does not exist; create it first")
        }
        guard !FileSystem.isDirectory(destination) else {
            throw FileError(path: destination, code: .isDirectory, message: "is a directory, an output file is wanted")
        }
        // Renaming would replace the device itself, /dev/null for one.
        var status = stat()
        guard stat(destination, &status) != 0 || status.isRegularFile else {
            throw FileError(
                path: destination, code: .notRegularFile,
                message: "is a device, pipe or socket; an output appears by renaming, which needs a regular file")
        }
        guard overwrite || !FileSystem.exists(destination) else {
            throw OutputFile.alreadyExists(destination)
        }
        let path = try OutputFile.reserve(name, in: directory, for: destination)
        if !creating { unlink(path) }
        self.destination = destination
        self.directory = directory
        self.overwrite = overwrite
        temporaryPath = path
        slot = TemporaryRegistry.add(path)
    }

    deinit {
        if let slot { TemporaryRegistry.remove(slot) }
        if isPending { unlink(temporaryPath) }
    }

    /// Adds bytes to the end of the temporary file, creating it where needed. Not buffered.
    ///
    /// - Throws: ``FileError`` when they cannot be written, say because the disk is full.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        let file = try Descriptor(
            opening: temporaryPath, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o666, action: "write")
        try file.write(bytes, path: destination)
    }

    /// Adds bytes to the end of the temporary file, creating it where needed. Not buffered.
    ///
    /// - Throws: ``FileError`` when they cannot be written, say because the disk is full.
    public mutating func write(_ bytes: [UInt8]) throws(FileError) {
        let file = try Descriptor(
            opening: temporaryPath, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o666, action: "write")
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(FileError) in
            try file.write(buffer, path: destination)
        }
    }

    /// Writes the file through to the disk and gives it its name.
    ///
    /// Whoever opened ``temporaryPath`` must have closed it.
    ///
    /// - Parameter synchronizing: whether to wait until the content is on the disk. Without, a loss of power soon
    ///   afterwards can damage it.
    /// - Throws: ``FileError``; the temporary file is removed then. Where the destination came into being meanwhile and
    ///   may not be replaced, it is left as it is.
    public consuming func commit(synchronizing: Bool = true) throws(FileError) {
        if synchronizing {
            let file = try Descriptor(opening: temporaryPath, flags: O_RDONLY, action: "finish")
            try file.synchronize(path: destination)
        }
        try rename()
        isPending = false
        guard synchronizing else { return }
        let parent = try Descriptor(opening: directory, flags: O_RDONLY | O_DIRECTORY, action: "open")
        try parent.synchronize(path: directory)
    }

    /// Writes a small file, which appears under its name only when it is complete.
    ///
    /// - Throws: ``FileError``; nothing is left then.
    public static func write(_ bytes: [UInt8], to destination: String, overwrite: Bool) throws(FileError) {
        var file = try OutputFile(destination: destination, overwrite: overwrite)
        try file.write(bytes)
        try file.commit()
    }

    /// Unlinks every temporary file of this process that is not committed. Only for a signal handler that ends the
    /// process: it makes no calls but atomic exchanges and `unlink`.
    public static func removeAllTemporaries() {
        TemporaryRegistry.unlinkAll()
    }

    /// Removes the temporary files that killed processes left beside a destination. Only where nobody else writes it.
    ///
    /// - Throws: ``FileError`` when the directory cannot be listed or a file cannot be removed.
    public static func removeTemporaries(of destination: String) throws(FileError) {
        let (directory, name) = split(destination)
        let prefix = ".\(temporaryFront(name)).kedge-"
        for name in try FileSystem.contents(ofDirectory: directory)
        where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            try FileSystem.remove(fileAt: "\(directory)/\(name)")
        }
    }

    /// Removes the temporary files that killed processes left in a directory, of destinations whose names begin with one of
    /// `fronts`. Only where nobody writes these.
    ///
    /// - Throws: ``FileError`` when the directory cannot be listed or a file cannot be removed.
    public static func removeTemporaries(
        inDirectory directory: String, ofNamesLike fronts: [String]
    ) throws(FileError) {
        for name in try FileSystem.contents(ofDirectory: directory)
        where name.hasSuffix(".tmp") && name.contains(".kedge-") && fronts.contains(where: { name.hasPrefix(".\($0)") })
        {
            try FileSystem.remove(fileAt: "\(directory)/\(name)")
        }
    }

    private func rename() throws(FileError) {
        if overwrite {
            guard Glibc.rename(temporaryPath, destination) == 0 else {
                throw FileError.system(destination, errno, "put the finished file in place")
            }
            return
        }
        let flags = UInt32(CLINUX_RENAME_NOREPLACE)
        if renameat2(AT_FDCWD, temporaryPath, AT_FDCWD, destination, flags) == 0 { return }
        var number = errno
        if number == EINVAL || number == ENOSYS {
            // The file system knows no such flag: a hard link does not replace either.
            if link(temporaryPath, destination) == 0 {
                unlink(temporaryPath)
                return
            }
            number = errno
        }
        guard number != EEXIST else { throw OutputFile.alreadyExists(destination) }
        throw FileError.system(destination, number, "put the finished file in place")
    }

    private static func alreadyExists(_ path: String) -> FileError {
        FileError(path: path, code: .alreadyExists, message: "already exists; use --force to replace it")
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.utf8.index(after: slash)...]))
    }

    /// Creates an empty file that nobody else has, with the permissions that the umask leaves.
    private static func reserve(
        _ name: String, in directory: String, for destination: String
    ) throws(FileError) -> String {
        let front = temporaryFront(name)
        var number: CInt = 0
        for attempt in 0..<100 {
            let suffix = attempt == 0 ? "" : "-\(attempt)"
            let path = "\(directory == "/" ? "" : directory)/.\(front).kedge-\(getpid())\(suffix).tmp"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                close(descriptor)
                return path
            }
            number = errno
            guard number == EEXIST || number == EINTR else { break }
        }
        throw FileError.system(destination, number, "create a file in \(directory)")
    }

    /// NAME_MAX is 255 bytes: a long name keeps its front, the process id keeps it unique.
    private static func temporaryFront(_ name: String) -> String {
        String(decoding: name.utf8.prefix(200), as: UTF8.self).filter { $0 != "\u{FFFD}" }
    }
}
