import Testing

@testable import Tokenization

/// Ids and texts are those of the Python package tokenizers, exactly.
@Suite struct GoldenTests {
    @Test func allFilesAreThere() {
        #expect(Golden.names.count == 99)
    }

    @Test(arguments: Golden.names)
    func encoding(_ name: String) throws {
        let golden = try Golden(name)
        let encoder = TokenEncoder(golden.tokenizer)
        #expect(!golden.cases.isEmpty)
        // Twice: the second time the words come from the cache.
        for _ in 0..<2 {
            for item in golden.cases {
                #expect(try encoder.encode(item.text) == item.ids, "text \(item.text.debugDescription)")
                #expect(
                    try encoder.encode(item.text, addingSpecialTokens: true) == item.idsWithSpecial,
                    "text \(item.text.debugDescription)")
            }
        }
    }

    @Test(arguments: Golden.names)
    func decoding(_ name: String) throws {
        let golden = try Golden(name)
        let decoder = TextDecoder(golden.tokenizer)
        func check(_ ids: [Int32], _ decoded: String, _ skipping: String) throws {
            #expect(try utf8(golden.tokenizer.decode(ids)) == utf8(decoded), "ids \(ids)")
            #expect(
                try utf8(golden.tokenizer.decode(ids, skippingSpecialTokens: true)) == utf8(skipping), "ids \(ids)")
            #expect(try utf8(decoder.decode(ids[...])) == utf8(decoded), "ids \(ids)")
        }
        for item in golden.cases { try check(item.idsWithSpecial, item.decoded, item.decodedSkippingSpecial) }
        for item in golden.decodeCases { try check(item.ids, item.decoded, item.decodedSkippingSpecial) }
    }

    @Test(arguments: ["gpt2", "llama2"])
    func idsThatNoTokenHas(_ name: String) throws {
        let tokenizer = try Golden(name).tokenizer
        let decoder = TextDecoder(tokenizer)
        for id in [-1, .min, Int32(tokenizer.idLimit), .max] {
            #expect(throws: TokenizerError.unknownID(id)) { try decoder.decode([0, id]) }
        }
        #expect(try decoder.decode([]) == "")
    }

    @Test(arguments: Golden.names)
    func tokensRoundTrip(_ name: String) throws {
        let tokenizer = try Golden(name).tokenizer
        var found = 0
        for id in 0..<Int32(tokenizer.idLimit) {
            guard let token = tokenizer.token(of: id) else { continue }
            #expect(tokenizer.id(of: token) == id)
            found += 1
        }
        #expect(found == tokenizer.count)
        #expect(tokenizer.token(of: -1) == nil)
        #expect(tokenizer.token(of: Int32(tokenizer.idLimit)) == nil)
    }
}
