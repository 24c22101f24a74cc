import Glibc

/// The bytes of a file from front to back, decompressed where the file is gzip or Zstandard.
///
/// The compression is told by the first bytes of the file. A name that ends in `.gz` or `.zst` over other content is an
/// error. Gzip may have several members and Zstandard several frames; a stream that stops early, breaks its format,
/// fails its checksum or is followed by other data is an error that names the byte, never a silent end. (A file cut
/// exactly between two members is a shorter valid file: no reader can tell.)
///
/// Memory is one buffer of `bufferSize` bytes plus the decompressor's window, at most ``maximumWindow``.
public struct ByteSource: ~Copyable, @unchecked Sendable {
    /// How the file on disk is compressed.
    public enum Compression: Hashable, Sendable {
        /// Not at all, or not looked at.
        case none
        /// Gzip (RFC 1952).
        case gzip
        /// Zstandard (RFC 8878).
        case zstandard
    }

    static let maximumWindowLog = 27

    /// The largest Zstandard window that is decompressed, in bytes.
    public static var maximumWindow: Int { 1 << maximumWindowLog }

    /// The path as given.
    public let path: String
    /// The compression found in the file.
    public let compression: Compression
    /// Size of the file on disk, or of the range of it that is read, in bytes; nil for pipes and devices.
    public let size: Int?
    /// Bytes of the file on disk read so far, for progress against ``size``.
    public private(set) var consumed = 0
    /// Decompressed bytes given so far.
    public private(set) var position = 0

