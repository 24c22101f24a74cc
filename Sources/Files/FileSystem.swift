import Glibc

/// Questions to the file system, and reading small files whole.
public enum FileSystem {
    /// Whether `path` names a directory, through symbolic links; false where nothing exists.
    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.isDirectory
    }

    /// Whether anything exists at `path`, a dangling symbolic link included.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether two paths lead to the same file, through symbolic links; false where one leads nowhere.
    public static func isSameFile(_ first: String, _ second: String) -> Bool {
        var (one, other) = (stat(), stat())
        guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    /// The size of the file at `path` in bytes, through symbolic links.
    ///
    /// - Throws: ``FileError`` when it cannot be examined or is a directory.
    public static func size(ofFileAt path: String) throws(FileError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError.system(path, errno, "examine") }
        guard !status.isDirectory else { throw FileError.system(path, EISDIR, "examine") }
        return Int(status.st_size)
    }

    /// The names in a directory, sorted by their bytes, without `.` and `..`.
    ///
    /// - Throws: ``FileError`` when it is no directory, cannot be read, or holds a name that is not UTF-8.
    public static func contents(ofDirectory path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else { throw FileError.system(path, errno, "list") }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw FileError.system(path, errno, "list") }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(validatingCString: $0) }
            }
            guard let name else {
                throw FileError(
                    path: path, code: .systemCallFailed,
                    message: "holds a file whose name is not UTF-8; rename it")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Makes a directory, in one that exists, unless there is one already.
    ///
    /// - Throws: ``FileError`` when it cannot be made or something else has its name.
    public static func createDirectory(at path: String) throws(FileError) {
        guard mkdir(path, 0o777) != 0 else { return }
        let number = errno
        guard number == EEXIST, isDirectory(path) else { throw FileError.system(path, number, "create") }
    }

    /// Removes a file; there may be none.
    ///
    /// - Throws: ``FileError`` when it cannot be removed.
    public static func remove(fileAt path: String) throws(FileError) {
        guard unlink(path) != 0 else { return }
        let number = errno
        guard number == ENOENT else { throw FileError.system(path, number, "remove") }
    }

    /// The bytes of a whole file as they lie on the disk, even if it grows or shrinks meanwhile.
    ///
    /// - Parameters:
    ///   - limit: the most bytes to take; a larger file is an error.
    ///   - spareCapacity: bytes that the caller is going to append, for which room is made at once.
    /// - Throws: ``FileError`` when it cannot be read or exceeds the limit.
    public static func readFile(at path: String, limit: Int, spareCapacity: Int = 0) throws(FileError) -> [UInt8] {
        var source = try ByteSource(path: path, decompressing: false)
        let tooLarge = FileError(
            path: path, code: .tooLarge, message: "is larger than the limit of \(limit) bytes for this kind of file")
        if let size = source.size, size > limit { throw tooLarge }
        var bytes: [UInt8] = []
        // One byte more than expected, so that the end is met without growing the array.
        var step = min(source.size ?? 0, limit) + 1
        bytes.reserveCapacity(step + spareCapacity)
        bytes.withUnsafeMutableBytes { bytes in
            LargeMemory.willUse(UnsafeMutableRawBufferPointer(start: bytes.baseAddress, count: step + spareCapacity))
        }
        while true {
            let count = try source.read(appendingTo: &bytes, atMost: step)
            guard count > 0 else { return bytes }
            guard bytes.count <= limit else { throw tooLarge }
            step = step > count ? step - count : min(64 << 10, limit - bytes.count + 1)
        }
    }
}
