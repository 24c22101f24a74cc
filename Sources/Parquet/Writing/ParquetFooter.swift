/// What the footer says besides the rows.
struct FooterSettings: Sendable {
    var metadata: [(key: String, value: String)]
    var creator: String
}

/// A row group that was written.
struct RowGroupRecord: Sendable {
    var rowCount: Int
    /// Its place in the file.
    var start: Int64
    var columns: [ColumnRecord] = []
}

/// A column chunk that was written, as the footer describes it.
struct ColumnRecord: Sendable {
    /// Its place in the file.
    let start: Int64
    let dictionaryBytes: Int64
    let compressedBytes: Int64
    let uncompressedBytes: Int64
    let valueCount: Int64
    let pages: [(encoding: PageEncoding, count: Int32)]
    let statistics: ColumnStatistics

    init(_ chunk: ColumnChunk, start: Int64) {
        self.start = start
        dictionaryBytes = Int64(chunk.dictionaryPage.count)
        compressedBytes = Int64(chunk.dictionaryPage.count + chunk.dataPages.count)
        uncompressedBytes = Int64(chunk.uncompressedBytes)
        valueCount = Int64(chunk.valueCount)
        pages = chunk.pages.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
        statistics = chunk.statistics
    }
}

/// The end of a file: schema, row groups, and where everything lies (parquet.thrift, `FileMetaData`).
enum ParquetFooter {
    /// The first and the last four bytes of a file.
    static let magic = "PAR1"

    static func encoded(
        _ schema: WriterSchema, rowGroups: [RowGroupRecord], rowCount: Int, codec: CompressionCodec,
        settings: FooterSettings
    ) -> [UInt8] {
        var bytes = ThriftWriter.encoded { file in
            file.field(1, Int32(2))
            file.list(2, of: .structure, schema.elements) { file, element in file.element { write(element, &$0) } }
            file.field(3, Int64(rowCount))
            file.list(4, of: .structure, Array(rowGroups.enumerated())) { file, group in
                file.element { write(group.element, number: group.offset, schema, codec, &$0) }
            }
            if !settings.metadata.isEmpty {
                file.list(5, of: .structure, settings.metadata) { file, pair in
                    file.element {
                        $0.field(1, pair.key)
                        $0.field(2, pair.value)
                    }
                }
            }
            file.field(6, settings.creator)
            // Least and greatest values are in the order that the column's type defines.
            file.list(7, of: .structure, schema.leaves) { file, _ in file.element { $0.field(1) { _ in } } }
        }
        bytes.appendLittleEndian(UInt32(clamping: bytes.count))
        bytes += magic.utf8
        return bytes
    }

    private static func write(_ element: WriterSchema.Element, _ writer: inout ThriftWriter) {
        if let type = element.type { writer.field(1, type.rawValue) }
        if let repetition = element.repetition { writer.field(3, repetition.rawValue) }
        writer.field(4, element.name)
        if element.type == nil { writer.field(5, Int32(clamping: element.children)) }
        switch element.annotation {
        case .string:
            writer.field(6, Int32(0))
            writer.field(10) { $0.field(1) { _ in } }
        case .list:
            writer.field(6, Int32(3))
            writer.field(10) { $0.field(3) { _ in } }
        case nil:
            break
        }
    }

    private static func write(
        _ group: RowGroupRecord, number: Int, _ schema: WriterSchema, _ codec: CompressionCodec,
        _ writer: inout ThriftWriter
    ) {
        writer.list(1, of: .structure, Array(zip(group.columns, schema.leaves))) { writer, column in
            writer.element { chunk in
                chunk.field(2, Int64(0))
                chunk.field(3) { write(column.0, column.1, codec, &$0) }
            }
        }
        writer.field(2, group.columns.reduce(0) { $0 + $1.uncompressedBytes })
        writer.field(3, Int64(group.rowCount))
        writer.field(5, group.start)
        writer.field(6, group.columns.reduce(0) { $0 + $1.compressedBytes })
        if let number = Int16(exactly: number) { writer.field(7, number) }
    }

    private static func write(
        _ column: ColumnRecord, _ leaf: ParquetLeaf, _ codec: CompressionCodec, _ writer: inout ThriftWriter
    ) {
        writer.field(1, leaf.type.rawValue)
        let levels = [PageEncoding.runLength]
        let dictionary = column.dictionaryBytes > 0 ? [PageEncoding.plain] : []
        let encodings = Set(levels + dictionary + column.pages.map(\.encoding)).sorted { $0.rawValue < $1.rawValue }
        writer.list(2, of: .int32, encodings) { $0.element($1.rawValue) }
        writer.list(3, of: .binary, leaf.path) { $0.element($1) }
        writer.field(4, codec.rawValue)
        writer.field(5, column.valueCount)
        writer.field(6, column.uncompressedBytes)
        writer.field(7, column.compressedBytes)
        writer.field(9, column.start + column.dictionaryBytes)
        if column.dictionaryBytes > 0 { writer.field(11, column.start) }
        writer.field(12) { write(column.statistics, leaf, &$0) }
        var pages = column.pages.map { (type: PageType.data, encoding: $0.encoding, count: $0.count) }
        if column.dictionaryBytes > 0 { pages.insert((.dictionary, .plain, 1), at: 0) }
        writer.list(13, of: .structure, pages) { writer, page in
            writer.element {
                $0.field(1, page.type.rawValue)
                $0.field(2, page.encoding.rawValue)
                $0.field(3, page.count)
            }
        }
    }

    private static func write(
        _ statistics: ColumnStatistics, _ leaf: ParquetLeaf, _ writer: inout ThriftWriter
    ) {
        writer.field(3, statistics.nullCount)
        guard let bounds = statistics.bounds(leaf.type) else { return }
        if let greatest = bounds.greatest { writer.field(5, binary: greatest) }
        writer.field(6, binary: bounds.least)
        if bounds.greatest != nil { writer.field(7, bounds.isGreatestExact) }
        writer.field(8, bounds.isLeastExact)
    }
}
