/// Decodes differences in bit-packed blocks (Encodings.md, "Delta Encoding"), as many values at a time as are wanted.
struct DeltaDecoder {
    private let bytes: ByteSlice
    private var position = 0
    private let blockSize: Int
    private let miniblockCount: Int
    /// The values that the stream holds.
    let count: Int
    private var produced = 0
    private var last: Int64 = 0
    private var minimum: Int64 = 0
    private var widths = 0
    private var miniblock: Int
    private var leftInMiniblock = 0
    private var width = 0
    private var bit = 0

    private var miniblockSize: Int { blockSize / miniblockCount }
    private static let tooFew = ParquetFailure(.corruptValues, "a page holds fewer differences than it says")

    /// Reads the head of the stream.
    init(_ bytes: ByteSlice) throws(ParquetFailure) {
        self.bytes = bytes
        var position = 0
        let block = try DeltaDecoder.varint(bytes, &position)
        let miniblocks = try DeltaDecoder.varint(bytes, &position)
        let total = try DeltaDecoder.varint(bytes, &position)
        let first = try DeltaDecoder.varint(bytes, &position)
        guard block <= 1 << 31, block > 0, block % 128 == 0, miniblocks > 0, miniblocks <= block / 32,
            block % (miniblocks * 32) == 0, total <= 1 << 32
        else {
            throw ParquetFailure(
                .corruptValues, "differences come in blocks of \(block) values, in \(miniblocks) parts, which cannot be"
            )
        }
        blockSize = Int(block)
        miniblockCount = Int(miniblocks)
        count = Int(total)
        last = DeltaDecoder.zigzag(first)
        miniblock = Int(miniblocks)
        self.position = position
    }

    /// Fills `target` with the next values.
    mutating func decode(into target: UnsafeMutableBufferPointer<Int64>) throws(ParquetFailure) {
        guard target.count <= count - produced else { throw DeltaDecoder.tooFew }
        var filled = 0
        if produced == 0, target.count > 0 {
            target[0] = last
            filled = 1
        }
        while filled < target.count {
            if leftInMiniblock == 0 { try nextMiniblock() }
            let part = min(leftInMiniblock, target.count - filled)
            let deltas = UnsafeMutableBufferPointer(rebasing: target[filled..<(filled + part)])
            guard bytes.unpack(fromBit: bit, width: width, into: deltas) else { throw DeltaDecoder.tooFew }
            // Differences wrap around, by the format.
            for index in deltas.indices {
                last = last &+ minimum &+ deltas[index]
                deltas[index] = last
            }
            bit += part * width
            leftInMiniblock -= part
            filled += part
        }
        produced += target.count
    }

    private mutating func nextMiniblock() throws(ParquetFailure) {
        if miniblock == miniblockCount {
            minimum = DeltaDecoder.zigzag(try DeltaDecoder.varint(bytes, &position))
            widths = position
            position += miniblockCount
            miniblock = 0
        }
        guard let width = bytes.byte(at: widths + miniblock), width <= 64 else {
            throw ParquetFailure(.corruptValues, "differences in a page have no proper width")
        }
        self.width = Int(width)
        bit = position * 8
        position += miniblockSize / 8 * self.width
        miniblock += 1
        leftInMiniblock = miniblockSize
    }

    /// Where the stream ends in its bytes. Linear in the number of miniblocks, each of which has a byte in the stream.
    func end() throws(ParquetFailure) -> Int {
        var walk = self
        var left = count - 1
        while left > 0 {
            try walk.nextMiniblock()
            left -= miniblockSize
        }
        guard walk.position <= bytes.count else { throw DeltaDecoder.tooFew }
        return walk.position
    }

    private static func varint(_ bytes: ByteSlice, _ position: inout Int) throws(ParquetFailure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard let byte = bytes.byte(at: position) else { throw tooFew }
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw ParquetFailure(.corruptValues, "a page holds an integer of more than 64 bits")
    }

    private static func zigzag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}
