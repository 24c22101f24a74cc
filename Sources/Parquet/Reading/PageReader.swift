import Files

/// A page of data, decompressed: how many levels it has, and where its parts lie.
struct DataPage: Sendable {
    var levelCount: Int
    var repetition: LevelDecoder?
    var definition: LevelDecoder?
    var values: ByteSlice
    var encoding: Int32
}

/// Reads the pages of a column chunk one after the other: at most one of them and the dictionary are in memory.
struct PageReader: Sendable {
    private let leaf: LeafSchema
    private let limits: ParquetLimits
    private let pool: BufferPool
    private var source: ChunkSource
    private var decompressor: PageDecompressor
    private var scratch: ByteBuffer?
    private(set) var dictionary: PageDictionary?
    private var dictionaryBytes = 0
    /// What all pages that are held at a time may take, less what other leaves hold.
    var allowance = Int.max
    /// Levels that the pages to come must have.
    private var levelsLeft: Int
    /// Where the page that was read last begins.
    private(set) var pageStart: Int
    /// Bytes of the file taken so far, of all chunks.
    private(set) var consumed = 0

    /// Begins with a chunk.
    init(
        _ file: RandomAccessFile, _ chunk: ChunkMetadata, leaf: LeafSchema, limits: ParquetLimits, pool: BufferPool
    ) throws(ParquetFailure) {
        self.leaf = leaf
        self.limits = limits
        self.pool = pool
        decompressor = PageDecompressor(try PageReader.codec(of: chunk))
        source = ChunkSource(file, PageReader.range(of: chunk), pool: pool)
        levelsLeft = chunk.valueCount
        pageStart = chunk.start
    }

    /// Goes on with the chunk of another row group.
    mutating func move(to chunk: ChunkMetadata) throws(ParquetFailure) {
        let codec = try PageReader.codec(of: chunk)
        if codec != decompressor.codec { decompressor = PageDecompressor(codec) }
        source.move(to: PageReader.range(of: chunk))
        levelsLeft = chunk.valueCount
        pageStart = chunk.start
        dictionary = nil
        dictionaryBytes = 0
    }

    /// Bytes of memory held: the page as it lies in the file, decompressed, and the dictionary.
    var held: Int { source.held + (scratch?.bytes.count ?? 0) + dictionaryBytes }

    private static func range(of chunk: ChunkMetadata) -> Range<Int> {
        chunk.valueCount == 0 ? 0..<0 : chunk.start..<(chunk.start + chunk.compressedSize)
    }

    private static func codec(of chunk: ChunkMetadata) throws(ParquetFailure) -> CompressionCodec {
        guard !chunk.isEncrypted else {
            throw ParquetFailure(.encrypted, "it is encrypted, which is not read; write the file without encryption")
        }
        guard !chunk.isElsewhere else {
            throw ParquetFailure(.invalidMetadata, "its pages lie in another file, which is not read")
        }
        guard let codec = CompressionCodec(rawValue: chunk.codec) else {
            throw ParquetFailure(
                .unsupportedCodec,
                "it is compressed with codec \(chunk.codec), which is not known; write the file with Snappy or Zstandard"
            )
        }
        switch codec {
        case .lzo, .brotli, .lz4Hadoop:
            throw ParquetFailure(
                .unsupportedCodec,
                "it is compressed with \(codec), which is not read; write the file with Snappy or Zstandard")
        case .uncompressed, .snappy, .gzip, .zstandard, .lz4: return codec
        }
    }

    /// The next page of data; nil at the end of the chunk. The page before must not be used any more.
    mutating func nextPage() throws(ParquetFailure) -> DataPage? {
        while levelsLeft > 0 {
            pageStart = source.position
            guard source.left > 0 else {
                throw ParquetFailure(
                    .countMismatch, "its pages end \(levelsLeft) values before the number that the footer says")
            }
            let page = try header()
            source.advance(page.headerSize)
            consumed += page.headerSize
            let body = try compressedBody(page)
            source.advance(page.compressedSize)
            consumed += page.compressedSize
            switch page.type {
            case .data, .dataVersion2:
                guard page.valueCount <= levelsLeft else {
                    throw ParquetFailure(
                        .countMismatch,
                        "a page has \(page.valueCount) values where \(levelsLeft) are left by the footer")
                }
                levelsLeft -= page.valueCount
                return try page.type == .data ? firstVersion(page, body) : secondVersion(page, body)
            case .dictionary:
                try readDictionary(page, body)
            case .index, nil:
                continue
            }
        }
        return nil
    }

    private mutating func header() throws(ParquetFailure) -> PageMetadata {
        var size = 1 << 10
        while true {
            let bytes = try source.peek(size)
            do throws(ThriftReader.Failure) {
                return try PageMetadata(bytes)
            } catch {
                // Statistics in the header can be long.
                if error.isTruncated, bytes.count < source.left {
                    guard size < limits.headerBytes else {
                        throw ParquetFailure(.limitExceeded, "a page header is longer than \(limits.headerBytes) bytes")
                    }
                    size = max(size, bytes.count) * 8
                    continue
                }
                throw ParquetFailure(
                    .invalidMetadata, "a page header is damaged: \(error.message)", byte: pageStart + error.position)
            }
        }
    }

