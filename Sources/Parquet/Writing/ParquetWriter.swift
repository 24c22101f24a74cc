public import Files

/// Writes a Parquet file row by row.
///
/// Pages of about 1 MB are encoded and compressed as they fill; a row group is written when it has grown to a given size.
/// Memory holds one row group compressed and one page a column, whatever the size of the file. Strings go through a
/// dictionary for as long as it is small; everything else is stored PLAIN. Pages are of version 1 and carry checksums;
/// chunks carry null counts, least and greatest values. The bytes depend on the rows and settings alone.
///
/// ```swift
/// var writer = try ParquetWriter(
///     OutputFile(destination: "a.parquet", overwrite: false),
///     fields: [ParquetField("id", .string), ParquetField("input_ids", .list(of: .int32))])
/// try writer.append([.string("a"), .int32s([1, 2, 3])])
/// try writer.finish()
/// ```
public struct ParquetWriter: ~Copyable {
    /// Row groups of this size, before compression, are what readers expect.
    public static let defaultRowGroupBytes = 128 << 20

    /// Where the file will be.
    public let path: String
    /// Rows appended so far.
    public private(set) var rowCount = 0

    private let schema: WriterSchema
    private let rowGroupBytes: Int
    private let footer: FooterSettings
    private let compression: ParquetCompression
    private var compressor: PageCompressor
    private var columns: [ColumnWriter]
    private var file: OutputFile
    private var position: Int64 = 0
    private var rowGroups: [RowGroupRecord] = []
    private var rowsInGroup = 0
    private var hasFailed = false

    /// - Parameters:
    ///   - file: where to write to; nothing must have been written to it.
    ///   - fields: the columns, at least one.
    ///   - rowGroupBytes: a row group ends behind the row that brings it to so many bytes before compression.
    ///   - metadata: keys and values for the footer.
    ///   - creator: what the footer says the file was created by; readers expect `NAME version NUMBER`.
    /// - Throws: ``ParquetWriteError/schema(path:column:reason:)``; ``ParquetWriteError/file(_:)``.
    public init(
        _ file: consuming OutputFile, fields: [ParquetField], compression: ParquetCompression = .snappy,
        rowGroupBytes: Int = defaultRowGroupBytes, metadata: [(key: String, value: String)] = [],
        creator: String = "kedge"
    ) throws(ParquetWriteError) {
        let path = file.destination
        let schema = try WriterSchema(fields, path: path)
        let magic = Array(ParquetFooter.magic.utf8)
        do {
            try file.write(magic)
        } catch {
            throw .file(error)
        }
        self.path = path
        self.schema = schema
        self.rowGroupBytes = rowGroupBytes
        self.compression = compression
        footer = FooterSettings(metadata: metadata, creator: creator)
        compressor = PageCompressor(compression)
        columns = schema.leaves.map(ColumnWriter.init)
        position = Int64(magic.count)
        self.file = file
    }

    /// Appends a row: a value for each column, in their order.
    ///
    /// - Throws: ``ParquetWriteError``; the writer can then only be let go.
    /// - Complexity: linear in the row; a full row group is written.
    public mutating func append(_ row: [ParquetCell]) throws(ParquetWriteError) {
        guard !hasFailed else { throw .unfinished(path: path) }
        hasFailed = true
        guard row.count == schema.columns.count else {
            throw .wrongCell(
                path: path, column: "", row: rowCount, expected: "\(schema.columns.count) cells",
                found: "\(row.count)")
        }
        for (cell, column) in zip(row, schema.columns) { try append(cell, column, definition: 0, repetition: 0) }
        var bytes = 0
        for index in columns.indices {
            let tooLarge: Int?
            do {
                tooLarge = try columns[index].endRow(&compressor)
            } catch {
                throw failure(error, columns[index].leaf)
            }
            if let tooLarge {
                throw .rowTooLarge(path: path, column: columns[index].leaf.name, row: rowCount, bytes: tooLarge)
            }
            bytes += columns[index].uncompressedBytes
        }
        rowCount += 1
        rowsInGroup += 1
        if bytes >= rowGroupBytes { try endRowGroup() }
        hasFailed = false
    }

