import CLinux
import Glibc

extension FileSystem {
    /// The size in bytes of the regular file at `path`, through symbolic links; nil where there is something else or nothing.
    public static func regularFileSize(at path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.isRegularFile else { return nil }
        return Int(status.st_size)
    }

    /// Gives a directory another name in the same file system, where nothing has that name yet.
    ///
    /// - Parameter synchronizing: whether to wait until the new name is on the disk.
    /// - Throws: ``FileError``; code `alreadyExists` where something has the name, `notFound` where the directory is gone.
    public static func renameDirectory(
        at path: String, to destination: String, synchronizing: Bool = true
    ) throws(FileError) {
        let flags = UInt32(CLINUX_RENAME_NOREPLACE)
        if renameat2(AT_FDCWD, path, AT_FDCWD, destination, flags) != 0 {
            var number = errno
            if number == EINVAL || number == ENOSYS {
                // rename(2) replaces nothing but an empty directory.
                number = exists(destination) ? EEXIST : rename(path, destination) == 0 ? 0 : errno
            }
            guard number == 0 else {
                throw FileError.system(destination, number, "put the finished directory in place")
            }
        }
        guard synchronizing else { return }
        let parent = try Descriptor(opening: parent(of: destination), flags: O_RDONLY | O_DIRECTORY, action: "open")
        try parent.synchronize(path: destination)
    }

    /// Gives a file another name in the same file system; a file that has it already is replaced.
    ///
    /// - Throws: ``FileError``.
    public static func renameFile(at path: String, to destination: String) throws(FileError) {
        guard rename(path, destination) == 0 else {
            throw FileError.system(destination, errno, "put the finished file in place")
        }
    }

    /// Removes an empty directory; there may be none.
    ///
    /// - Throws: ``FileError`` when it cannot be removed.
    public static func remove(emptyDirectoryAt path: String) throws(FileError) {
        guard rmdir(path) != 0 else { return }
        let number = errno
        guard number == ENOENT else { throw FileError.system(path, number, "remove") }
    }

    /// Whether two paths lead to the same file, or would if something were there: the same name in the same directory.
    public static func isSameLocation(_ first: String, _ second: String) -> Bool {
        isSameFile(first, second)
            || (name(of: first).utf8.elementsEqual(name(of: second).utf8)
                && isSameFile(parent(of: first), parent(of: second)))
    }

    /// What follows the last slash of a path.
    public static func name(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    }

    /// The directory that a path lies in; `.` for a name alone.
    public static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension FileSystem {
    /// Copies a regular file; the copy appears under its name when it is complete, and replaces a file that has it.
    ///
    /// - Throws: ``FileError``.
    public static func copyFile(at path: String, to destination: String) throws(FileError) {
        var source = try ByteSource(path: path, decompressing: false)
        var output = try OutputFile(destination: destination, overwrite: true)
        var bytes: [UInt8] = []
        while try source.read(appendingTo: &bytes, atMost: 1 << 20) > 0 {
            try output.write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        try output.commit()
    }
}
