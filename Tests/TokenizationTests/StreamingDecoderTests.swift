import Testing

@testable import Tokenization

@Suite struct StreamingDecoderTests {
    static func streamed(_ ids: [Int32], _ decoder: TextDecoder) throws -> [UInt8] {
        var stream = StreamingDecoder(decoder)
        var bytes: [UInt8] = []
        for id in ids { bytes += try stream.append(id) }
        return try utf8(String(decoding: bytes + stream.finish(), as: UTF8.self))
    }

    /// Texts that an encoder made come out of every tokenizer as they come out at once.
    @Test(arguments: Golden.names)
    func endToEnd(_ name: String) throws {
        let golden = try Golden(name)
        let decoder = TextDecoder(golden.tokenizer)
        for item in golden.cases {
            #expect(try Self.streamed(item.ids, decoder) == utf8(golden.tokenizer.decode(item.ids)), "ids \(item.ids)")
        }
    }

    @Test func bytesComeAtOnce() throws {
        let golden = try Golden("gpt2")
        var stream = StreamingDecoder(TextDecoder(golden.tokenizer))
        for item in golden.cases {
            for id in item.ids {
                let token = try #require(golden.tokenizer.token(of: id))
                #expect(try stream.append(id) == TokenDecoder.byteLevelBytes(utf8(token)))
            }
        }
        #expect(try stream.finish() == [])
    }

    @Test func unknownIDsChangeNothing() throws {
        for name in ["gpt2", "llama2"] {
            let golden = try Golden(name)
            let item = try #require(golden.cases.first { $0.ids.count > 2 })
            var stream = StreamingDecoder(TextDecoder(golden.tokenizer))
            var bytes: [UInt8] = []
            for id in item.ids {
                #expect(throws: TokenizerError.unknownID(-1)) { try stream.append(-1) }
                bytes += try stream.append(id)
            }
            bytes += try stream.finish()
            #expect(try bytes == utf8(golden.tokenizer.decode(item.ids)))
        }
    }
}
