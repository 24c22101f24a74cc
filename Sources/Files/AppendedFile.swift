import Glibc

/// A file that grows at its end, piece by piece, while others may read it.
///
/// What was appended has been given to the system, and outlives the process however that ends; ``synchronize()`` waits
/// until it also outlives a loss of power.
public struct AppendedFile: ~Copyable, Sendable {
    /// The file.
    public let path: String
    /// Its size in bytes.
    public private(set) var size: Int

    private let descriptor: Descriptor

    /// Opens a file, and makes it where there is none.
    ///
    /// - Parameters:
    ///   - path: a regular file, or the place for one in a directory that exists.
    ///   - count: how many of its bytes stay, at most; what follows them is cut off. nil keeps all.
    /// - Throws: ``FileError``.
    public init(path: String, keeping count: Int? = nil) throws(FileError) {
        let descriptor = try Descriptor(
            opening: path, flags: O_WRONLY | O_CREAT | O_NONBLOCK, mode: 0o666, action: "write")
        size = try AppendedFile.prepare(descriptor, path: path, keeping: count)
        self.path = path
        self.descriptor = descriptor
    }

    /// Cuts the file and goes to its end, whose place is returned.
    private static func prepare(_ file: borrowing Descriptor, path: String, keeping count: Int?) throws(FileError)
        -> Int
    {
        let status = try file.status(path: path)
        guard status.isRegularFile else {
            throw FileError(path: path, code: .notRegularFile, message: "is not a regular file")
        }
        let size = min(Int(status.st_size), max(count ?? .max, 0))
        if size < Int(status.st_size) { try cut(file, path: path, to: size) }
        try file.seek(to: size, path: path)
        return size
    }

    /// Adds bytes at the end. Not buffered.
    ///
    /// - Throws: ``FileError`` when they cannot be written, say because the disk is full; none of them is left then.
    public mutating func append(_ bytes: [UInt8]) throws(FileError) {
        do throws(FileError) {
            try bytes.span.bytes.withUnsafeBytes { (buffer) throws(FileError) in
                try descriptor.write(buffer, path: path)
            }
        } catch {
            // The reason of the failure is worth more than that of what follows it.
            try? AppendedFile.cut(descriptor, path: path, to: size)
            try? descriptor.seek(to: size, path: path)
            throw error
        }
        size += bytes.count
    }

    /// Waits until what was appended is on the disk.
    ///
    /// - Throws: ``FileError``.
    public func synchronize() throws(FileError) {
        try descriptor.synchronize(path: path)
    }

    private static func cut(_ file: borrowing Descriptor, path: String, to size: Int) throws(FileError) {
        while ftruncate(file.raw, off_t(size)) != 0 {
            let number = errno
            guard number == EINTR else { throw FileError.system(path, number, "cut") }
        }
    }
}
