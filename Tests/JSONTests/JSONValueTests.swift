import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func kindsAndConversions() throws {
        let root = try JSONDocument.parsing(
            "[null, true, false, -3, 9223372036854775808, 2.5, \"s\", [1], {\"k\": 1}, 1.0]"
        ).root
        #expect(
            root.elements.map(\.kind) == [
                .null, .bool, .bool, .integer, .integer, .double, .string, .array, .object, .double,
            ])
        let values = Array(root.elements)
        #expect(values[0].isNull)
        #expect(values[1].bool == true && values[2].bool == false && values[3].bool == nil)
        #expect(values[3].int64 == -3 && values[3].uint64 == nil && values[3].double == -3)
        #expect(values[4].int64 == nil && values[4].uint64 == 1 << 63 && values[4].double == 0x1p63)
        #expect(values[5].int == nil && values[5].double == 2.5)
        #expect(values[6].string == "s" && values[6].double == nil && values[0].string == nil)
        #expect(values[9].int == nil)
        #expect(root.count == 10 && values[7].count == 1 && values[8].count == 1 && values[6].count == 0)
        #expect(values[6].elements.map(\.kind).isEmpty && Array(values[7].members).isEmpty)
        #expect(root[9]?.double == 1 && root[10] == nil && root[-1] == nil && root["k"] == nil)
    }

    @Test func lastOfDuplicateKeysCounts() throws {
        let root = try JSONDocument.parsing("{\"a\": 1, \"b\": {\"a\": 9}, \"a\": 2}").root
        #expect(root["a"]?.int == 2)
        #expect(root.members.map(\.key) == ["a", "b", "a"])
        #expect(JSONNode(root) == .object([("a", 2), ("b", ["a": 9])]))
    }

    @Test func duplicatesAmongManyKeys() throws {
        let members = (0..<40).map { "\"\($0 % 30)\":\($0)" }.joined(separator: ",")
        let node = JSONNode(try JSONDocument.parsing("{\(members)}").root)
        let expected = (0..<30).map { (index: Int) -> (key: String, value: JSONNode) in
            ("\(index)", .int(Int64(index < 10 ? index + 30 : index)))
        }
        #expect(node == .object(expected))
    }

    @Test func keysAreComparedByBytes() throws {
        let root = try JSONDocument.parsing("{\"e\\u0301\": 1, \"\\u00e9\": 2, \"a\\u0000b\": 3}").root
        #expect(root["e\u{301}"]?.int == 1)
        #expect(root["\u{E9}"]?.int == 2)
        #expect(root["a\0b"]?.int == 3)
        #expect(root["a"] == nil)
        guard case .object(let members) = JSONNode(root) else { Issue.record("not an object"); return }
        #expect(members.count == 3)
        #expect(root.members.map { $0.name.isString("\u{E9}") } == [false, true, false])
    }

    @Test func bytesOfStrings() throws {
        let root = try JSONDocument.parsing("\"a\\u0000\\ud834\\udd1e\"").root
        #expect(root.withUTF8 { Array($0) } == [0x61, 0, 0xF0, 0x9D, 0x84, 0x9E])
        #expect(root.string == "a\0\u{1D11E}")
    }

    @Test func valuesKeepTheDocument() throws {
        var value: JSONValue?
        do { value = try JSONDocument.parsing("[[\"inner\"]]").root[0] }
        #expect(value?[0]?.string == "inner")
    }

    @Test func manyElements() throws {
        // Above 2^24 - 2 the count is not stored.
        let count = 1 << 24 + 3
        var text = [UInt8](repeating: UInt8(ascii: "1"), count: 2 * count + 1)
        text[0] = UInt8(ascii: "[")
        for index in stride(from: 2, to: text.count, by: 2) { text[index] = UInt8(ascii: ",") }
        text[text.count - 1] = UInt8(ascii: "]")
        #expect(try JSONDocument.parsing(text).root.count == count)
    }
}
