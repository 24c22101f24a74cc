/// What the footer says (parquet.thrift, `FileMetaData`), apart from what is not needed to read rows.
struct FileMetadata: Sendable {
    let rowCount: Int
    let rowGroups: [RowGroupMetadata]
    let schema: StoredField
    /// Names from the root down to each leaf, joined by dots.
    let leafPaths: [String]
    /// The leaves of the whole schema.
    let leaves: [StoredField]
    let createdBy: String?
    let keys: [String]

    /// Fields that a schema may have; each takes far more memory here than in the file.
    static let maximumFields = 100_000

    /// Reads and checks the footer.
    ///
    /// - Parameter start: where the footer begins in the file, and all pages have ended.
    init(_ bytes: ByteSlice, at start: Int) throws(ParquetFailure) {
        var footer = Footer()
        do throws(ThriftReader.Failure) {
            var reader = ThriftReader(bytes)
            try footer.read(&reader)
        } catch {
            throw ParquetFailure(
                .invalidMetadata, "the footer is damaged: \(error.message)", byte: start + error.position)
        }
        (schema, leafPaths) = try SchemaBuilder.build(footer.elements)
        leaves = schema.storedLeaves
        rowGroups = footer.rowGroups
        createdBy = footer.createdBy
        keys = footer.keys
        rowCount = try FileMetadata.rowCount(footer, leafCount: leaves.count)
        for (number, group) in rowGroups.enumerated() {
            for (chunk, leaf) in zip(group.chunks, leaves.indices) {
                try check(chunk, leaf, in: group, number, before: start)
            }
        }
    }

    /// Rows of the file, by its row groups, and whether each of these has a chunk for each leaf.
    private static func rowCount(_ footer: Footer, leafCount: Int) throws(ParquetFailure) -> Int {
        var sum = 0
        for (number, group) in footer.rowGroups.enumerated() {
            guard group.rowCount >= 0, group.chunks.count == leafCount else {
                throw ParquetFailure(
                    .invalidMetadata,
                    "row group \(number) has \(group.rowCount) rows and \(group.chunks.count) column chunks, the schema "
                        + "\(leafCount) leaves")
            }
            let (total, isTooLarge) = sum.addingReportingOverflow(group.rowCount)
            guard !isTooLarge else { throw ParquetFailure(.invalidMetadata, "the row groups have too many rows") }
            sum = total
        }
        guard let stated = footer.rowCount, stated == sum else {
            throw ParquetFailure(
                .countMismatch, "the footer says \(footer.rowCount ?? 0) rows, its row groups have \(sum)")
        }
        return sum
    }

    private func check(
        _ chunk: ChunkMetadata, _ leaf: Int, in group: RowGroupMetadata, _ number: Int, before end: Int
    ) throws(ParquetFailure) {
        func failure(_ code: ParquetError.Code, _ message: String) -> ParquetFailure {
            ParquetFailure(code, "row group \(number), column '\(leafPaths[leaf])': \(message)")
        }
        // Nothing else is known of a chunk whose metadata is encrypted.
        guard !chunk.isEncrypted else { return }
        guard case .value(let type, _) = leaves[leaf].kind, type.rawValue == chunk.type else {
            throw failure(.invalidMetadata, "its chunk has a type other than the schema's")
        }
        guard chunk.valueCount >= 0, chunk.compressedSize >= 0, chunk.uncompressedSize >= 0 else {
            throw failure(.invalidMetadata, "it has a negative size or number of values")
        }
        let levels = leaves[leaf].levels
        guard levels.repetition > 0 || chunk.valueCount == group.rowCount else {
            throw failure(.countMismatch, "it has \(chunk.valueCount) values for \(group.rowCount) rows")
        }
        guard levels.repetition == 0 || chunk.valueCount >= group.rowCount else {
            throw failure(.countMismatch, "it has \(chunk.valueCount) values for \(group.rowCount) rows")
        }
        guard
            chunk.valueCount == 0 || chunk.isElsewhere
                || chunk.start >= 4 && chunk.start <= end && chunk.compressedSize <= end - chunk.start
        else {
            throw failure(
                .truncated,
                "it lies at bytes \(chunk.start) to \(chunk.start) + \(chunk.compressedSize), which are not "
                    + "inside the file's data; the file is incomplete or damaged")
        }
    }
}