    /// Writes what is left and the footer, and puts the file in place.
    ///
    /// - Throws: ``ParquetWriteError``; nothing is left under the name of the file then.
    public consuming func finish() throws(ParquetWriteError) {
        guard !hasFailed else { throw .unfinished(path: path) }
        if rowsInGroup > 0 { try endRowGroup() }
        let bytes = ParquetFooter.encoded(
            schema, rowGroups: rowGroups, rowCount: rowCount, codec: compression.codec, settings: footer)
        do {
            try file.write(bytes)
            try file.commit()
        } catch {
            throw .file(error)
        }
    }

    private mutating func endRowGroup() throws(ParquetWriteError) {
        var group = RowGroupRecord(rowCount: rowsInGroup, start: position)
        for index in columns.indices {
            let chunk: ColumnChunk
            do {
                chunk = try columns[index].endChunk(&compressor)
            } catch {
                throw failure(error, columns[index].leaf)
            }
            group.columns.append(ColumnRecord(chunk, start: position))
            do {
                if !chunk.dictionaryPage.isEmpty { try file.write(chunk.dictionaryPage) }
                try file.write(chunk.dataPages)
            } catch {
                throw .file(error)
            }
            position += Int64(chunk.dictionaryPage.count + chunk.dataPages.count)
        }
        rowGroups.append(group)
        rowsInGroup = 0
    }

    private func failure(_ failure: PageCompressionFailure, _ leaf: ParquetLeaf) -> ParquetWriteError {
        .compression(path: path, column: leaf.name, reason: failure.reason)
    }
}

extension ParquetWriter {
    /// Takes a value apart into its leaves.
    ///
    /// - Parameters:
    ///   - definition: the definition level of what is around the value.
    ///   - repetition: the repetition level of the first leaf.
    private mutating func append(
        _ cell: ParquetCell, _ node: SchemaNode, definition: Int, repetition: Int
    ) throws(ParquetWriteError) {
        let levels = node.levels
        if case .null = cell {
            guard levels.isOptional else { throw mismatch(cell, levels) }
            appendNull(levels, definition: definition, repetition: repetition)
            return
        }
        switch (node, cell) {
        case (.leaf(let index, _), _):
            try append(cell, toLeaf: index, levels, repetition: repetition)
        case (.list(let element, _), .list(let cells)):
            if cells.isEmpty { appendNull(levels, definition: levels.definition, repetition: repetition) }
            for (index, cell) in cells.enumerated() {
                try append(
                    cell, element, definition: levels.definition + 1,
                    repetition: index == 0 ? repetition : element.levels.repetition)
            }
        case (.list(.leaf(let index, let element), _), .int32s(let values)) where element.type == .int32:
            if values.isEmpty {
                appendNull(levels, definition: levels.definition, repetition: repetition)
            } else {
                columns[index].append(values, repetition: repetition)
            }
        case (.list(.leaf(let index, let element), _), .int64s(let values)) where element.type == .int64:
            if values.isEmpty {
                appendNull(levels, definition: levels.definition, repetition: repetition)
            } else {
                columns[index].append(values, repetition: repetition)
            }
        case (.structure(let members, _), .structure(let cells)) where members.count == cells.count:
            for (member, cell) in zip(members, cells) {
                try append(cell, member, definition: levels.definition, repetition: repetition)
            }
        default:
            throw mismatch(cell, levels)
        }
    }

    private mutating func append(
        _ cell: ParquetCell, toLeaf index: Int, _ levels: FieldLevels, repetition: Int
    ) throws(ParquetWriteError) {
        switch (levels.type, cell) {
        case (.bool, .bool(let value)): columns[index].append(value, repetition: repetition)
        case (.int32, .int32(let value)): columns[index].append(value, repetition: repetition)
        case (.int64, .int64(let value)): columns[index].append(value, repetition: repetition)
        case (.double, .double(let value)): columns[index].append(value, repetition: repetition)
        case (.string, .string(let value)): columns[index].append(value, repetition: repetition)
        default: throw mismatch(cell, levels)
        }
    }

    /// Every leaf below learns that nothing is there.
    private mutating func appendNull(_ levels: FieldLevels, definition: Int, repetition: Int) {
        for leaf in levels.leaves { columns[leaf].appendNull(definition: definition, repetition: repetition) }
    }

    private func mismatch(_ cell: ParquetCell, _ levels: FieldLevels) -> ParquetWriteError {
        .wrongCell(
            path: path, column: levels.leaves.first.map { schema.leaves[$0].name } ?? "", row: rowCount,
            expected: levels.type.description, found: cell.kind)
    }
}