    private mutating func compressedBody(_ page: PageMetadata) throws(ParquetFailure) -> ByteSlice {
        guard page.compressedSize <= source.left else {
            throw ParquetFailure(
                .truncated,
                "a page of \(page.compressedSize) bytes does not fit into the \(source.left) left of its column chunk")
        }
        let most = page.type == .dictionary ? limits.dictionaryBytes : limits.pageBytes
        guard page.uncompressedSize <= most else {
            throw ParquetFailure(
                .limitExceeded,
                "a page has \(page.uncompressedSize) bytes uncompressed, at most \(most) are read; write the file with "
                    + "smaller pages")
        }
        guard page.uncompressedSize + page.compressedSize <= allowance - dictionaryBytes else {
            throw ParquetFailure(
                .limitExceeded,
                "the pages of all columns that are read take more than \(limits.totalBytes) bytes at a time; read fewer "
                    + "columns or write the file with smaller pages")
        }
        guard let body = try source.peek(page.compressedSize).part(at: 0, count: page.compressedSize) else {
            throw ParquetFailure(.truncated, "a page is cut off")
        }
        if let checksum = page.checksum {
            guard PageDecompressor.checksum(body) == checksum else {
                throw ParquetFailure(
                    .checksumMismatch, "a page differs from its checksum: the file is damaged, fetch it again")
            }
        }
        return body
    }

    /// The values in uncompressed form; `size` is what they must become.
    private mutating func decompress(
        _ body: ByteSlice, to size: Int, isCompressed: Bool = true
    ) throws(ParquetFailure) -> ByteSlice {
        guard isCompressed, decompressor.codec != .uncompressed else {
            guard body.count == size else {
                throw ParquetFailure(
                    .corruptPage, "a page that is not compressed has \(body.count) bytes, its header says \(size)")
            }
            return body
        }
        // Compressors turn nothing into something, writers often leave it out.
        if size == 0, body.count == 0 { return body }
        if scratch == nil || size > scratch?.bytes.count ?? 0 { scratch = try ByteBuffer(count: size, pool: pool) }
        guard let scratch, let bytes = ByteSlice(scratch).part(at: 0, count: size) else { throw .outOfMemory }
        try decompressor.decompress(body, into: UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<size]))
        return bytes
    }

    private mutating func firstVersion(_ page: PageMetadata, _ body: ByteSlice) throws(ParquetFailure) -> DataPage {
        let bytes = try decompress(body, to: page.uncompressedSize)
        var offset = 0
        var data = DataPage(levelCount: page.valueCount, values: bytes, encoding: page.encoding)
        if leaf.maximumRepetition > 0 {
            data.repetition = try LevelDecoder(
                page: bytes, at: &offset, encoding: page.repetitionEncoding, maximum: leaf.maximumRepetition,
                count: page.valueCount)
        }
        if leaf.maximumDefinition > 0 {
            data.definition = try LevelDecoder(
                page: bytes, at: &offset, encoding: page.definitionEncoding, maximum: leaf.maximumDefinition,
                count: page.valueCount)
        }
        guard let values = bytes.suffix(from: offset) else {
            throw ParquetFailure(.invalidLevels, "a page ends inside its levels")
        }
        data.values = values
        return data
    }

    private mutating func secondVersion(_ page: PageMetadata, _ body: ByteSlice) throws(ParquetFailure) -> DataPage {
        let levels = page.repetitionBytes + page.definitionBytes
        guard levels <= page.uncompressedSize, let repetition = body.part(at: 0, count: page.repetitionBytes),
            let definition = body.part(at: page.repetitionBytes, count: page.definitionBytes),
            let rest = body.suffix(from: levels)
        else {
            throw ParquetFailure(.invalidLevels, "a page ends inside its levels")
        }
        let values = try decompress(rest, to: page.uncompressedSize - levels, isCompressed: page.isCompressed)
        var data = DataPage(levelCount: page.valueCount, values: values, encoding: page.encoding)
        if leaf.maximumRepetition > 0 {
            data.repetition = LevelDecoder(runs: repetition, maximum: leaf.maximumRepetition)
        }
        if leaf.maximumDefinition > 0 {
            data.definition = LevelDecoder(runs: definition, maximum: leaf.maximumDefinition)
        }
        return data
    }

    private mutating func readDictionary(_ page: PageMetadata, _ body: ByteSlice) throws(ParquetFailure) {
        guard dictionary == nil else {
            throw ParquetFailure(.invalidMetadata, "it has a second dictionary")
        }
        guard page.encoding == PageEncoding.plain.rawValue || page.encoding == PageEncoding.plainDictionary.rawValue
        else {
            throw ParquetFailure(
                .unsupportedEncoding,
                "its dictionary has the encoding \(PageEncoding.name(page.encoding)), which is not read")
        }
        let bytes: ByteSlice
        if decompressor.codec == .uncompressed {
            // The source goes on to use the memory in which these bytes lie.
            guard body.count == page.uncompressedSize else {
                throw ParquetFailure(.corruptPage, "the dictionary has another size than its header says")
            }
            let copy = try ByteBuffer(count: body.count, pool: pool)
            body.withBytes { copy.bytes.copyMemory(from: UnsafeRawBufferPointer($0)) }
            bytes = ByteSlice(copy)
        } else {
            bytes = try decompress(body, to: page.uncompressedSize)
            // The next page must not overwrite it.
            scratch = nil
        }
        dictionaryBytes = bytes.count
        dictionary = try PageDictionary(
            bytes, count: page.valueCount, type: leaf.type, length: leaf.field.length)
    }
}

/// How much memory a file may ask for.
struct ParquetLimits: Sendable {
    var pageBytes = 256 << 20
    var dictionaryBytes = 64 << 20
    /// For the pages of all columns that are held at a time.
    var totalBytes = 1 << 30
    var headerBytes = 16 << 20
    var footerBytes = 128 << 20
}