    private let descriptor: Descriptor
    private let buffer: RawBuffer
    private var unread = 0..<0
    private var isAtEnd = false
    private let decoder: (any StreamDecoder)?
    private var hash: SHA256?
    private var hashText: String?
    private var failure: FileError?
    /// Bytes of the file that may still be asked for; nil where it is read to its end.
    private var remaining: Int?

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: a regular file, or anything that can be read to its end.
    ///   - decompressing: false gives the bytes as they lie on the disk.
    ///   - range: the bytes of the file to read, as if there were no others; nil reads it whole.
    ///   - hashing: also compute the SHA-256 of the bytes on the disk, see ``digest()``.
    ///   - bufferSize: bytes asked from the system at a time, at least 16.
    /// - Throws: ``FileError`` when it is missing, a directory, not permitted, or in an unsupported compression.
    public init(
        path: String, decompressing: Bool = true, range: Range<Int>? = nil, hashing: Bool = false,
        bufferSize: Int = 512 << 10
    ) throws(FileError) {
        let descriptor = try Descriptor(opening: path, flags: O_RDONLY, action: "open")
        let status = try descriptor.status(path: path)
        guard !status.isDirectory else { throw FileError.system(path, EISDIR, "open") }
        var remaining: Int?
        if let range {
            try descriptor.seek(to: range.lowerBound, path: path)
            remaining = range.count
        }
        _ = posix_fadvise(descriptor.raw, 0, 0, POSIX_FADV_SEQUENTIAL)
        let buffer = RawBuffer(count: max(bufferSize, 16))

        var filled = 0
        while decompressing, filled < Magic.longest, !isAtEnd {
            let count = try descriptor.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled...]), of: &remaining, path: path)
            filled += count
            isAtEnd = count == 0
        }
        let head = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<filled])
        let compression = decompressing ? try Magic.compression(of: head, path: path) : .none
        let decoder = try ByteSource.decoder(for: compression, path: path)
        let hash = try ByteSource.hash(of: head, isWanted: hashing, path: path)

        self.path = path
        self.size = range?.count ?? (status.isRegularFile ? Int(status.st_size) : nil)
        self.remaining = remaining
        self.compression = compression
        self.descriptor = descriptor
        self.buffer = buffer
        self.decoder = decoder
        self.hash = hash
        unread = 0..<filled
        consumed = filled
    }

    private static func decoder(
        for compression: Compression, path: String
    ) throws(FileError) -> (any StreamDecoder)? {
        let decoder: (any StreamDecoder)? =
            switch compression {
            case .none: nil
            case .gzip: GzipDecoder()
            case .zstandard: ZstandardDecoder()
            }
        guard compression == .none || decoder != nil else {
            throw FileError(path: path, code: .libraryFailed, message: "the decompressor could not get memory")
        }
        return decoder
    }

    private static func hash(
        of head: UnsafeRawBufferPointer, isWanted: Bool, path: String
    ) throws(FileError) -> SHA256? {
        guard isWanted else { return nil }
        do throws(DigestError) {
            var hash = try SHA256()
            hash.update(head)
            return hash
        } catch {
            throw FileError(path: path, code: .libraryFailed, message: error.description)
        }
    }

    /// Reads the next bytes into `target`.
    ///
    /// - Returns: how many bytes were written to the front of `target`, at least 1 unless the end is reached or
    ///   `target` is empty; 0 at the end. Only a 0 says that the file was whole: checksums come last.
    /// - Throws: ``FileError``; the same error again on later calls.
    public mutating func read(into target: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        if let failure { throw failure }
        guard !target.isEmpty else { return 0 }
        do throws(FileError) {
            let count =
                if let decoder { try decompress(decoder, into: target) } else { try copy(into: target) }
            position += count
            return count
        } catch {
            failure = error
            throw error
        }
    }

    /// Reads up to `limit` of the next bytes onto the end of `bytes`; returns how many, 0 at the end.
    ///
    /// - Throws: ``FileError``; the same error again on later calls.
    public mutating func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(FileError) -> Int {
        guard limit > 0 else { return 0 }
        let before = bytes.count
        try bytes.append(addingCapacity: limit) { (span: inout OutputSpan<UInt8>) throws(FileError) in
            try span.withUnsafeMutableBufferPointer { (all, count) throws(FileError) in
                let free = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(all)[count...])
                count += try read(into: UnsafeMutableRawBufferPointer(rebasing: free.prefix(limit)))
            }
        }
        return bytes.count - before
    }

    /// The SHA-256 of the file on disk, or of its range, 64 hexadecimal digits in lower case; nil unless opened with
    /// `hashing`.
    ///
    /// Reads what is left of the file without decompressing it: later reads return 0.
    ///
    /// - Throws: ``FileError`` when the rest cannot be read.
    public mutating func digest() throws(FileError) -> String? {
        if let hashText { return hashText }
        guard hash != nil else { return nil }
        repeat {
            unread = 0..<0
            try fill()
        } while !isAtEnd
        guard let hash = hash.take() else { return nil }
        do throws(DigestError) {
            hashText = try hash.finish()
        } catch {
            throw FileError(path: path, code: .libraryFailed, message: error.description)
        }
        return hashText
    }

    private mutating func fill() throws(FileError) {
        guard unread.isEmpty, !isAtEnd else { return }
        let count = try descriptor.read(into: buffer.bytes, of: &remaining, path: path)
        unread = 0..<count
        consumed += count
        isAtEnd = count == 0
        hash?.update(UnsafeRawBufferPointer(rebasing: buffer.bytes[unread]))
    }

    private mutating func copy(into target: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        if unread.isEmpty, !isAtEnd, target.count >= buffer.bytes.count {
            // A large target needs no stop in the buffer.
            let count = try descriptor.read(into: target, of: &remaining, path: path)
            consumed += count
            isAtEnd = count == 0
            hash?.update(UnsafeRawBufferPointer(rebasing: target[..<count]))
            return count
        }
        try fill()
        let count = min(unread.count, target.count)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[unread.prefix(count)]))
        unread = (unread.lowerBound + count)..<unread.upperBound
        return count
    }

    private mutating func decompress(
        _ decoder: any StreamDecoder, into target: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        // After `digest()` the rest of the stream is gone.
        guard hashText == nil else { return 0 }
        while true {
            try fill()
            let input = UnsafeRawBufferPointer(rebasing: buffer.bytes[unread])
            let step: (consumed: Int, produced: Int)
            do throws(StreamFailure) {
                step = try decoder.decode(input, into: target, at: consumed - unread.count)
            } catch {
                throw FileError(path: path, code: error.code, byte: error.byte, message: error.message)
            }
            unread = (unread.lowerBound + step.consumed)..<unread.upperBound
            if step.produced > 0 { return step.produced }
            if unread.isEmpty, isAtEnd {
                guard !decoder.isBetweenMembers else { return 0 }
                throw FileError(
                    path: path, code: .truncated, byte: consumed,
                    message: "\(compression == .gzip ? "gzip" : "Zstandard") stream is truncated at byte \(consumed) "
                        + "of the file (the download may be incomplete)")
            }
            if step.consumed == 0, !unread.isEmpty {
                let byte = consumed - unread.count
                throw FileError(
                    path: path, code: .corrupt, byte: byte,
                    message: "the compressed stream makes no progress at byte \(byte) of the file")
            }
        }
    }
}
