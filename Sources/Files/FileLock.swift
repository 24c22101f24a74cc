import Glibc

/// Keeps other processes that lock the same file waiting. The lock ends with the value, or with the process.
public final class FileLock: Sendable {
    private let descriptor: Descriptor

    /// Waits until nobody else holds the lock of a file, which must exist.
    ///
    /// A file system that knows no locks gives none, and then nobody waits.
    ///
    /// - Throws: ``FileError`` when the file cannot be opened.
    public init(_ path: String) throws(FileError) {
        descriptor = try Descriptor(opening: path, flags: O_RDONLY, action: "lock")
        while flock(descriptor.raw, LOCK_EX) != 0, errno == EINTR {}
    }

    /// Takes the lock of a file, which must exist; nil where somebody else holds it.
    ///
    /// - Throws: ``FileError`` when the file cannot be opened.
    public init?(trying path: String) throws(FileError) {
        descriptor = try Descriptor(opening: path, flags: O_RDONLY, action: "lock")
        while flock(descriptor.raw, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return nil }
            guard errno == EINTR else { break }
        }
    }
}
