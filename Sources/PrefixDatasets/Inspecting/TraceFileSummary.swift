import JSON
import Parquet

/// What a trace file holds: its columns, rows and shape.
public struct TraceFileSummary: Sendable {
    /// A column of the file.
    public struct Column: Sendable {
        /// Its name.
        public let name: String
        /// Its type, such as `list<string>`; what JSON has under one name in several kinds is `mixed`.
        public let type: String
        /// The rows that have null, or nothing, in it.
        public let nullCount: Int
    }

    /// A row group of a Parquet file.
    public struct RowGroup: Sendable {
        /// Its rows.
        public let rowCount: Int
        /// Its bytes in the file.
        public let compressedBytes: Int
        /// Its bytes when decompressed, as the file says.
        public let uncompressedBytes: Int
        /// Where it lies in the file.
        public let byteRange: Range<Int>
        /// How its pages are compressed; several names where columns differ.
        public let codecs: [String]
    }

    /// The path as given.
    public let path: String
    /// `parquet`, `jsonl` (a record a line) or `json`.
    public let format: String
    /// The size on disk in bytes; nil for pipes.
    public let byteCount: Int?
    /// Rows in all.
    public let rowCount: Int
    /// The columns: those of Parquet in the order of the file, those of JSON as they come up.
    public let columns: [Column]
    /// The row groups; empty for JSON.
    public let rowGroups: [RowGroup]
    /// The program that wrote a Parquet file, in its own words.
    public let createdBy: String?
    /// The shape of the rows, by the first that shows one; nil where none of the first hundred does.
    public let shape: TraceShape?

    /// Columns of a JSON file that are told apart; a file of records with random keys must not fill the memory.
    static let maximumColumns = 4096
    private static let rowsForShape = 100

    /// Reads a trace file. JSON is read whole, of Parquet the footer and the columns whose nulls it does not count.
    ///
    /// - Throws: `ParquetError`, `RecordError` or ``DatasetError/badRow(path:row:byte:reason:)`` for a file that cannot be
    ///   read, `CancellationError`.
    public init(_ path: String, columns mapping: ColumnMapping = ColumnMapping()) throws {
        self = TraceFiles.isParquet(path) ? try Self.parquet(path, mapping) : try Self.records(path, mapping)
    }

    private init(
        path: String, format: String, byteCount: Int?, rowCount: Int, columns: [Column], rowGroups: [RowGroup] = [],
        createdBy: String? = nil, shape: TraceShape?
    ) {
        self.path = path
        self.format = format
        self.byteCount = byteCount
        self.rowCount = rowCount
        self.columns = columns
        self.rowGroups = rowGroups
        self.createdBy = createdBy
        self.shape = shape
    }

    private static func parquet(_ path: String, _ mapping: ColumnMapping) throws -> TraceFileSummary {
        let file = try ParquetFile(path: path)
        var reader = try ParquetReader(file)
        let first = try reader.nextBatch(maxRows: rowsForShape, maxBytes: 1 << 20)
        let shape = first?.rows.lazy.compactMap { TraceShape.recognized(in: $0, mapping) }.first
        let groups = file.rowGroups
        return TraceFileSummary(
            path: path, format: "parquet", byteCount: file.size, rowCount: file.rowCount,
            columns: try file.schema.map {
                Column(name: $0.name, type: $0.type, nullCount: try file.nullCount(of: $0))
            },
            rowGroups: groups.map {
                RowGroup(
                    rowCount: $0.rowCount, compressedBytes: $0.compressedBytes,
                    uncompressedBytes: $0.uncompressedBytes, byteRange: $0.byteRange,
                    codecs: Set($0.chunks.map(\.codec)).sorted())
            },
            createdBy: file.createdBy, shape: shape)
    }

    private static func records(_ path: String, _ mapping: ColumnMapping) throws -> TraceFileSummary {
        var reader = try RecordReader(path: path, recordLimit: DatasetBuilder.maximumRowBytes)
        var parser = try JSONParser()
        var columns = InferredColumns()
        var shape: TraceShape?
        var count = 0
        while let batch = try reader.nextBatch() {
            try Task.checkCancellation()
            for record in batch.records {
                let root = try parser.row(record, of: batch, path: path)
                if shape == nil, count < rowsForShape { shape = TraceShape.recognized(in: root, mapping) }
                columns.add(root)
                count += 1
            }
        }
        return TraceFileSummary(
            path: path, format: reader.layout == .lines ? "jsonl" : "json", byteCount: reader.size, rowCount: count,
            columns: columns.columns(rowCount: count), shape: shape)
    }
}

extension JSONParser {
    /// Parses a record, which must be valid JSON.
    mutating func row(_ record: RecordBatch.Record, of batch: RecordBatch, path: String) throws(DatasetError)
        -> JSONValue
    {
        do throws(JSONError) {
            return try parse(record, of: batch).root
        } catch {
            throw DatasetError.badRow(
                path: path, row: record.row, byte: record.byteOffset + error.byte,
                reason: "is not valid JSON: \(error.message)")
        }
    }
}
