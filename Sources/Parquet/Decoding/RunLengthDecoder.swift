/// Decodes runs and bit-packed groups (Encodings.md, "RLE/Bit-Packing Hybrid"), as many values at a time as are wanted:
/// a run of a thousand million takes no memory.
struct RunLengthDecoder {
    private let bytes: ByteSlice
    private let width: Int
    private let maximum: UInt32
    private var position = 0
    private var repeated = 0
    private var value: UInt32 = 0
    private var packed = 0
    private var bit = 0

    /// - Parameters:
    ///   - width: bits of a value, at most 32.
    ///   - maximum: the largest value that may appear in a run.
    init(_ bytes: ByteSlice, width: Int, maximum: UInt32 = .max) {
        self.bytes = bytes
        self.width = width
        self.maximum = maximum
    }

    /// Fills `target` with the next values.
    mutating func decode<Word: FixedWidthInteger>(
        into target: UnsafeMutableBufferPointer<Word>
    ) throws(ParquetFailure) {
        var filled = 0
        while filled < target.count {
            if repeated > 0 {
                let count = min(repeated, target.count - filled)
                UnsafeMutableBufferPointer(rebasing: target[filled..<(filled + count)]).update(
                    repeating: Word(truncatingIfNeeded: value))
                repeated -= count
                filled += count
            } else if packed > 0 {
                let count = min(packed, target.count - filled)
                let part = UnsafeMutableBufferPointer(rebasing: target[filled..<(filled + count)])
                guard bytes.unpack(fromBit: bit, width: width, into: part) else { throw RunLengthDecoder.tooFew }
                bit += count * width
                packed -= count
                filled += count
            } else {
                try nextRun()
            }
        }
    }

    static let tooFew = ParquetFailure(.corruptValues, "a page holds fewer levels or indices than it says")

    private mutating func nextRun() throws(ParquetFailure) {
        var header: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard let byte = bytes.byte(at: position) else { throw RunLengthDecoder.tooFew }
            position += 1
            header |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
            guard shift < 35 else { throw ParquetFailure(.corruptValues, "a run in a page has no proper length") }
        }
        let left = bytes.count - position
        if header & 1 == 1 {
            // Some writers leave out the end of the last group.
            let groups = Int(header >> 1)
            packed = width == 0 ? groups * 8 : min(groups * 8, left * 8 / width)
            guard packed > 0 || groups == 0 else { throw RunLengthDecoder.tooFew }
            bit = position * 8
            position += min(groups * width, left)
        } else {
            let size = (width + 7) / 8
            guard size <= left else { throw RunLengthDecoder.tooFew }
            value = 0
            for index in 0..<size { value |= UInt32(bytes.byte(at: position + index) ?? 0) << UInt32(8 * index) }
            guard value <= maximum else {
                throw ParquetFailure(.corruptValues, "a run in a page repeats \(value), at most \(maximum) is possible")
            }
            position += size
            repeated = Int(header >> 1)
        }
    }
}
