/// One leaf of the schema: gathers the values of a page, and the compressed pages of a row group.
struct ColumnWriter {
    /// A page ends behind the row that brings it to so many bytes.
    static let pageBytes = 1 << 20
    /// A page ends behind the row that brings it to so many values, nulls included: they may take no bytes at all.
    static let pageValues = 1 << 20
    /// What a page may hold at most: the format counts its bytes in 31 bits.
    static let maximumPageBytes = 1 << 30
    /// From this size on strings are stored as they are, not as indices into a dictionary.
    static let dictionaryBytes = 1 << 20

    /// Where the leaf is in the schema, and how deep.
    let leaf: ParquetLeaf

    private var repetitions: RunLengthEncoder
    private var definitions: RunLengthEncoder
    private var valueCount = 0
    private var plain: [UInt8] = []
    private var bits = BooleanPacker()
    private var dictionary: StringDictionary?
    private var usesDictionary = false
    private var indices: [UInt32] = []
    private var chunk = ColumnChunk()

    init(_ leaf: ParquetLeaf) {
        self.leaf = leaf
        repetitions = RunLengthEncoder(width: leaf.repetitionWidth)
        definitions = RunLengthEncoder(width: leaf.definitionWidth)
        beginChunk()
    }

    private mutating func beginChunk() {
        chunk = ColumnChunk()
        usesDictionary = leaf.type == .byteArray
        dictionary = usesDictionary ? StringDictionary() : nil
    }

    // MARK: Values

    /// A place without a value: a null or an empty list, somewhere on the way to the leaf.
    mutating func appendNull(definition: Int, repetition: Int) {
        level(definition, repetition)
        chunk.statistics.addNulls()
    }

    mutating func append(_ value: Bool, repetition: Int) {
        level(leaf.maximumDefinition, repetition)
        bits.append(value, to: &plain)
        chunk.statistics.add(value)
    }

    mutating func append(_ value: some FixedWidthInteger, repetition: Int) {
        level(leaf.maximumDefinition, repetition)
        plain.appendLittleEndian(value)
        chunk.statistics.add(Int64(value))
    }

    mutating func append(_ value: Double, repetition: Int) {
        level(leaf.maximumDefinition, repetition)
        plain.appendLittleEndian(value.bitPattern)
        chunk.statistics.add(value)
    }

    mutating func append(_ text: String, repetition: Int) {
        level(leaf.maximumDefinition, repetition)
        var text = text
        text.withUTF8 { text in
            chunk.statistics.add(text)
            // The length of a longer one does not fit; the row is refused at its end.
            guard text.count <= Self.maximumPageBytes else {
                oversized = text.count
                return
            }
            if usesDictionary, let index = dictionary?.index(of: text) {
                indices.append(index)
            } else {
                plain.appendLittleEndian(UInt32(text.count))
                plain.append(contentsOf: text)
            }
        }
    }

    /// The elements of a list, none of them null, at least one.
    mutating func append<Value: FixedWidthInteger>(_ values: ArraySlice<Value>, repetition: Int) {
        level(leaf.maximumDefinition, repetition)
        repetitions.append(UInt32(leaf.maximumRepetition), count: values.count - 1)
        definitions.append(UInt32(leaf.maximumDefinition), count: values.count - 1)
        valueCount += values.count - 1
        values.withUnsafeBytes { plain.append(contentsOf: $0) }
        chunk.statistics.add(values)
    }

    private mutating func level(_ definition: Int, _ repetition: Int) {
        repetitions.append(UInt32(repetition))
        definitions.append(UInt32(definition))
        valueCount += 1
    }

    // MARK: Pages

    /// A string that was too long for any page.
    private var oversized: Int?

    /// Bytes gathered for the page.
    private var gatheredBytes: Int {
        plain.count + indices.count * indexWidth / 8 + repetitions.byteCount + definitions.byteCount
    }

    /// Bytes of the row group, before compression.
    var uncompressedBytes: Int { chunk.uncompressedBytes + gatheredBytes + (dictionary?.bytes.count ?? 0) }

    private var indexWidth: Int {
        let count = dictionary?.count ?? 0
        return count <= 2 ? 1 : Int.bitWidth - (count - 1).leadingZeroBitCount
    }

    /// To be called behind each row: ends the page where it is full.
    ///
    /// - Returns: the size of the page where no page may be so large.
    mutating func endRow(_ compressor: inout PageCompressor) throws(PageCompressionFailure) -> Int? {
        if let oversized { return oversized }
        let bytes = gatheredBytes
        if bytes > Self.maximumPageBytes { return bytes }
        if let dictionary, dictionary.bytes.count > Self.maximumPageBytes { return dictionary.bytes.count }
        if bytes >= Self.pageBytes || valueCount >= Self.pageValues { try endPage(&compressor) }
        if usesDictionary, let dictionary, dictionary.bytes.count > Self.dictionaryBytes {
            try endPage(&compressor)
            usesDictionary = false
        }
        return nil
    }

