public import Files

/// Reads the records of a trace file batch by batch, in bounded memory.
///
/// Three layouts are read, plain, gzipped or compressed with Zstandard: one record a line (JSON lines), one array whose
/// elements are the records, and values one after the other, however they are broken over lines. A byte order mark at
/// the start and CRLF are accepted, blank lines are skipped. What a record holds is not looked at beyond where it ends.
public struct RecordReader: ~Copyable, Sendable {
    /// How records lie in a file.
    public enum Layout: Hashable, Sendable {
        /// One record a line.
        case lines
        /// The elements of one array.
        case array
        /// One value after the other.
        case values
    }

    private enum Scanner {
        case lines(LineScanner)
        case values(ValueScanner)
    }

    /// The path as given.
    public let path: String
    /// The layout, which the first ``nextBatch(maxBytes:)`` settles where it was not given; nil before.
    public private(set) var layout: Layout?

    private var source: ByteSource
    private var state = ScanState()
    private var scanner: Scanner?
    private let recordLimit: Int
    private var kept: [UInt8] = []
    private var isAtEnd = false
    private var hasPassedMark = false
    private var failure: RecordError?

    /// Opens a trace file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - layout: nil tells it by the name and the content: names in `.jsonl` or `.ndjson` (and then `.gz`, `.zst`) have
    ///     lines; of others those that begin with `[` are an array and the rest are values.
    ///   - range: the bytes of an uncompressed file of lines to read, which must begin where a line does; nil reads the
    ///     whole file. Rows are counted from the start of the range, bytes from that of the file.
    ///   - recordLimit: the longest record in bytes.
    ///   - hashing: whether ``digest()`` will be asked for.
    ///   - bufferSize: bytes asked from the system at a time.
    /// - Throws: ``RecordError`` with code `unreadable`.
    public init(
        path: String, layout: Layout? = nil, range: Range<Int>? = nil, recordLimit: Int = 64 << 20,
        hashing: Bool = false, bufferSize: Int = 512 << 10
    ) throws(RecordError) {
        self.path = path
        self.layout = layout ?? (RecordReader.hasLines(path) ? .lines : nil)
        self.recordLimit = recordLimit
        do throws(FileError) {
            source = try ByteSource(
                path: path, decompressing: range == nil, range: range, hashing: hashing, bufferSize: bufferSize)
        } catch {
            throw RecordError(error, row: 0, line: 1, byte: 0)
        }
        if let range {
            state.base = range.lowerBound
            hasPassedMark = range.lowerBound > 0
        }
    }

    /// Size of the file on disk in bytes; nil for pipes.
    public var size: Int? { source.size }

    /// Bytes of the file on disk read so far, for progress against ``size``.
    public var consumed: Int { source.consumed }

    /// Records given so far.
    public var rows: Int { state.row }

    /// The SHA-256 of the whole file on disk in hexadecimal; nil unless opened with `hashing`. Ends the reading.
    ///
    /// - Throws: ``RecordError`` with code `unreadable`.
    public mutating func digest() throws(RecordError) -> String? {
        do throws(FileError) {
            return try source.digest()
        } catch {
            throw RecordError(error, row: state.row, line: state.line, byte: state.base)
        }
    }

    /// The next records, about `maxBytes` of them but at least one; nil at the end of the file.
    ///
    /// Records before an error are given first; the call after them throws. Memory is `maxBytes` plus the longest record.
    ///
    /// - Parameter fillsBatch: whether to wait for as many bytes; false gives what has come through a pipe once that holds a
    ///   record.
    /// - Throws: ``RecordError``; the same error again on later calls.
    public mutating func nextBatch(
        maxBytes: Int = 4 << 20, fillsBatch: Bool = true
    ) throws(RecordError) -> RecordBatch? {
        if let failure { throw failure }
        var bytes = kept
        kept = []
        var records: [RecordBatch.Record] = []
        var target = max(maxBytes, 1)
        bytes.reserveCapacity(target)
        while failure == nil, !isAtEnd, records.isEmpty || (fillsBatch && bytes.count < target) {
            if bytes.count >= target {
                // Blanks without end must not pile up; a record longer than the batch must.
                bytes.removeFirst(state.keepFrom)
                state.dropKept()
                if bytes.count >= target { target = bytes.count + min(bytes.count, recordLimit) }
            }
            do throws(FileError) {
                isAtEnd = try source.read(appendingTo: &bytes, atMost: target - bytes.count) == 0
            } catch {
                failure = RecordError(error, row: state.row, line: state.line, byte: state.base + bytes.count)
                break
            }
            scan(bytes, &records)
        }
        if records.isEmpty {
            if let failure { throw failure }
            return nil
        }
        if failure == nil {
            kept = Array(bytes[state.keepFrom...])
            bytes.removeLast(kept.count)
            state.dropKept()
        }
        return RecordBatch(bytes: bytes, records: records)
    }

