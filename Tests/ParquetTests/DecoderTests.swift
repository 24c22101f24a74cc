import JSON
import Testing

@testable import Parquet

@Suite struct DecoderTests {
    private func levels(_ decoder: LevelDecoder, _ count: Int) throws -> [UInt8] {
        var decoder = decoder
        var levels = [UInt8](repeating: 0xEE, count: count)
        try levels.withUnsafeMutableBufferPointer { (all) throws(ParquetFailure) in try decoder.decode(into: all) }
        return levels
    }

    /// The example of Encodings.md, "Bit-packed (Deprecated)": 0 to 7 with three bits each.
    @Test func readsLevelsOfVeryOldWriters() throws {
        let page = try ByteSlice(copying: [0b0000_0101, 0b0011_1001, 0b0111_0111, 9])
        var offset = 0
        let decoder = try LevelDecoder(page: page, at: &offset, encoding: 4, maximum: 7, count: 8)
        #expect(offset == 3)
        #expect(try levels(decoder, 8) == [0, 1, 2, 3, 4, 5, 6, 7])
        offset = 0
        #expect(throws: ParquetFailure.self) {
            _ = try LevelDecoder(page: page, at: &offset, encoding: 4, maximum: 7, count: 80)
        }
    }

    /// The example of Encodings.md for groups: 0 to 7 with three bits each.
    @Test func readsRunsAndGroups() throws {
        let bytes = try ByteSlice(copying: [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010, 5 << 1, 6])
        #expect(try levels(LevelDecoder(runs: bytes, maximum: 7), 13) == [0, 1, 2, 3, 4, 5, 6, 7, 6, 6, 6, 6, 6])
        #expect(throws: ParquetFailure.self) { _ = try levels(LevelDecoder(runs: bytes, maximum: 7), 14) }
        #expect(throws: ParquetFailure.self) { _ = try levels(LevelDecoder(runs: bytes, maximum: 5), 8) }
    }

    @Test func endlessRunsTakeNothing() throws {
        let bytes = try ByteSlice(copying: Thrift.varint(UInt64(UInt32.max) << 1 & 0xFFFF_FFFE) + [1])
        #expect(try levels(LevelDecoder(runs: bytes, maximum: 1), 5) == [1, 1, 1, 1, 1])
    }

    private func deltas(_ bytes: [UInt8], _ count: Int) throws -> [Int64] {
        var decoder = try DeltaDecoder(try ByteSlice(copying: bytes))
        var values = [Int64](repeating: 0, count: count)
        try values.withUnsafeMutableBufferPointer { (all) throws(ParquetFailure) in try decoder.decode(into: all) }
        return values
    }

    /// The second example of Encodings.md: 7, 5, 3, 1, 2, 3, 4, 5.
    @Test func readsDifferences() throws {
        let head: [UInt8] = [0x80, 0x01, 4, 8, 14]
        let block: [UInt8] = [3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0]
        #expect(try deltas(head + block, 8) == [7, 5, 3, 1, 2, 3, 4, 5])
        #expect(throws: ParquetFailure.self) { _ = try deltas(head + block, 9) }
        #expect(throws: ParquetFailure.self) { _ = try deltas(head + block.prefix(3), 8) }
        #expect(throws: ParquetFailure.self) { _ = try deltas([0x80, 0x01, 0, 8, 14], 1) }
        #expect(throws: ParquetFailure.self) { _ = try deltas([1, 1, 8, 14], 1) }
    }

    @Test func differencesWrapAround() throws {
        let head = [0x80, 0x01, 4, 2] + Thrift.varint(UInt64.max - 1)
        #expect(try deltas(head + [2, 0, 0, 0, 0], 2) == [.max, .min])
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01"), (-1, "1969-12-31"), (19_782, "2024-02-29"), (-719_529, "-0001-12-31"),
        (2_932_897, "+10000-01-01"), (-719_528, "0000-01-01"),
    ]) func writesDates(_ days: Int64, _ text: String) {
        #expect(ValueText.date(days) == text)
    }

    @Test func writesTimes() {
        #expect(ValueText.time(86_399_999, .milliseconds) == "23:59:59.999")
        #expect(ValueText.time(86_400_000, .milliseconds) == "86400000")
        #expect(ValueText.time(-1, .microseconds) == "-1")
        #expect(ValueText.timestamp(-1, .nanoseconds, isUTC: true) == "1969-12-31T23:59:59.999999999Z")
        #expect(ValueText.timestamp(.min, .milliseconds, isUTC: false) == "-292275055-05-16T16:47:04.192")
        #expect(ValueText.decimal(-5, scale: 3) == "-0.005")
        #expect(ValueText.decimal(.min, scale: 0) == "-9223372036854775808")
        let lowest = [0x80] + [UInt8](repeating: 0, count: 15)
        lowest.withUnsafeBufferPointer {
            #expect(ValueText.decimal($0, scale: 2) == "-1701411834604692317316873037158841057.28")
        }
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func writesBase64(_ text: String, _ code: String) {
        #expect(Array(text.utf8).withUnsafeBufferPointer { Base64.text(of: $0) } == code)
    }
}