    private mutating func endPage(_ compressor: inout PageCompressor) throws(PageCompressionFailure) {
        guard valueCount > 0 else { return }
        var page: [UInt8] = []
        page.reserveCapacity(gatheredBytes + 64)
        if leaf.maximumRepetition > 0 { page.appendLevels(repetitions.finish()) }
        if leaf.maximumDefinition > 0 { page.appendLevels(definitions.finish()) }
        if usesDictionary {
            var encoder = RunLengthEncoder(width: indexWidth)
            for index in indices { encoder.append(index) }
            page.append(UInt8(indexWidth))
            page += encoder.finish()
        } else {
            page += plain
        }
        let encoding: PageEncoding = usesDictionary ? .runLengthDictionary : .plain
        try chunk.append(page, PageHeader(type: .data, values: valueCount, encoding: encoding), &compressor)
        repetitions = RunLengthEncoder(width: leaf.repetitionWidth)
        definitions = RunLengthEncoder(width: leaf.definitionWidth)
        valueCount = 0
        plain.removeAll(keepingCapacity: plain.capacity <= 2 * Self.pageBytes)
        indices.removeAll(keepingCapacity: true)
        bits = BooleanPacker()
    }

    /// Ends the row group and begins the next.
    mutating func endChunk(_ compressor: inout PageCompressor) throws(PageCompressionFailure) -> ColumnChunk {
        try endPage(&compressor)
        if let dictionary, chunk.pages[.runLengthDictionary] != nil {
            try chunk.setDictionary(dictionary, &compressor)
        }
        defer { beginChunk() }
        return chunk
    }
}

/// The finished pages of a leaf in a row group.
struct ColumnChunk {
    /// The dictionary page, where there is one.
    private(set) var dictionaryPage: [UInt8] = []
    /// The data pages, headers included.
    private(set) var dataPages: [UInt8] = []
    /// Headers included, the pages not compressed.
    private(set) var uncompressedBytes = 0
    /// Values in the data pages, nulls included.
    private(set) var valueCount = 0
    /// How many data pages have which encoding.
    private(set) var pages: [PageEncoding: Int32] = [:]
    var statistics = ColumnStatistics()

    mutating func append(
        _ page: [UInt8], _ header: PageHeader, _ compressor: inout PageCompressor
    ) throws(PageCompressionFailure) {
        valueCount += header.values
        pages[header.encoding, default: 0] += 1
        uncompressedBytes += try header.write(page, to: &dataPages, &compressor)
    }

    mutating func setDictionary(
        _ dictionary: StringDictionary, _ compressor: inout PageCompressor
    ) throws(PageCompressionFailure) {
        let header = PageHeader(type: .dictionary, values: dictionary.count, encoding: .plain)
        uncompressedBytes += try header.write(dictionary.bytes, to: &dictionaryPage, &compressor)
    }
}

/// What precedes a page.
struct PageHeader {
    let type: PageType
    let values: Int
    let encoding: PageEncoding

    /// Appends header and compressed page to `output`.
    ///
    /// - Returns: the bytes of the header and of the page before compression.
    func write(
        _ page: [UInt8], to output: inout [UInt8], _ compressor: inout PageCompressor
    ) throws(PageCompressionFailure) -> Int {
        var size = 0
        try compressor.withCompressed(page) { compressed, checksum in
            let header = encoded(uncompressed: page.count, compressed: compressed.count, checksum: checksum)
            output += header
            output.append(contentsOf: compressed)
            size = header.count + page.count
        }
        return size
    }

    private func encoded(uncompressed: Int, compressed: Int, checksum: UInt32) -> [UInt8] {
        ThriftWriter.encoded { header in
            header.field(1, type.rawValue)
            header.field(2, Int32(clamping: uncompressed))
            header.field(3, Int32(clamping: compressed))
            header.field(4, Int32(bitPattern: checksum))
            let isData = type == .data
            header.field(isData ? 5 : 7) { header in
                header.field(1, Int32(clamping: values))
                header.field(2, encoding.rawValue)
                guard isData else { return }
                header.field(3, PageEncoding.runLength.rawValue)
                header.field(4, PageEncoding.runLength.rawValue)
            }
        }
    }
}

/// Eight truth values a byte, the first in the lowest bit.
private struct BooleanPacker {
    private var filled = 0

    mutating func append(_ value: Bool, to bytes: inout [UInt8]) {
        if filled % 8 == 0 { bytes.append(0) }
        if value { bytes[bytes.count - 1] |= 1 << UInt8(filled % 8) }
        filled += 1
    }
}

extension [UInt8] {
    /// Levels as page version 1 has them, behind their length.
    fileprivate mutating func appendLevels(_ levels: [UInt8]) {
        appendLittleEndian(UInt32(levels.count))
        self += levels
    }
}
