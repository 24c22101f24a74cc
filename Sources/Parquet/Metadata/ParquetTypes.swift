/// How values of a column are stored (parquet.thrift, `Type`).
public enum PhysicalType: Int32, CaseIterable, Sendable {
    /// One bit.
    case boolean = 0
    /// 32 bits, signed.
    case int32 = 1
    /// 64 bits, signed.
    case int64 = 2
    /// 96 bits: time stamps of old writers.
    case int96 = 3
    /// IEEE 754, 32 bits.
    case float = 4
    /// IEEE 754, 64 bits.
    case double = 5
    /// Bytes with a length before them.
    case byteArray = 6
    /// Bytes of a length that the schema gives.
    case fixedLengthByteArray = 7
}

/// Whether a field may be missing or repeat (parquet.thrift, `FieldRepetitionType`).
public enum FieldRepetition: Int32, Sendable {
    /// Always there.
    case required = 0
    /// May be null.
    case optional = 1
    /// There any number of times.
    case repeated = 2
}

/// How a page is encoded (parquet.thrift, `Encoding`).
public enum PageEncoding: Int32, Sendable {
    /// Values as they are.
    case plain = 0
    /// Indices into the dictionary page, by the name that page version 1 gives them.
    case plainDictionary = 2
    /// Runs and bit-packed groups.
    case runLength = 3
    /// Bit-packed levels of very old writers.
    case bitPacked = 4
    /// Differences in bit-packed blocks.
    case deltaBinaryPacked = 5
    /// Lengths by differences, then all bytes.
    case deltaLengthByteArray = 6
    /// Shared prefixes by differences, then the rest.
    case deltaByteArray = 7
    /// Indices into the dictionary page.
    case runLengthDictionary = 8
    /// The first byte of all values, then the second byte of all values, and so on.
    case byteStreamSplit = 9
}

/// How pages are compressed (parquet.thrift, `CompressionCodec`).
public enum CompressionCodec: Int32, Sendable {
    /// Not at all.
    case uncompressed = 0
    /// Snappy, raw format.
    case snappy = 1
    /// Gzip (RFC 1952).
    case gzip = 2
    /// LZO, which is not read.
    case lzo = 3
    /// Brotli, which is not read.
    case brotli = 4
    /// Hadoop's framing of LZ4, which is not read.
    case lz4Hadoop = 5
    /// Zstandard (RFC 8878).
    case zstandard = 6
    /// LZ4, raw block format.
    case lz4 = 7
}

/// What a page holds (parquet.thrift, `PageType`).
enum PageType: Int32 {
    case data = 0
    case index = 1
    case dictionary = 2
    case dataVersion2 = 3
}
