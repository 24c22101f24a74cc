import TestFixtures
import Testing

@testable import Parquet

@Suite struct RunLengthEncoderTests {
    /// The examples of the format's description.
    @Test func knownBytes() {
        var run = RunLengthEncoder(width: 3)
        run.append(4, count: 100)
        #expect(run.finish() == [0xC8, 0x01, 0x04])
        var packed = RunLengthEncoder(width: 3)
        for value in 0..<8 { packed.append(UInt32(value)) }
        #expect(packed.finish() == [0x03, 0x88, 0xC6, 0xFA])
    }

    @Test func nothingIsNothing() {
        var encoder = RunLengthEncoder(width: 5)
        #expect(encoder.finish() == [])
        encoder.append(3, count: 0)
        #expect(encoder.finish() == [])
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 15, 17, 24, 32])
    func randomRunsComeBack(_ width: Int) {
        var generator = SplitMix(seed: UInt64(width))
        let greatest = UInt32.max >> UInt32(32 - width)
        for round in 0..<200 {
            var encoder = RunLengthEncoder(width: width)
            var values: [UInt32] = []
            for _ in 0..<Int.random(in: 0..<60, using: &generator) {
                let value = UInt32.random(in: 0...min(greatest, round % 2 == 0 ? 2 : .max), using: &generator)
                let count = [1, 1, 1, 2, 7, 8, 9, 16, 700][Int.random(in: 0..<9, using: &generator)]
                values += Array(repeating: value, count: count)
                // Runs may come whole or in pieces.
                let first = Int.random(in: 0...count, using: &generator)
                encoder.append(value, count: first)
                encoder.append(value, count: count - first)
            }
            #expect(Self.decoded(encoder.finish(), width: width, count: values.count) == values)
        }
    }

    @Test func runsAreShort() {
        var encoder = RunLengthEncoder(width: 1)
        for _ in 0..<1000 { encoder.append(1, count: 1_000_000) }
        #expect(encoder.byteCount < 16)
        #expect(encoder.finish().count == 6)
    }

    /// Written from the format's description, one value after the other.
    static func decoded(_ bytes: [UInt8], width: Int, count: Int) -> [UInt32]? {
        var values: [UInt32] = []
        var place = 0
        func varint() -> Int? {
            var value = 0
            var shift = 0
            while place < bytes.count {
                value |= Int(bytes[place] & 0x7F) << shift
                shift += 7
                place += 1
                if bytes[place - 1] < 0x80 { return value }
            }
            return nil
        }
        while place < bytes.count {
            guard let header = varint() else { return nil }
            if header & 1 == 0 {
                let size = (width + 7) / 8
                guard place + size <= bytes.count else { return nil }
                let value = (0..<size).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
                values += Array(repeating: value, count: header >> 1)
                place += size
            } else {
                let size = (header >> 1) * width
                guard place + size <= bytes.count else { return nil }
                for index in 0..<(header >> 1) * 8 {
                    values.append(
                        (0..<width).reduce(UInt32(0)) { value, bit in
                            let position = index * width + bit
                            return value | UInt32(bytes[place + position / 8] >> UInt8(position % 8) & 1) << UInt32(bit)
                        })
                }
                place += size
            }
        }
        // The last group is filled up with zeros.
        guard values.count >= count, values.count < count + 8, values[count...].allSatisfy({ $0 == 0 }) else {
            return nil
        }
        return Array(values[..<count])
    }
}
