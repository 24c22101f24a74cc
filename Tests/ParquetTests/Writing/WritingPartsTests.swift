import Testing

@testable import Parquet

@Suite struct ThriftWriterTests {
    @Test func fieldsHaveShortAndLongHeaders() {
        let bytes = ThriftWriter.encoded { writer in
            writer.field(1, Int32(-1))
            writer.field(2, true)
            writer.field(20, "hé")
            writer.field(21) { $0.field(1, Int64(300)) }
            writer.list(22, of: .int32, [1, 2] as [Int32]) { $0.element($1) }
            writer.field(23, Int16(2))
        }
        #expect(
            bytes == [
                0x15, 0x01, 0x11, 0x08, 0x28, 0x03, 0x68, 0xC3, 0xA9, 0x1C, 0x16, 0xD8, 0x04, 0x00, 0x19, 0x25, 0x02,
                0x04, 0x14, 0x04, 0x00,
            ])
    }

    @Test func longListsHaveTheirOwnCount() {
        let bytes = ThriftWriter.encoded { $0.list(1, of: .int32, [Int32](repeating: 0, count: 15)) { $0.element($1) } }
        #expect(bytes == [0x19, 0xF5, 0x0F] + [UInt8](repeating: 0, count: 15) + [0])
    }

    @Test func extremesOfIntegers() {
        let bytes = ThriftWriter.encoded { $0.field(1, Int64.min) }
        #expect(bytes == [0x16] + [UInt8](repeating: 0xFF, count: 9) + [0x01, 0x00])
    }
}

@Suite struct StringDictionaryTests {
    private func index(_ text: String, _ dictionary: inout StringDictionary) -> UInt32 {
        var text = text
        return text.withUTF8 { dictionary.index(of: $0) }
    }

    @Test func equivalentTextsAreNotTheSame() {
        var dictionary = StringDictionary()
        #expect(index("e\u{301}", &dictionary) == 0)
        #expect(index("\u{E9}", &dictionary) == 1)
        #expect(index("", &dictionary) == 2)
        #expect(index("e\u{301}", &dictionary) == 0)
        #expect(dictionary.bytes == [3, 0, 0, 0, 0x65, 0xCC, 0x81, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0, 0, 0])
    }

    @Test func manyStringsKeepTheirPlaces() {
        var dictionary = StringDictionary()
        for round in 0..<2 {
            for number in 0..<5000 {
                #expect(index("\(number)", &dictionary) == UInt32(number), "round \(round)")
            }
        }
        #expect(dictionary.count == 5000)
    }
}

@Suite struct ColumnStatisticsTests {
    private func textBounds(_ texts: [String]) -> ColumnStatistics.Bounds? {
        var statistics = ColumnStatistics()
        for var text in texts { text.withUTF8 { statistics.add($0) } }
        return statistics.bounds(.byteArray)
    }

    @Test func shortTextsAreExact() {
        let bounds = textBounds(["b", "", "a\u{10FFFF}", "\u{E9}"])
        #expect(bounds?.least == [] && bounds?.greatest == [0xC3, 0xA9])
        #expect(bounds?.isLeastExact == true && bounds?.isGreatestExact == true)
    }

    @Test func longTextsAreCutBetweenScalars() throws {
        let text = String(repeating: "a", count: 63) + "\u{E9}tail"
        let bounds = try #require(textBounds([text]))
        #expect(bounds.least == [UInt8](repeating: 0x61, count: 63) && !bounds.isLeastExact)
        #expect(bounds.greatest == [UInt8](repeating: 0x61, count: 62) + [0x62] && !bounds.isGreatestExact)
    }

    @Test func upperBoundsCarry() throws {
        let gap = String(repeating: "a", count: 61) + "\u{D7FF}" + "tail"
        #expect(try #require(textBounds([gap])).greatest == [UInt8](repeating: 0x61, count: 61) + [0xEE, 0x80, 0x80])
        let last = "b" + String(repeating: "\u{10FFFF}", count: 20)
        #expect(try #require(textBounds([last])).greatest == [0x63])
        #expect(try #require(textBounds([String(repeating: "\u{10FFFF}", count: 20)])).greatest == nil)
    }

    @Test func numbers() {
        var integers = ColumnStatistics()
        integers.add([5, -3, 7] as ArraySlice<Int32>)
        integers.add(Int64(Int32.min))
        #expect(integers.bounds(.int32)?.least == [0, 0, 0, 0x80])
        #expect(integers.bounds(.int32)?.greatest == [7, 0, 0, 0])
        var doubles = ColumnStatistics()
        doubles.add(Double.nan)
        #expect(doubles.bounds(.double) == nil)
        doubles.add(0.0)
        // Readers may hold a negative zero against a positive one.
        #expect(doubles.bounds(.double)?.least == [0, 0, 0, 0, 0, 0, 0, 0x80])
        #expect(doubles.bounds(.double)?.greatest == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(ColumnStatistics().bounds(.int64) == nil)
    }
}
