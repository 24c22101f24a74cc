/// The dictionary of a column chunk.
enum PageDictionary {
    /// Values of at most eight bytes.
    case words([UInt64])
    /// Byte arrays: the bytes of the page, and where entry i lies in them.
    case bytes(ByteSlice, starts: [UInt32], lengths: [UInt32])

    var count: Int {
        switch self {
        case .words(let words): words.count
        case .bytes(_, let starts, _): starts.count
        }
    }

    /// Reads a dictionary page, whose values are always plain.
    init(_ page: ByteSlice, count: Int, type: PhysicalType, length: Int) throws(ParquetFailure) {
        let tooShort = ParquetFailure(.corruptValues, "a dictionary page holds fewer values than it says (\(count))")
        switch type {
        case .boolean:
            throw ParquetFailure(.unsupportedEncoding, "truth values have a dictionary, which the format does not know")
        case .int32, .int64, .float, .double:
            guard count <= page.count / type.size else { throw tooShort }
            var decoder = WordDecoder.plain(page, position: 0)
            var words: [UInt64] = []
            try decoder.append(count, of: type, to: &words)
            self = .words(words)
        case .int96, .fixedLengthByteArray:
            let size = type == .int96 ? 12 : length
            guard count <= page.count / size else { throw tooShort }
            self = .bytes(
                page, starts: (0..<count).map { UInt32($0 * size) },
                lengths: Array(repeating: UInt32(size), count: count))
        case .byteArray:
            guard count <= page.count / 4 else { throw tooShort }
            var starts: [UInt32] = []
            var lengths: [UInt32] = []
            starts.reserveCapacity(count)
            lengths.reserveCapacity(count)
            var position = 0
            for _ in 0..<count {
                guard let size = page.integer(at: position, as: UInt32.self), Int(size) <= page.count - position - 4
                else {
                    throw tooShort
                }
                starts.append(UInt32(position + 4))
                lengths.append(size)
                position += 4 + Int(size)
            }
            self = .bytes(page, starts: starts, lengths: lengths)
        }
    }

    static let missing = ParquetFailure(
        .invalidDictionaryIndex, "a page refers to a dictionary, and there is none in front of it")

    static func outOfRange(_ index: UInt32, _ count: Int) -> ParquetFailure {
        ParquetFailure(
            .invalidDictionaryIndex, "a value refers to entry \(index) of a dictionary of \(count): the file is damaged"
        )
    }
}

extension PhysicalType {
    /// Bytes of a plain value of a fixed size; 0 for the others.
    var size: Int {
        switch self {
        case .int32, .float: 4
        case .int64, .double: 8
        case .int96: 12
        case .boolean, .byteArray, .fixedLengthByteArray: 0
        }
    }

    /// Whether a value fits into a word of 64 bits.
    var isWord: Bool {
        switch self {
        case .boolean, .int32, .int64, .float, .double: true
        case .int96, .byteArray, .fixedLengthByteArray: false
        }
    }
}
