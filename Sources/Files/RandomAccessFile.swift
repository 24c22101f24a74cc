import Glibc

/// A regular file that is read at any place, from any thread.
public final class RandomAccessFile: Sendable {
    /// The path as given.
    public let path: String
    /// Size in bytes when the file was opened.
    public let size: Int
    /// When the file was last changed before it was opened, in nanoseconds since 1970.
    public let modificationTime: Int64

    private let descriptor: Descriptor

    /// Opens a file.
    ///
    /// - Throws: ``FileError`` when it is missing, not permitted, or no regular file.
    public init(path: String) throws(FileError) {
        // A pipe without a writer must not keep the program waiting.
        let descriptor = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK, action: "open")
        let status = try descriptor.status(path: path)
        guard !status.isDirectory else { throw FileError.system(path, EISDIR, "open") }
        guard status.isRegularFile else {
            throw FileError(path: path, code: .notRegularFile, message: "is not a regular file")
        }
        self.path = path
        self.size = Int(status.st_size)
        // File systems hand out any number of seconds.
        modificationTime = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        self.descriptor = descriptor
    }

    /// Reads the bytes that begin at `offset` into `target`.
    ///
    /// - Returns: how many bytes were read; fewer than `target` holds only where the file ends.
    /// - Throws: ``FileError`` when the system refuses.
    public func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        var filled = 0
        while filled < target.count {
            let count = pread(
                descriptor.raw, target.baseAddress.map { $0 + filled }, target.count - filled, off_t(offset + filled))
            if count > 0 {
                filled += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw FileError.system(path, errno, "read")
            }
        }
        return filled
    }

    /// The bytes from `offset` on; fewer than `count` only where the file ends.
    ///
    /// - Throws: ``FileError`` when the system refuses. The caller bounds `count`: it is allocated at once.
    public func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(FileError) {
                filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
