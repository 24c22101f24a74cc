import JSON
import TestFixtures
import Testing

@testable import Parquet

@Suite struct MalformedFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func code(_ file: HandMadeFile, rowLimit: Int = 64 << 20) throws -> ParquetError.Code? {
        try errorCode(try directory.write("file.parquet", file.bytes), rowLimit: rowLimit)
    }

    private func file(_ change: (inout HandMadeFile) -> Void = { _ in }) -> HandMadeFile {
        var file = HandMadeFile()
        file.pages = [
            HandMadeFile.page(littleEndian(Int32(1)) + littleEndian(Int32(2)) + littleEndian(Int32(3)), values: 3)
        ]
        change(&file)
        return file
    }

    @Test func theUnspoiledFileIsRead() throws {
        let path = try directory.write("file.parquet", file().bytes)
        #expect(try readRows(path) == [["a": 1], ["a": 2], ["a": 3]])
    }

    @Test func filesOfOtherKinds() throws {
        #expect(try errorCode(try directory.write("a", "")) == .notParquet)
        #expect(try errorCode(try directory.write("a", "PAR1")) == .notParquet)
        #expect(try errorCode(try directory.write("a", "no parquet file at all")) == .notParquet)
        #expect(try errorCode(try directory.write("a", "PAR1 and then something else")) == .truncated)
        #expect(try code(file { $0.magic = "PARE" }) == .encrypted)
        let long = Array("PAR1".utf8) + littleEndian(UInt32(1000)) + Array("PAR1".utf8)
        #expect(try errorCode(try directory.write("a", long)) == .truncated)
        guard case .unreadable = try errorCode(directory.file("missing")) else {
            Issue.record("a missing file is read")
            return
        }
    }

    @Test func aFileCutAnywhereIsRefused() throws {
        let bytes = file().bytes
        for count in 0..<bytes.count {
            let code = try errorCode(try directory.write("file.parquet", bytes.prefix(count)))
            #expect(code == .notParquet || code == .truncated, "\(count) bytes")
        }
    }

    @Test func schemasThatAreNoTrees() throws {
        func schema(_ elements: [[ThriftField]]) throws -> ParquetError.Code? {
            try code(file { $0.schema = elements })
        }
        let leaf: [ThriftField] = [ThriftField(1, .int32(1)), ThriftField(3, .int32(0)), ThriftField(4, .string("a"))]
        func group(_ children: Int) -> [ThriftField] {
            [ThriftField(3, .int32(0)), ThriftField(4, .string("g")), ThriftField(5, .int32(children))]
        }
        #expect(try schema([]) == .invalidSchema)
        #expect(try schema([leaf]) == .invalidSchema)
        #expect(try schema([group(2), leaf]) == .invalidSchema)
        #expect(try schema([group(Int(Int32.max)), leaf]) == .invalidSchema)
        #expect(try schema([group(-1), leaf]) == .invalidSchema)
        #expect(try schema([group(1), leaf, leaf]) == .invalidSchema)
        #expect(try schema([group(1), group(0)]) == .invalidSchema)
        // A thousand groups, each inside the one before.
        #expect(try schema(Array(repeating: group(1), count: 1000) + [leaf]) == .invalidSchema)
        let list: [ThriftField] = [
            ThriftField(3, .int32(1)), ThriftField(4, .string("l")), ThriftField(5, .int32(1)),
            ThriftField(6, .int32(3)),
        ]
        #expect(try schema([group(1), list, leaf]) == .invalidSchema)
        #expect(
            try schema([
                group(1), [ThriftField(1, .int32(9)), ThriftField(3, .int32(0)), ThriftField(4, .string("a"))],
            ]) == .invalidMetadata)
        #expect(try schema([group(1), [ThriftField(1, .int32(1)), ThriftField(4, .string("a"))]]) == .invalidSchema)
        #expect(
            try schema([
                group(1), [ThriftField(1, .int32(7)), ThriftField(3, .int32(0)), ThriftField(4, .string("a"))],
            ]) == .invalidSchema)
    }

    @Test func countsThatDisagree() throws {
        #expect(try code(file { $0.rowsInGroup = 2 }) == .countMismatch)
        #expect(try code(file { $0.values = 2 }) == .countMismatch)
        #expect(try code(file { $0.rows = 4 }) == .countMismatch)
        #expect(try code(file { $0.rows = 2 }) == .countMismatch)
        #expect(try code(file { $0.rows = -1 }) == .invalidMetadata)
        #expect(try code(file { $0.rows = .max }) == .countMismatch)
        #expect(try code(file { $0.pages = [HandMadeFile.page([1, 2, 3, 4], values: 3)] }) == .corruptValues)
    }

    @Test func placesOutsideTheFile() throws {
        #expect(try code(file { $0.start = 1 << 40 }) == .truncated)
        #expect(try code(file { $0.start = .max }) == .truncated)
        #expect(try code(file { $0.size = .max }) == .truncated)
        #expect(try code(file { $0.size = -5 }) == .invalidMetadata)
        #expect(try code(file { $0.start = 0 }) == .truncated)
        #expect(try code(file { $0.size = 3 }) == .invalidMetadata)
    }

    @Test func pagesWithWrongSizes() throws {
        let body = [UInt8](repeating: 0, count: 12)
        func page(_ page: [UInt8], codec: Int = 0) throws -> ParquetError.Code? {
            try code(
                file {
                    $0.pages = [page]
                    $0.codec = codec
                })
        }
        #expect(try page(HandMadeFile.page(body, values: 3, compressed: 13)) == .truncated)
        #expect(try page(HandMadeFile.page(body, values: 3, compressed: -1)) == .invalidMetadata)
        #expect(try page(HandMadeFile.page(body, values: 3, uncompressed: 13)) == .corruptPage)
        #expect(try page(HandMadeFile.page(body, values: 3, uncompressed: 300 << 20)) == .limitExceeded)
        #expect(try page(HandMadeFile.page(body, values: -3)) == .invalidMetadata)
        #expect(try page(HandMadeFile.page(body, values: 3, checksum: 1)) == .checksumMismatch)
        for codec in [1, 2, 6, 7] {
            #expect(try page(HandMadeFile.page(body, values: 3, uncompressed: 12), codec: codec) == .corruptPage)
            #expect(try page(HandMadeFile.page(body, values: 3, uncompressed: 200 << 20), codec: codec) == .corruptPage)
        }
        #expect(try page([]) == .invalidMetadata || page([]) == .countMismatch)
    }

    @Test func whatIsNotReadIsNamed() throws {
        for (codec, name) in [(3, "LZO"), (4, "Brotli"), (5, "LZ4 (Hadoop's framing)"), (77, "codec 77")] {
            let path = try directory.write("file.parquet", file { $0.codec = codec }.bytes)
            let error = #expect(throws: ParquetError.self) { _ = try readRows(path) }
            #expect(error?.code == .unsupportedCodec)
            #expect(error?.message.contains(name) == true)
        }
        for (encoding, code) in [
            (5, ParquetError.Code.corruptValues), (6, .unsupportedEncoding), (3, .unsupportedEncoding),
            (42, .unsupportedEncoding),
        ] {
            let page = HandMadeFile.page([UInt8](repeating: 0, count: 12), values: 3, encoding: encoding)
            #expect(try self.code(file { $0.pages = [page] }) == code)
        }
        #expect(
            try code(file { $0.moreOfChunk = [ThriftField(8, .structure([ThriftField(1, .structure([]))]))] })
                == .encrypted)
        #expect(try code(file { $0.moreOfChunk = [ThriftField(1, .string("other.parquet"))] }) == .invalidMetadata)
    }

    @Test func dictionariesThatAreNotThere() throws {
        let indices: [UInt8] = [2, 3 << 1, 1]
        let page = HandMadeFile.page(indices, values: 3, encoding: 8)
        func dictionary(_ count: Int) -> [UInt8] {
            HandMadeFile.dictionary(
                Array(repeating: littleEndian(Int32(7)), count: count).flatMap { $0 }, values: count)
        }
        #expect(try code(file { $0.pages = [page] }) == .invalidDictionaryIndex)
        #expect(try code(file { $0.pages = [dictionary(0), page] }) == .invalidDictionaryIndex)
        #expect(try code(file { $0.pages = [dictionary(1), page] }) == .invalidDictionaryIndex)
        #expect(try code(file { $0.pages = [dictionary(2), page] }) == nil)
        #expect(try code(file { $0.pages = [dictionary(2), dictionary(2), page] }) == .invalidMetadata)
        #expect(
            try code(file { $0.pages = [HandMadeFile.dictionary([1], values: 1 << 30), page] }) == .corruptValues)
    }

    /// A few bytes that stand for a thousand million nulls: they are read as far as they are asked for.
    @Test func endlessRunsOfNulls() throws {
        let count = 1_000_000_000
        let levels = Thrift.varint(UInt64(count) << 1) + [0]
        var optional = file()
        optional.schema[1] = [ThriftField(1, .int32(1)), ThriftField(3, .int32(1)), ThriftField(4, .string("a"))]
        optional.rows = count
        optional.pages = [HandMadeFile.page(littleEndian(UInt32(levels.count)) + levels, values: count)]
        let path = try directory.write("nulls.parquet", optional.bytes)
        var reader = try ParquetReader(try ParquetFile(path: path))
        let batch = try #require(try reader.nextBatch(maxRows: 1 << 30, maxBytes: 8 << 20))
        #expect(batch.count == 1 << 20)
        #expect(batch.rows.first?["a"]?.isNull == true)
    }

    /// One row that is a list of a thousand million nulls.
    @Test func endlessRows() throws {
        let count = 1_000_000_000
        let group: [ThriftField] = [ThriftField(4, .string("schema")), ThriftField(5, .int32(1))]
        var list = file()
        list.schema = [group, [ThriftField(1, .int32(1)), ThriftField(3, .int32(2)), ThriftField(4, .string("a"))]]
        list.rows = 1
        list.values = count
        // Levels: 0 once and then 1 without end; each element is there, as the same entry of a dictionary.
        let repetition = [1 << 1, 0] + Thrift.varint(UInt64(count) << 1) + [1]
        let definition = Thrift.varint(UInt64(count) << 1) + [1]
        let body =
            littleEndian(UInt32(repetition.count)) + repetition + littleEndian(UInt32(definition.count)) + definition
            + [1] + Thrift.varint(UInt64(count) << 1) + [0]
        list.pages = [
            HandMadeFile.dictionary(littleEndian(Int32(7)), values: 1),
            HandMadeFile.page(body, values: count, encoding: 8),
        ]
        #expect(try code(list, rowLimit: 1 << 20) == .limitExceeded)
    }

    /// A long entry of a dictionary that is meant a million times: memory is what a row may take, not a million times it.
    @Test func dictionariesThatExplode() throws {
        let text = [UInt8](repeating: 65, count: 100_000)
        var strings = file()
        strings.schema[1] = [
            ThriftField(1, .int32(6)), ThriftField(3, .int32(0)), ThriftField(4, .string("a")),
            ThriftField(6, .int32(0)),
        ]
        strings.type = 6
        strings.rows = 1_000_000
        strings.pages = [
            HandMadeFile.dictionary(littleEndian(UInt32(text.count)) + text, values: 1),
            HandMadeFile.page([1] + Thrift.varint(2_000_000) + [0], values: 1_000_000, encoding: 8),
        ]
        let path = try directory.write("strings.parquet", strings.bytes)
        var reader = try ParquetReader(try ParquetFile(path: path))
        #expect(try reader.nextBatch(maxBytes: 1_000_000)?.count == 9)
        #expect(try reader.nextBatch(maxRows: 2)?.count == 2)
        #expect(try code(strings, rowLimit: 100_007) == .limitExceeded)
    }

    /// Columns whose pages each become a few megabytes out of a few bytes: together they keep a limit.
    @Test func manyPagesThatExplode() throws {
        let directory = try TemporaryDirectory()
        let path = Golden(name: "types-dictionary").path
        var limits = ParquetLimits()
        limits.totalBytes = 4_000
        func read(_ columns: [String]?) throws(ParquetError) {
            var reader = try ParquetReader(try ParquetFile(path: path, limits: limits), columns: columns)
            while try reader.nextBatch() != nil {}
        }
        try read(["int64"])
        let error = #expect(throws: ParquetError.self) { try read(nil) }
        #expect(error?.code == .limitExceeded)
        var strings = file()
        strings.pages = [HandMadeFile.dictionary([1], values: 1, uncompressed: 65 << 20)]
        #expect(try errorCode(try directory.write("a.parquet", strings.bytes)) == .limitExceeded)
    }

    @Test func levelsThatDescribeNoRows() throws {
        let group: [ThriftField] = [ThriftField(4, .string("schema")), ThriftField(5, .int32(1))]
        func levels(_ repetition: [UInt8], _ definition: [UInt8], rows: Int) throws -> ParquetError.Code? {
            var list = file()
            list.schema = [
                group, [ThriftField(1, .int32(1)), ThriftField(3, .int32(2)), ThriftField(4, .string("a"))],
            ]
            list.rows = rows
            list.values = repetition.count
            func runs(_ levels: [UInt8]) -> [UInt8] {
                let bytes = levels.flatMap { level -> [UInt8] in [1 << 1, level] }
                return littleEndian(UInt32(bytes.count)) + bytes
            }
            let values = definition.filter { $0 == 1 }.flatMap { _ in littleEndian(Int32(5)) }
            list.pages = [HandMadeFile.page(runs(repetition) + runs(definition) + values, values: repetition.count)]
            return try code(list)
        }
        #expect(try levels([0, 1, 0], [1, 1, 0], rows: 2) == nil)
        #expect(try levels([1, 1, 0], [1, 1, 0], rows: 2) == .invalidLevels)
        // An empty list that goes on, and an element that says that its list is empty.
        #expect(try levels([0, 1, 0], [0, 1, 0], rows: 2) == .invalidLevels)
        #expect(try levels([0, 1, 0], [1, 0, 0], rows: 2) == .invalidLevels)
        #expect(try levels([0, 2, 0], [1, 1, 0], rows: 2) == .corruptValues)
        #expect(try levels([0, 1, 0], [1, 1, 0], rows: 1) == .countMismatch)
        #expect(try levels([0, 1, 0], [1, 1, 0], rows: 3) == .countMismatch)
    }

    @Test func aFileThatShrinksWhileItIsRead() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("file.parquet", file().bytes)
        let opened = try ParquetFile(path: path)
        try directory.write("file.parquet", "PAR1")
        var reader = try ParquetReader(opened)
        do {
            _ = try reader.nextBatch()
        } catch {
            #expect(error.code == .truncated)
            return
        }
        // Where the new content is another file the old one is still there.
    }

    @Test func errorsAreOneLine() throws {
        let name = "a\nb\u{1B}[31m\u{2028}"
        var hostile = file()
        hostile.schema[1] = [ThriftField(1, .int32(1)), ThriftField(3, .int32(0)), ThriftField(4, .string(name))]
        hostile.codec = 4
        let path = try directory.write("file.parquet", hostile.bytes)
        let error = #expect(throws: ParquetError.self) { _ = try readRows(path) }
        let text = error?.description ?? ""
        #expect(
            text.hasPrefix(
                path + ": row group 0, column 'a\\nb\\u{1B}[31m\\u{2028}': it is compressed with Brotli"))
    }
}
