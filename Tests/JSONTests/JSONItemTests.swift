import JSON
import Testing

@Suite struct JSONItemTests {
    private func text(_ item: JSONItem?) -> String? {
        item?.utf8.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func kinds() throws {
        let root = try JSONDocument.parsing(#"[null, "s\u00e9", -3, 9223372036854775808, 2.5, [1, []], {"k": {}}, ""]"#)
            .root
        root.withItem { root in
            let items = Array(root.elements.map(Array.init) ?? [])
            #expect(items.count == 8 && root.members == nil && root.utf8 == nil && root.int == nil)
            #expect(items.map(text) == [nil, "s\u{E9}", nil, nil, nil, nil, nil, ""])
            #expect(items.map(\.int) == [nil, nil, -3, nil, nil, nil, nil, nil])
            #expect(items.map { $0.elements.map(Array.init)?.count } == [nil, nil, nil, nil, nil, 2, nil, nil])
            let inner = items[5].elements.map(Array.init) ?? []
            #expect(inner.map(\.int) == [1, nil] && inner.last?.elements.map(Array.init)?.isEmpty == true)
            let members = items[6].members.map(Array.init) ?? []
            #expect(
                members.count == 2 && text(members.first) == "k"
                    && members.last?.members.map(Array.init)?.isEmpty == true)
        }
    }

    @Test(arguments: [-1, 0, 1, 3, 4, 9])
    func walksSplit(after count: Int) throws {
        let root = try JSONDocument.parsing(#"["a", ["b"], {"c": 1}, 4]"#).root
        root.withItem { root in
            guard var rest = root.elements else {
                Issue.record("no array")
                return
            }
            let first = rest.split(after: count)
            let expected = min(max(count, 0), 4)
            #expect(Array(first).count == expected && Array(rest).count == 4 - expected)
            if expected < 4 { #expect(Array(rest).last?.int == 4) }
            if expected > 0 { #expect(text(Array(first).first) == "a") }
        }
    }
}