    /// Scans what is new in `bytes`; an error goes to `failure`.
    private mutating func scan(_ bytes: [UInt8], _ records: inout [RecordBatch.Record]) {
        bytes.withUnsafeBytes { all in
            do throws(RecordFailure) {
                if scanner == nil { try chooseScanner(all) }
                switch scanner {
                case nil:
                    break
                case .lines(let lines):
                    try lines.scan(all, isLast: isAtEnd, state: &state, records: &records)
                case .values(var values):
                    // Emptied first, so that the scanner's own storage is not shared while it changes.
                    scanner = nil
                    defer { scanner = .values(values) }
                    try values.scan(all, isLast: isAtEnd, state: &state, records: &records)
                }
            } catch {
                failure = RecordError(
                    path: path, code: error.code, row: error.row, line: error.line, byte: state.base + error.position,
                    message: error.message)
            }
        }
    }

    /// Passes the byte order mark and settles the layout; chooses nothing where more bytes are needed.
    private mutating func chooseScanner(_ bytes: UnsafeRawBufferPointer) throws(RecordFailure) {
        if !hasPassedMark {
            guard bytes.count >= 3 || isAtEnd else { return }
            if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
                throw RecordFailure(
                    code: .unsupportedEncoding, row: 0, line: 1, position: 0,
                    message: "the file is UTF-16; convert it to UTF-8")
            }
            state.position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            state.keepFrom = state.position
            hasPassedMark = true
        }
        if layout == nil {
            while state.position < bytes.count, isBlank(bytes[state.position]) {
                if bytes[state.position] == 0x0A { state.line += 1 }
                state.position += 1
            }
            state.keepFrom = state.position
            guard state.position < bytes.count || isAtEnd else { return }
            let isArray = state.position < bytes.count && bytes[state.position] == UInt8(ascii: "[")
            layout = isArray ? .array : .values
        }
        scanner =
            layout == .lines
            ? .lines(LineScanner(limit: recordLimit))
            : .values(ValueScanner(array: layout == .array, limit: recordLimit))
    }

    private static func hasLines(_ path: String) -> Bool {
        var name = path.lowercased()[...]
        for suffix in [".gz", ".zst", ".zstd"] where name.hasSuffix(suffix) { name = name.dropLast(suffix.count) }
        return name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson")
    }
}

extension RecordReader {
    /// The size of a file that may be read in ranges, in bytes: a regular file of lines, not compressed; nil for others.
    ///
    /// - Throws: `FileError` when it cannot be opened.
    public static func sizeOfLines(inFileAt path: String) throws(FileError) -> Int? {
        guard hasLines(path) else { return nil }
        let source = try ByteSource(path: path, bufferSize: 16)
        return source.compression == .none ? source.size : nil
    }

    /// Where the first line begins at `offset` or behind it; the size of the file where none does.
    ///
    /// - Throws: `FileError` when the file cannot be read. Linear in the length of one line.
    public static func lineStart(inFileAt path: String, from offset: Int) throws(FileError) -> Int {
        guard offset > 0 else { return 0 }
        let size = try FileSystem.size(ofFileAt: path)
        // A line begins at `offset` itself when the byte before it ends one.
        guard offset < size else { return size }
        var source = try ByteSource(
            path: path, decompressing: false, range: (offset - 1)..<size, bufferSize: 64 << 10)
        var bytes: [UInt8] = []
        var base = offset - 1
        while try source.read(appendingTo: &bytes, atMost: 64 << 10) > 0 {
            if let newline = bytes.firstIndex(of: 0x0A) { return base + newline + 1 }
            base += bytes.count
            bytes.removeAll(keepingCapacity: true)
        }
        return size
    }
}

extension RecordError {
    init(_ error: FileError, row: Int, line: Int, byte: Int) {
        self.init(
            path: error.path, code: .unreadable(error), row: row, line: line, byte: byte, message: error.message)
    }
}
