import Glibc

/// An open file descriptor, closed when it goes away.
struct Descriptor: ~Copyable {
    let raw: CInt

    init(opening path: String, flags: CInt, mode: mode_t = 0, action: String) throws(FileError) {
        while true {
            // Standard input may be a socket, which cannot be opened again, or a file that somebody has read a part of.
            let isStandardInput = path == "/dev/stdin" && flags & O_ACCMODE == O_RDONLY
            let descriptor =
                isStandardInput ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 {
                raw = descriptor
                return
            }
            let number = errno
            guard number == EINTR else { throw FileError.system(path, number, action) }
        }
    }

    deinit {
        _ = close(raw)
    }

    func status(path: String) throws(FileError) -> stat {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw FileError.system(path, errno, "examine") }
        return status
    }

    /// Reads up to `buffer.count` bytes; 0 is the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, path: String) throws(FileError) -> Int {
        while true {
            let count = Glibc.read(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            let number = errno
            guard number == EINTR else { throw FileError.system(path, number, "read") }
        }
    }

    /// Reads up to `buffer.count` bytes, but no more than `remaining`, which goes down by as many; nil is no limit.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, of remaining: inout Int?, path: String
    ) throws(FileError) -> Int {
        guard let limit = remaining else { return try read(into: buffer, path: path) }
        guard limit > 0 else { return 0 }
        let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit)), path: path)
        guard count > 0 else {
            throw FileError(path: path, code: .truncated, message: "has become shorter while it was read")
        }
        remaining = limit - count
        return count
    }

    func seek(to offset: Int, path: String) throws(FileError) {
        guard lseek(raw, off_t(offset), SEEK_SET) == off_t(offset) else {
            throw FileError.system(path, errno, "seek in")
        }
    }

    /// Writes all of `buffer`.
    func write(_ buffer: UnsafeRawBufferPointer, path: String) throws(FileError) {
        var rest = buffer
        while !rest.isEmpty {
            let count = Glibc.write(raw, rest.baseAddress, rest.count)
            if count < 0 {
                let number = errno
                guard number == EINTR else { throw FileError.system(path, number, "write") }
            } else {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    func synchronize(path: String) throws(FileError) {
        while fsync(raw) != 0 {
            let number = errno
            if number == EINTR { continue }
            // Some file systems cannot synchronise a directory: there is nothing to wait for.
            guard number != EINVAL else { return }
            throw FileError.system(path, number, "write to the disk")
        }
    }
}

extension stat {
    var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}

/// Raw memory of a fixed size that frees itself.
final class RawBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 64)
    }

    deinit {
        bytes.deallocate()
    }
}
