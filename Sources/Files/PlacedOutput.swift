import CLinux
import Glibc
import Synchronization

/// A file of known size that is written at any place, from any thread, and appears under its name only when complete.
public final class PlacedOutput: Sendable {
    /// Where the file will be.
    public let destination: String
    /// Where the content is until then.
    public let temporaryPath: String
    /// The size that was reserved, in bytes.
    public let size: Int

    private let descriptor: Descriptor
    private let output: Mutex<OutputFile?>

    /// Reserves a temporary name and the space on the disk.
    ///
    /// - Parameters:
    ///   - destination: the final path; its directory must exist.
    ///   - size: the size of the file in bytes. Bytes that are never written are zero.
    ///   - overwrite: whether an existing file may be replaced.
    /// - Throws: ``FileError``, also where the disk has not so much room.
    public convenience init(destination: String, size: Int, overwrite: Bool) throws(FileError) {
        try self.init(adopting: try OutputFile(destination: destination, overwrite: overwrite), size: size)
    }

    /// Takes over a file that another library has begun at its ``OutputFile/temporaryPath``, and closed.
    ///
    /// - Parameter size: the size that the file gets, in bytes; nil leaves it as it is.
    /// - Throws: ``FileError``, also where the disk has not so much room.
    public init(adopting output: consuming OutputFile, size: Int?) throws(FileError) {
        let path = output.destination
        let descriptor = try Descriptor(opening: output.temporaryPath, flags: O_RDWR, action: "write")
        let present = Int(try descriptor.status(path: path).st_size)
        let size = size ?? present
        if size > present {
            // Space that is reserved cannot run out half-way; file systems without such a call grow as they are written.
            while fallocate(descriptor.raw, 0, 0, off_t(size)) != 0 {
                let number = errno
                if number == EINTR { continue }
                guard number == EOPNOTSUPP || number == ENOSYS else {
                    throw FileError.system(path, number, "reserve \(size) bytes")
                }
                guard ftruncate(descriptor.raw, off_t(size)) == 0 else {
                    throw FileError.system(path, errno, "reserve \(size) bytes")
                }
                break
            }
        }
        destination = path
        temporaryPath = output.temporaryPath
        self.size = size
        self.descriptor = descriptor
        self.output = Mutex(output)
    }

    /// Writes bytes at a place inside the reserved size. Not buffered.
    ///
    /// - Throws: ``FileError`` when they cannot be written.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        precondition(offset >= 0 && offset <= size && bytes.count <= size - offset, "outside the reserved size")
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor.raw, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0 {
                let number = errno
                guard number == EINTR else { throw FileError.system(destination, number, "write") }
            } else {
                done += count
            }
        }
    }

    /// Writes bytes at a place inside the reserved size. Not buffered.
    ///
    /// - Throws: ``FileError`` when they cannot be written.
    public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(FileError) in try write(buffer, at: offset) }
    }

    /// Gives the file its name; once.
    ///
    /// - Parameter synchronizing: whether to wait until the content is on the disk. Without, a loss of power soon
    ///   afterwards can damage it.
    /// - Throws: ``FileError``; the temporary file is removed then.
    public func commit(synchronizing: Bool = true) throws(FileError) {
        let finished = output.withLock { (output: inout OutputFile?) -> OutputFile? in output.take() }
        guard let finished else { return }
        try finished.commit(synchronizing: synchronizing)
    }
}