/// A row group (parquet.thrift, `RowGroup`).
struct RowGroupMetadata: Sendable {
    var chunks: [ChunkMetadata] = []
    var rowCount = -1
}

/// The chunk of a leaf in a row group (parquet.thrift, `ColumnChunk` and `ColumnMetaData`).
struct ChunkMetadata: Sendable {
    var type: Int32 = -1
    var codec: Int32 = -1
    /// Whether the pages lie in another file.
    var isElsewhere = false
    var isEncrypted = false
    var valueCount = -1
    var uncompressedSize = -1
    var compressedSize = -1
    /// Where the first page begins, be it the dictionary.
    var start = -1
    var nullCount: Int?
}

/// The footer as it lies in the file.
private struct Footer {
    var elements: [SchemaElement] = []
    var rowGroups: [RowGroupMetadata] = []
    var rowCount: Int?
    var createdBy: String?
    var keys: [String] = []

    mutating func read(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 2:
                try reader.structures(field) { (reader) throws(ThriftReader.Failure) in
                    guard elements.count < FileMetadata.maximumFields else {
                        throw ThriftReader.Failure(
                            isTruncated: false,
                            message: "its schema has more than \(FileMetadata.maximumFields) fields",
                            position: reader.position)
                    }
                    elements.append(try SchemaElement(&reader))
                }
            case 3: rowCount = Int(try reader.integer(field))
            case 4:
                try reader.structures(field) { (reader) throws(ThriftReader.Failure) in
                    rowGroups.append(try RowGroupMetadata(&reader))
                }
            case 5:
                try reader.structures(field) { (reader) throws(ThriftReader.Failure) in
                    try reader.structure { (reader, field) throws(ThriftReader.Failure) in
                        if field.id == 1 { keys.append(try reader.string(field)) } else { try reader.skip(field) }
                    }
                }
            case 6: createdBy = try reader.string(field)
            default: try reader.skip(field)
            }
        }
    }
}

extension RowGroupMetadata {
    fileprivate init(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        self.init()
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1:
                try reader.structures(field) { (reader) throws(ThriftReader.Failure) in
                    chunks.append(try ChunkMetadata(&reader))
                }
            case 3: rowCount = Int(try reader.integer(field))
            default: try reader.skip(field)
            }
        }
    }
}

extension ChunkMetadata {
    fileprivate init(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        self.init()
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1: isElsewhere = try reader.isNonEmptyString(field)
            case 3:
                guard field.type == .structure else { return try reader.skip(field) }
                try readMetadata(&reader)
            case 8:
                isEncrypted = true
                try reader.skip(field)
            default: try reader.skip(field)
            }
        }
        guard isEncrypted || type >= 0 && codec >= 0 && valueCount >= 0 && start >= 0 else {
            throw ThriftReader.Failure(
                isTruncated: false, message: "a column chunk lacks its type, codec, place or number of values",
                position: reader.position)
        }
    }

    private mutating func readMetadata(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var dictionary: Int?
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1: type = try reader.int32(field)
            case 4: codec = try reader.int32(field)
            case 5: valueCount = Int(try reader.integer(field))
            case 6: uncompressedSize = Int(try reader.integer(field))
            case 7: compressedSize = Int(try reader.integer(field))
            case 9: start = Int(try reader.integer(field))
            case 11: dictionary = Int(try reader.integer(field))
            case 12 where field.type == .structure:
                try reader.structure { (reader, field) throws(ThriftReader.Failure) in
                    if field.id == 3 { nullCount = Int(try reader.integer(field)) } else { try reader.skip(field) }
                }
            default: try reader.skip(field)
            }
        }
        // Some writers give 0 for a dictionary that is not there.
        if let dictionary, dictionary > 0, dictionary < start { start = dictionary }
    }
}
