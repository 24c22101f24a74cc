import Files

/// The directory of a zip archive, checked. Names of entries are names and never paths.
///
/// What readers of zip archives are known to disagree about is refused: entries that overlap, local headers that differ from
/// the directory, names that occur twice, bytes before the first entry or behind the last record, several end records.
struct ZipArchive {
    /// One file in the archive.
    struct Entry {
        let name: String
        let isDeflated: Bool
        /// The stored bytes, compressed if ``isDeflated``.
        let data: Range<Int>
        /// The size without compression, as the directory has it.
        let size: Int
        let crc: UInt32
    }

    let file: RandomAccessFile
    /// In the order of the directory.
    let entries: [Entry]

    /// The largest directory that is read.
    static let largestDirectory = 64 << 20
    /// The most entries that are read: some more than tensors.
    static let mostEntries = Checkpoint.mostTensors + 1_000

    /// - Throws: `malformed`, `wrongSize`, `conflict`, `unsupported`, `limitExceeded`, `FileError`.
    init(path: String) throws {
        try self.init(try RandomAccessFile(path: path))
    }

    /// - Complexity: linear in the directory; one read for each entry.
    init(_ file: RandomAccessFile) throws {
        let end = try ZipEndRecord(file)
        let bytes = try file.bytes(at: end.directory.lowerBound, count: end.directory.count)
        guard bytes.count == end.directory.count else {
            throw CheckpointError(.wrongSize, path: file.path, "has become shorter while it was read")
        }
        var headers: [ZipDirectoryHeader] = []
        headers.reserveCapacity(min(end.entryCount, bytes.count / ZipDirectoryHeader.fixedSize))
        var names = Set<[UInt8]>()
        var position = 0
        for _ in 0..<end.entryCount {
            let header = try ZipDirectoryHeader(
                bytes, at: &position, path: file.path, base: end.directory.lowerBound)
            guard names.insert(Array(header.name.utf8)).inserted else {
                throw CheckpointError(
                    .conflict, path: file.path, byte: end.directory.lowerBound + position,
                    "its entry '\(header.name)' occurs twice; readers disagree which counts")
            }
            headers.append(header)
        }
        guard position == bytes.count else {
            throw CheckpointError(
                .malformed, path: file.path, byte: end.directory.lowerBound + position,
                "its directory has bytes behind the last of its \(end.entryCount) entries")
        }
        self.file = file
        entries = try Self.place(headers, file: file, directoryStart: end.directory.lowerBound)
    }

    /// Reads the local headers, and checks that no two entries share bytes.
    private static func place(
        _ headers: [ZipDirectoryHeader], file: RandomAccessFile, directoryStart: Int
    ) throws -> [Entry] {
        let order = headers.indices.sorted { headers[$0].offset < headers[$1].offset }
        var ranges = [Range<Int>](repeating: 0..<0, count: headers.count)
        var end = 0
        for (position, index) in order.enumerated() {
            let header = headers[index]
            guard header.offset >= end, position > 0 || header.offset == 0 else {
                let what = position > 0 ? "overlaps the entry before it" : "is the first, but bytes lie before it"
                throw CheckpointError(
                    .conflict, path: file.path, byte: header.offset, "its entry '\(header.name)' \(what)")
            }
            let range = try header.dataRange(in: file, limit: directoryStart)
            ranges[index] = range
            end = range.upperBound
        }
        return headers.indices.map { index in
            let header = headers[index]
            return Entry(
                name: header.name, isDeflated: header.isDeflated, data: ranges[index], size: header.size,
                crc: header.crc)
        }
    }

    /// The decompressed content of a small entry.
    ///
    /// - Throws: `limitExceeded` above `limit` bytes, `wrongSize`, `malformed`, `FileError`.
    func content(of entry: Entry, limit: Int) throws -> [UInt8] {
        guard entry.size <= limit else {
            throw CheckpointError(
                .limitExceeded, path: file.path, byte: entry.data.lowerBound,
                "its entry '\(entry.name)' has \(entry.size) bytes; \(limit) are read at most")
        }
        return try beginning(of: entry, count: entry.size)
    }

    /// The first bytes of an entry, decompressed; fewer than `count` only where it ends.
    func beginning(of entry: Entry, count: Int) throws -> [UInt8] {
        let wanted = min(count, entry.size)
        var bytes = [UInt8](repeating: 0, count: wanted)
        let found = try bytes.withUnsafeMutableBytes { target in
            guard entry.isDeflated else { return try file.read(at: entry.data.lowerBound, into: target) }
            return try RawInflater(file: file, range: entry.data, buffer: min(entry.data.count, wanted + 64))
                .read(into: target)
        }
        guard found == wanted else {
            throw CheckpointError(
                .wrongSize, path: file.path, byte: entry.data.lowerBound,
                "its entry '\(entry.name)' ends after \(found) bytes; its directory promises \(entry.size)")
        }
        return bytes
    }

    /// Whether the content of an entry has the checksum that the directory gives. Reads all of it, in blocks.
    ///
    /// - Throws: `malformed` where it cannot be decompressed or has another size, `FileError`.
    func hasValidCRC(_ entry: Entry) throws -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        return try hasValidCRC(entry, through: buffer) { _ in }
    }

    /// As ``hasValidCRC(_:)``, with memory for a block, and told how many bytes were read.
    func hasValidCRC(
        _ entry: Entry, through buffer: UnsafeMutableRawBufferPointer, _ report: (Int) -> Void
    ) throws -> Bool {
        var crc: UInt32 = 0
        var done = 0
        let inflater = entry.isDeflated ? try RawInflater(file: file, range: entry.data) : nil
        while true {
            let found: Int
            if let inflater {
                found = try inflater.read(into: buffer)
            } else {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, entry.size - done)])
                try file.readFully(at: entry.data.lowerBound + done, into: part, tensor: nil)
                found = part.count
            }
            if found == 0 { break }
            done += found
            crc = CRC32.extend(crc, UnsafeRawBufferPointer(rebasing: buffer[..<found]))
            guard done <= entry.size else { break }
            report(found)
        }
        guard done == entry.size else {
            throw CheckpointError(
                .wrongSize, path: file.path, byte: entry.data.lowerBound,
                "its entry '\(entry.name)' does not decompress to the \(entry.size) bytes that its directory promises")
        }
        return crc == entry.crc
    }

    /// Checks the checksums of all entries of an archive.
    ///
    /// - Returns: the names of those whose content differs from their checksum.
    /// - Throws: ``CheckpointError``, `FileError`.
    static func checkCRC(path: String) throws -> [String] {
        let archive = try ZipArchive(path: path)
        return try archive.entries.filter { try !archive.hasValidCRC($0) }.map(\.name)
    }
}
