/// The header of a page (parquet.thrift, `PageHeader`).
struct PageMetadata {
    var type: PageType?
    var uncompressedSize = -1
    var compressedSize = -1
    var checksum: UInt32?
    var valueCount = -1
    /// The number of the encoding, which may be one that is not known.
    var encoding: Int32 = -1
    var definitionEncoding: Int32 = -1
    var repetitionEncoding: Int32 = -1
    /// Page version 2: bytes of levels in front of the values, never compressed.
    var definitionBytes = 0
    var repetitionBytes = 0
    /// Page version 2: whether the values are compressed.
    var isCompressed = true
    /// The bytes that the header itself takes.
    private(set) var headerSize = 0

    init(_ bytes: ByteSlice) throws(ThriftReader.Failure) {
        var reader = ThriftReader(bytes)
        var wanted: Int16 = 0
        var found: Int16 = 0
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1:
                type = PageType(rawValue: try reader.int32(field))
                wanted = type == .data ? 5 : type == .dictionary ? 7 : type == .dataVersion2 ? 8 : 0
            case 2: uncompressedSize = Int(try reader.int32(field))
            case 3: compressedSize = Int(try reader.int32(field))
            case 4: checksum = UInt32(bitPattern: try reader.int32(field))
            case 5, 7, 8:
                guard field.type == .structure, field.id == wanted else { return try reader.skip(field) }
                found = field.id
                try readContent(&reader, of: field.id)
            default: try reader.skip(field)
            }
        }
        headerSize = reader.position
        let isWhole =
            uncompressedSize >= 0 && compressedSize >= 0 && definitionBytes >= 0 && repetitionBytes >= 0
            && (wanted == 0 || found == wanted && valueCount >= 0 && encoding >= 0)
        guard isWhole else {
            throw ThriftReader.Failure(
                isTruncated: false, message: "it lacks a size, an encoding or the number of values", position: 0)
        }
    }

    private mutating func readContent(_ reader: inout ThriftReader, of id: Int16) throws(ThriftReader.Failure) {
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch (id, field.id) {
            case (_, 1): valueCount = Int(try reader.int32(field))
            case (5, 2), (7, 2), (8, 4): encoding = try reader.int32(field)
            case (5, 3): definitionEncoding = try reader.int32(field)
            case (5, 4): repetitionEncoding = try reader.int32(field)
            case (8, 5): definitionBytes = Int(try reader.int32(field))
            case (8, 6): repetitionBytes = Int(try reader.int32(field))
            case (8, 7): isCompressed = try reader.bool(field)
            default: try reader.skip(field)
            }
        }
    }
}
