import Glibc

/// Why a file could not be opened, read, decompressed or written.
///
/// The description is one line: the path, what is wrong and, where there is something to do about it, how to mend it.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The invariant that did not hold.
    public enum Code: Hashable, Sendable {
        /// Nothing exists at the path.
        case notFound
        /// The path names a directory where a file is wanted.
        case isDirectory
        /// The path names something else where a directory is wanted.
        case notDirectory
        /// The path names a device, pipe or socket where a regular file is wanted.
        case notRegularFile
        /// The permissions of the file or of a directory above it forbid the access.
        case permissionDenied
        /// The destination of an output exists and may not be replaced.
        case alreadyExists
        /// A system call failed for a reason that has no code of its own.
        case systemCallFailed
        /// The name promises a compression, or the content is in a compression, that cannot be read.
        case unsupportedCompression
        /// The compressed stream stops before its end.
        case truncated
        /// The compressed stream breaks its format.
        case corrupt
        /// The checksum or the length in the compressed stream differs from the data's.
        case checksumMismatch
        /// Bytes that belong to no member or frame follow the compressed stream.
        case trailingData
        /// A Zstandard frame asks for a window larger than ``ByteSource/maximumWindow``.
        case windowTooLarge
        /// The file is larger than the caller's limit.
        case tooLarge
        /// A library could not get memory or its algorithm.
        case libraryFailed
    }

    /// The file's path as the caller gave it.
    public let path: String
    /// The broken invariant.
    public let code: Code
    /// The offset in the file on disk, in bytes, where the error is tied to one.
    public let byte: Int?
    /// What is wrong, without the path.
    public let message: String

    /// The error on one line.
    public var description: String { "\(path): \(message)" }

    /// Makes an error; `byte` is an offset in the file on disk.
    public init(path: String, code: Code, byte: Int? = nil, message: String) {
        self.path = path
        self.code = code
        self.byte = byte
        self.message = message
    }

    /// An error from `errno`, which the caller reads right after the failed call; `action` completes "cannot ...".
    static func system(_ path: String, _ number: CInt, _ action: String) -> FileError {
        let (code, text): (Code, String) =
            switch number {
            case ENOENT: (.notFound, "there is no such file or directory")
            case EISDIR: (.isDirectory, "it is a directory, a file is wanted")
            case ENOTDIR: (.notDirectory, "a part of the path is not a directory")
            case EACCES, EPERM, EROFS: (.permissionDenied, String(cString: strerror(number)))
            case EEXIST: (.alreadyExists, "it already exists")
            default: (.systemCallFailed, String(cString: strerror(number)))
            }
        return FileError(path: path, code: code, message: "cannot \(action): \(text)")
    }
}
