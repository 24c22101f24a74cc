import Testing

@testable import Tokenization

@Suite struct UTF8ValidationTests {
    private func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { UTF8Validation.firstInvalidByte(in: $0) }
    }

    /// Valid text with bytes changed, dropped and put in, compared with the standard library.
    @Test func agreesWithTheStandardLibrary() throws {
        var random = RandomText(seed: 3)
        var generator = SplitMix64(seed: 4)
        var invalid = 0
        for _ in 0..<caseCount(60_000) {
            var bytes = Array(repeating: UInt8(ascii: "a"), count: generator.below(70)) + utf8(random.text(runs: 4))
            for _ in 0..<generator.below(3) where !bytes.isEmpty {
                let index = generator.below(bytes.count)
                switch generator.below(4) {
                case 0: bytes[index] = UInt8(generator.below(256))
                case 1: bytes[index] ^= 1 << UInt8(generator.below(8))
                case 2: bytes.remove(at: index)
                default:
                    bytes.insert(generator.pick([0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xF5]), at: index)
                }
            }
            let found = firstInvalidByte(bytes)
            try #require((found == nil) == (String(validating: bytes, as: UTF8.self) != nil), "bytes \(bytes)")
            guard let found else { continue }
            invalid += 1
            // Everything before is whole, and nothing that begins there is.
            try #require(String(validating: bytes[..<found], as: UTF8.self) != nil, "bytes \(bytes)")
            for length in 1...4 where found + length <= bytes.count {
                try #require(String(validating: bytes[..<(found + length)], as: UTF8.self) == nil, "bytes \(bytes)")
            }
        }
        #expect(invalid > 1_000)
    }

    @Test(arguments: [
        ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xE0, 0x9F, 0xBF], 0), ([0xED, 0xA0, 0x80], 0),
        ([0xF0, 0x8F, 0xBF, 0xBF], 0), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0x41, 0x80], 1),
        ([0x41, 0xC3], 1), ([0xE2, 0x82], 0), ([0xC3, 0xA9, 0xF0, 0x9F, 0x98], 2), ([0xFF], 0),
    ])
    func refuses(_ bytes: [UInt8], _ place: Int) {
        #expect(firstInvalidByte(bytes) == place)
    }

    @Test(arguments: ["", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10FFFF}"])
    func takes(_ text: String) {
        #expect(firstInvalidByte(utf8(text)) == nil)
    }

    @Test func encoderNamesThePlace() throws {
        let encoder = TokenEncoder(try Golden("gpt2").tokenizer)
        var ids: [Int32] = []
        #expect(throws: TokenizerError.invalidUTF8(byte: 2)) {
            try encoder.encode([0x41, 0x42, 0xFF], into: &ids)
        }
        #expect(ids.isEmpty)
    }
}
