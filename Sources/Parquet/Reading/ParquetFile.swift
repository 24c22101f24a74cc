import Files

/// A Parquet file: what its footer says about columns and rows. Used from any thread.
///
/// The footer is read and checked when the file is opened; rows are read by ``ParquetReader``.
public final class ParquetFile: Sendable {
    let file: RandomAccessFile
    let metadata: FileMetadata
    let limits: ParquetLimits

    /// Opens a file and reads its footer, at most 128 MiB.
    ///
    /// - Throws: ``ParquetError`` when the file cannot be read, is no Parquet file, is encrypted, or has a damaged footer.
    public convenience init(path: String) throws(ParquetError) {
        try self.init(path: path, limits: ParquetLimits())
    }

    init(path: String, limits: ParquetLimits) throws(ParquetError) {
        do throws(FileError) {
            file = try RandomAccessFile(path: path)
        } catch {
            throw ParquetError(error)
        }
        self.limits = limits
        do throws(ParquetFailure) {
            metadata = try ParquetFile.readMetadata(file, limits)
        } catch {
            throw ParquetError(error, path: path)
        }
    }

    private static func readMetadata(
        _ file: RandomAccessFile, _ limits: ParquetLimits
    ) throws(ParquetFailure) -> FileMetadata {
        let magic = Array("PAR1".utf8)
        guard file.size >= 12 else {
            throw ParquetFailure(.notParquet, "is no Parquet file: it has only \(file.size) bytes")
        }
        let head = try read(file, at: 0, count: 4)
        let tail = try read(file, at: file.size - 8, count: 8)
        let ending = tail.suffix(from: 4)?.withBytes { Array($0) } ?? []
        let beginning = head.withBytes { Array($0) }
        if beginning == Array("PARE".utf8) || ending == Array("PARE".utf8) {
            throw ParquetFailure(
                .encrypted, "its footer is encrypted, which is not read; write the file without encryption")
        }
        guard beginning == magic else {
            throw ParquetFailure(.notParquet, "is no Parquet file: it does not begin with PAR1", byte: 0)
        }
        guard ending == magic else {
            throw ParquetFailure(
                .truncated, "does not end with PAR1 as Parquet files do: it is incomplete, fetch it again",
                byte: file.size - 4)
        }
        let length = Int(tail.integer(at: 0, as: UInt32.self) ?? 0)
        guard length <= file.size - 12 else {
            throw ParquetFailure(
                .truncated,
                "says that its footer has \(length) bytes, more than the file has: it is incomplete or damaged",
                byte: file.size - 8)
        }
        guard length <= limits.footerBytes else {
            throw ParquetFailure(
                .limitExceeded, "has a footer of \(length) bytes; at most \(limits.footerBytes) are read",
                byte: file.size - 8)
        }
        let start = file.size - 8 - length
        return try FileMetadata(try read(file, at: start, count: length), at: start)
    }

    private static func read(
        _ file: RandomAccessFile, at offset: Int, count: Int
    ) throws(ParquetFailure) -> ByteSlice {
        let buffer = try ByteBuffer(count: count)
        let found: Int
        do throws(FileError) {
            found = try file.read(at: offset, into: buffer.bytes)
        } catch {
            throw ParquetFailure(.unreadable(error), error.message)
        }
        guard found == count else {
            throw ParquetFailure(.truncated, "the file became shorter while it was read", byte: offset + found)
        }
        return ByteSlice(buffer)
    }

    /// The path as given.
    public var path: String { file.path }

    /// Size of the file in bytes.
    public var size: Int { file.size }

    /// Rows in all.
    public var rowCount: Int { metadata.rowCount }

    /// The columns.
    public var schema: [StoredField] {
        if case .structure(let fields) = metadata.schema.kind { fields } else { [] }
    }

    /// The program that wrote the file, in its own words.
    public var createdBy: String? { metadata.createdBy }

    /// The names of the key-value metadata.
    public var metadataKeys: [String] { metadata.keys }

    /// The row groups in order. Linear in their number times that of the leaves.
    public var rowGroups: [RowGroup] { metadata.rowGroups.map { RowGroup($0, metadata.leafPaths) } }

    /// A part of the rows that lies together in the file.
    public struct RowGroup: Sendable {
        /// Its rows.
        public let rowCount: Int
        /// The chunk of each leaf of the schema, in the order of the schema.
        public let chunks: [Chunk]

        /// Bytes in the file.
        public var compressedBytes: Int { chunks.reduce(0) { $0.adding($1.compressedBytes) } }
        /// Bytes of the pages when decompressed, by the footer.
        public var uncompressedBytes: Int { chunks.reduce(0) { $0.adding($1.uncompressedBytes) } }
        /// From the first byte of a page to behind the last one; empty where there are none.
        public var byteRange: Range<Int> {
            let ranges = chunks.map(\.byteRange).filter { !$0.isEmpty }
            guard let start = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max() else {
                return 0..<0
            }
            return start..<end
        }

        /// What the footer says about nulls, where that can be.
        static func nullCount(of chunk: ChunkMetadata) -> Int? {
            chunk.nullCount.flatMap { (0...max(0, chunk.valueCount)).contains($0) ? $0 : nil }
        }

        init(_ group: RowGroupMetadata, _ paths: [String]) {
            rowCount = group.rowCount
            chunks = zip(group.chunks, paths).map { Chunk($0, path: $1) }
        }
    }

    /// The values of a leaf in a row group.
    public struct Chunk: Sendable {
        /// The names that lead to the leaf, joined by dots.
        public let column: String
        /// The codec's name; unknown ones by number.
        public let codec: String
        /// Values, nulls and empty lists included.
        public let valueCount: Int
        /// Nulls and, inside lists, empty lists; nil where the footer does not say.
        public let nullCount: Int?
        /// Bytes in the file.
        public let compressedBytes: Int
        /// Bytes of the pages when decompressed, by the footer.
        public let uncompressedBytes: Int
        /// Where the pages lie in the file.
        public let byteRange: Range<Int>

        init(_ chunk: ChunkMetadata, path: String) {
            column = path
            codec = CompressionCodec(rawValue: chunk.codec)?.description ?? "codec \(chunk.codec)"
            valueCount = max(0, chunk.valueCount)
            nullCount = RowGroup.nullCount(of: chunk)
            compressedBytes = max(0, chunk.compressedSize)
            uncompressedBytes = max(0, chunk.uncompressedSize)
            byteRange =
                chunk.valueCount > 0 && !chunk.isElsewhere && !chunk.isEncrypted
                ? chunk.start..<(chunk.start + chunk.compressedSize) : 0..<0
        }
    }
}

extension Int {
    /// The sum, or the largest number there is.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
