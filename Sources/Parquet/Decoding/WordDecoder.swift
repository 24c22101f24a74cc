/// Decodes values of at most eight bytes to words: integers with their sign, floating-point numbers as their bits.
enum WordDecoder {
    case plain(ByteSlice, position: Int)
    /// Truth values, a bit each.
    case bits(ByteSlice, bit: Int)
    /// Truth values in runs.
    case runs(RunLengthDecoder)
    case dictionary(RunLengthDecoder, [UInt64])
    case delta(DeltaDecoder)
    /// The first bytes of all values, then the second bytes, and so on.
    case split(ByteSlice, index: Int)

    private static let tooFew = ParquetFailure(.corruptValues, "a page holds fewer values than it says")

    /// Begins with the values of a page.
    init(
        _ values: ByteSlice, encoding: Int32, type: PhysicalType, dictionary: PageDictionary?
    ) throws(ParquetFailure) {
        switch (PageEncoding(rawValue: encoding), type) {
        case (.plain, .boolean):
            self = .bits(values, bit: 0)
        case (.plain, _):
            self = .plain(values, position: 0)
        case (.runLength, .boolean):
            guard let size = values.integer(at: 0, as: UInt32.self), let runs = values.part(at: 4, count: Int(size))
            else {
                throw WordDecoder.tooFew
            }
            self = .runs(RunLengthDecoder(runs, width: 1, maximum: 1))
        case (.plainDictionary, _), (.runLengthDictionary, _):
            guard case .words(let words)? = dictionary else { throw PageDictionary.missing }
            self = .dictionary(try RunLengthDecoder(indices: values), words)
        case (.deltaBinaryPacked, .int32), (.deltaBinaryPacked, .int64):
            self = .delta(try DeltaDecoder(values))
        case (.byteStreamSplit, .int32), (.byteStreamSplit, .int64), (.byteStreamSplit, .float),
            (.byteStreamSplit, .double):
            self = .split(values, index: 0)
        default:
            throw ParquetFailure.unsupported(encoding, type)
        }
    }

    /// Appends the next values.
    mutating func append(_ count: Int, of type: PhysicalType, to words: inout [UInt64]) throws(ParquetFailure) {
        try words.append(addingCapacity: count) { (span: inout OutputSpan<UInt64>) throws(ParquetFailure) in
            try span.withUnsafeMutableBufferPointer { (all, initialized) throws(ParquetFailure) in
                try fill(UnsafeMutableBufferPointer(rebasing: all[initialized..<(initialized + count)]), type)
                initialized += count
            }
        }
    }

    private mutating func fill(
        _ target: UnsafeMutableBufferPointer<UInt64>, _ type: PhysicalType
    ) throws(ParquetFailure) {
        switch self {
        case .plain(let bytes, let position):
            let size = type.size
            guard let part = bytes.part(at: position, count: target.count * size) else { throw WordDecoder.tooFew }
            part.copyWords(type, into: target)
            self = .plain(bytes, position: position + target.count * size)
        case .bits(let bytes, let bit):
            guard bytes.unpack(fromBit: bit, width: 1, into: target) else { throw WordDecoder.tooFew }
            self = .bits(bytes, bit: bit + target.count)
        case .runs(var runs):
            try runs.decode(into: target)
            self = .runs(runs)
        case .dictionary(var runs, let words):
            try runs.decode(into: target)
            for index in target.indices {
                guard target[index] < UInt64(words.count) else {
                    throw PageDictionary.outOfRange(UInt32(truncatingIfNeeded: target[index]), words.count)
                }
                target[index] = words[Int(target[index])]
            }
            self = .dictionary(runs, words)
        case .delta(var delta):
            try target.withMemoryRebound(to: Int64.self) { (target) throws(ParquetFailure) in
                try delta.decode(into: target)
                guard type == .int32 else { return }
                for index in target.indices { target[index] = Int64(Int32(truncatingIfNeeded: target[index])) }
            }
            self = .delta(delta)
        case .split(let bytes, let index):
            let size = type.size
            let total = bytes.count / size
            guard target.count <= total - index else { throw WordDecoder.tooFew }
            bytes.withBytes { bytes in
                for place in target.indices {
                    var word: UInt64 = 0
                    for byte in 0..<size {
                        word |= UInt64(bytes[byte * total + index + place]) << UInt64(8 * byte)
                    }
                    target[place] = type == .int32 ? UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: word))) : word
                }
            }
            self = .split(bytes, index: index + target.count)
        }
    }
}

extension RunLengthDecoder {
    /// The indices of a page whose values lie in a dictionary: a byte with their width, then runs.
    init(indices bytes: ByteSlice) throws(ParquetFailure) {
        guard let width = bytes.byte(at: 0), width <= 32, let runs = bytes.suffix(from: 1) else {
            throw ParquetFailure(.corruptValues, "the indices of a page have no proper width")
        }
        self.init(runs, width: Int(width))
    }
}

extension ParquetFailure {
    static func unsupported(_ encoding: Int32, _ type: PhysicalType) -> ParquetFailure {
        ParquetFailure(
            .unsupportedEncoding,
            "a page has the encoding \(PageEncoding.name(encoding)), which is not read for values of type \(type)")
    }
}

extension ByteSlice {
    /// Copies plain values to words; these bytes hold exactly as many as `target`.
    fileprivate func copyWords(_ type: PhysicalType, into target: UnsafeMutableBufferPointer<UInt64>) {
        withBytes { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            guard raw.count == target.count * type.size else { return }
            switch type {
            case .int32:
                for index in target.indices {
                    let value = raw.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self)
                    target[index] = UInt64(bitPattern: Int64(Int32(littleEndian: value)))
                }
            case .float:
                for index in target.indices {
                    target[index] = UInt64(
                        UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self)))
                }
            default:
                for index in target.indices {
                    target[index] = UInt64(
                        littleEndian: raw.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self))
                }
            }
        }
    }
}
