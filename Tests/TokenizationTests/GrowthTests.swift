import JSON
import Testing

@testable import Tokenization

/// A tokenizer.json may not multiply a text without bound.
@Suite struct GrowthTests {
    private static func replace(_ needle: String, _ content: String) -> JSONNode {
        ["type": "Replace", "pattern": ["String": .string(needle)], "content": .string(content)]
    }

    private static let limit = GrowthLimit(bytes: 100_000).remaining

    @Test(
        arguments: [
            ["type": "Sequence", "normalizers": .array(Array(repeating: replace("a", "aa"), count: 40))],
            replace("a", String(repeating: "b ", count: 5000)),
            ["type": "Replace", "pattern": ["Regex": "a|x"], "content": .string(String(repeating: "b ", count: 5000))],
            ["type": "Prepend", "prepend": .string(String(repeating: "b", count: 3_000_000))],
        ] as [JSONNode])
    func normalizers(_ normalizer: JSONNode) throws {
        let encoder = TokenEncoder(try TokenizerFile().with(["normalizer"], normalizer).tokenizer())
        let text = String(repeating: "a", count: 100_000)
        #expect(throws: TokenizerError.textGrowsTooMuch(limit: Self.limit)) { try encoder.encode(text) }
    }

    @Test func preTokenizers() throws {
        let bytes: JSONNode = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]
        let steps: JSONNode = ["type": "Sequence", "pretokenizers": .array(Array(repeating: bytes, count: 30))]
        let encoder = TokenEncoder(try TokenizerFile().with(["pre_tokenizer"], steps).tokenizer())
        let text = String(repeating: "é", count: 50_000)
        #expect(throws: TokenizerError.textGrowsTooMuch(limit: Self.limit)) { try encoder.encode(text) }
    }

    /// The limit is that of the whole text, however many added tokens take it apart.
    @Test func manyStretches() throws {
        let file = TokenizerFile().with(["normalizer"], Self.replace("a", String(repeating: "b", count: 1000)))
        let encoder = TokenEncoder(try file.tokenizer())
        let text = String(repeating: "<s>a", count: 25_000)
        #expect(throws: TokenizerError.textGrowsTooMuch(limit: Self.limit)) { try encoder.encode(text) }
    }

    @Test func decoders() throws {
        let steps: JSONNode = [
            "type": "Sequence", "decoders": .array(Array(repeating: Self.replace("a", "aa"), count: 40)),
        ]
        let tokenizer = try TokenizerFile().with(["decoder"], steps).tokenizer()
        #expect(throws: TokenizerError.self) { try tokenizer.decode([1, 1]) }
    }

    /// What real tokenizers do stays far below: compatibility forms, and every space three bytes.
    @Test func ordinaryGrowth() throws {
        let steps: JSONNode = ["type": "Sequence", "normalizers": [["type": "NFKC"], Self.replace(" ", "▁")]]
        let encoder = TokenEncoder(
            try TokenizerFile().with(["normalizer"], steps)
                .with(["pre_tokenizer"], ["type": "Digits", "individual_digits": true]).tokenizer())
        #expect(try encoder.encode(String(repeating: "\u{FDFA}1", count: 100_000)).isEmpty)
    }

    @Test(arguments: [64, 65])
    func steps(_ count: Int) throws {
        func sequence(_ list: String, _ step: JSONNode) -> JSONNode {
            // Nested, they count all the same.
            let inner: JSONNode = .object([("type", "Sequence"), (list, .array(Array(repeating: step, count: 32)))])
            return .object([("type", "Sequence"), (list, .array([inner] + Array(repeating: step, count: count - 32)))])
        }
        for (place, list, step) in [
            ("normalizer", "normalizers", ["type": "NFC"]),
            ("pre_tokenizer", "pretokenizers", ["type": "Digits", "individual_digits": true]),
        ] as [(String, String, JSONNode)] {
            let file = TokenizerFile().with([.key(place)], sequence(list, step))
            if count == 64 {
                #expect(throws: Never.self) { try file.tokenizer() }
            } else {
                #expect(
                    throws: TokenizerError.invalidField(
                        path: "test.json", field: "\(place).\(list)", reason: "has more than 64 steps")
                ) { try file.tokenizer() }
            }
        }
    }

    @Test func templates() throws {
        func template(_ texts: Int, ids: Int = 0) -> JSONNode {
            let text: JSONNode = ["Sequence": ["id": "A", "type_id": 0]]
            let token: JSONNode = ["SpecialToken": ["id": "<s>", "type_id": 0]]
            return [
                "type": "TemplateProcessing",
                "single": .array(Array(repeating: text, count: texts) + Array(repeating: token, count: ids)),
                "special_tokens": ["<s>": ["id": "<s>", "ids": [0, 1], "tokens": ["<s>", "a"]]],
            ]
        }
        func file(_ steps: [JSONNode]) -> TokenizerFile {
            TokenizerFile().with(["post_processor"], ["type": "Sequence", "processors": .array(steps)])
        }
        #expect(throws: TokenizerError.self) { try file([template(10)]).tokenizer() }
        #expect(throws: TokenizerError.self) { try file([template(2), template(2), template(2)]).tokenizer() }
        #expect(throws: TokenizerError.self) { try file([template(1, ids: 600)]).tokenizer() }
        #expect(throws: TokenizerError.self) { try file([template(1, ids: 400), template(2)]).tokenizer() }
        let encoder = TokenEncoder(try file([template(2, ids: 1), template(2)]).tokenizer())
        #expect(try encoder.encode("c", addingSpecialTokens: true) == [3, 3, 0, 1, 3, 3, 0, 1])
    }
}
