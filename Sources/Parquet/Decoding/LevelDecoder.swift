/// Decodes the repetition or definition levels of a page.
struct LevelDecoder {
    private enum Source {
        case runs(RunLengthDecoder)
        /// The levels of very old writers, the most significant bit first.
        case packed(ByteSlice, bit: Int)
    }

    private var source: Source
    private let width: Int
    private let maximum: UInt8

    /// The bits that a level takes.
    static func width(of maximum: Int) -> Int {
        maximum == 0 ? 0 : Int.bitWidth - maximum.leadingZeroBitCount
    }

    /// Levels of page version 2, which have their bytes to themselves.
    init(runs bytes: ByteSlice, maximum: Int) {
        let width = LevelDecoder.width(of: maximum)
        self.init(.runs(RunLengthDecoder(bytes, width: width, maximum: UInt32(maximum))), maximum: maximum)
    }

    private init(_ source: Source, maximum: Int) {
        self.source = source
        self.maximum = UInt8(maximum)
        width = LevelDecoder.width(of: maximum)
    }

    /// Levels at the front of a page of version 1; moves `offset` behind them.
    init(
        page: ByteSlice, at offset: inout Int, encoding: Int32, maximum: Int, count: Int
    ) throws(ParquetFailure) {
        let tooShort = ParquetFailure(.invalidLevels, "a page ends inside its levels")
        switch PageEncoding(rawValue: encoding) {
        case .runLength:
            guard let size = page.integer(at: offset, as: UInt32.self),
                let bytes = page.part(at: offset + 4, count: Int(size))
            else { throw tooShort }
            self.init(runs: bytes, maximum: maximum)
            offset += 4 + Int(size)
        case .bitPacked:
            let size = (count * LevelDecoder.width(of: maximum) + 7) / 8
            guard let bytes = page.part(at: offset, count: size) else { throw tooShort }
            self.init(.packed(bytes, bit: 0), maximum: maximum)
            offset += size
        default:
            throw ParquetFailure(
                .unsupportedEncoding, "levels have the encoding \(PageEncoding.name(encoding)), which is not read")
        }
    }

    /// Fills `target` with the next levels.
    mutating func decode(into target: UnsafeMutableBufferPointer<UInt8>) throws(ParquetFailure) {
        switch source {
        case .runs(var runs):
            try runs.decode(into: target)
            source = .runs(runs)
        case .packed(let bytes, var bit):
            for index in target.indices {
                var level: UInt8 = 0
                for _ in 0..<width {
                    guard let byte = bytes.byte(at: bit >> 3) else { throw RunLengthDecoder.tooFew }
                    level = level << 1 | byte >> UInt8(7 - bit & 7) & 1
                    bit += 1
                }
                target[index] = level
            }
            source = .packed(bytes, bit: bit)
        }
        var largest: UInt8 = 0
        for level in target { largest = max(largest, level) }
        guard largest <= maximum else {
            throw ParquetFailure(.invalidLevels, "a level is \(largest), the schema allows \(maximum)")
        }
    }
}

extension PageEncoding {
    /// The name that the format gives an encoding.
    static func name(_ number: Int32) -> String {
        switch PageEncoding(rawValue: number) {
        case .plain: "PLAIN"
        case .plainDictionary: "PLAIN_DICTIONARY"
        case .runLength: "RLE"
        case .bitPacked: "BIT_PACKED"
        case .deltaBinaryPacked: "DELTA_BINARY_PACKED"
        case .deltaLengthByteArray: "DELTA_LENGTH_BYTE_ARRAY"
        case .deltaByteArray: "DELTA_BYTE_ARRAY"
        case .runLengthDictionary: "RLE_DICTIONARY"
        case .byteStreamSplit: "BYTE_STREAM_SPLIT"
        case nil: "number \(number)"
        }
    }
}
