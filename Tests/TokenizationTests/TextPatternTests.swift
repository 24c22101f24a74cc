import Testing

@testable import Tokenization

@Suite struct TextPatternTests {
    private func replaced(_ pattern: TextPattern, _ text: [UInt8], _ content: [UInt8]) throws -> [UInt8]? {
        try withBytes(text) { (text) throws(TokenizerError) in
            var leading = 0
            return try pattern.replacingMatches(in: text, with: content, limit: .max, leading: &leading)
        }
    }

    /// One byte for up to eight goes a way of its own, more than eight and longer needles the general one.
    @Test(arguments: 0...10)
    func oneByte(_ width: Int) throws {
        var generator = SplitMix64(seed: 16)
        let content = (0..<width).map { UInt8(0x41 + $0) }
        for _ in 0..<caseCount(5_000) {
            let text = (0..<generator.below(generator.below(20) == 0 ? 600 : 40)).map { _ in
                generator.pick([UInt8(ascii: " "), UInt8(ascii: " "), 0x00, 0x21, 0xA0, 0xFF])
            }
            let expected = text.flatMap { $0 == ASCII.space ? content : [$0] }
            let output = try replaced(.literal([ASCII.space]), text, content)
            try #require(output == (text.contains(ASCII.space) ? expected : nil))
        }
    }

    @Test func literalsEqualRegularExpressions() throws {
        var generator = SplitMix64(seed: 17)
        for needle in ["a", "aa", "aab", "é", "é ", "ab"] {
            let regex = TextPattern.regex(try OnigurumaRegex(needle))
            for _ in 0..<caseCount(3_000) {
                let text = utf8((0..<generator.below(30)).map { _ in generator.pick(["a", "b", "é", " "]) }.joined())
                try #require(
                    try replaced(.literal(utf8(needle)), text, utf8("xy")) == replaced(regex, text, utf8("xy")))
                let (literal, matched) = try withBytes(text) { (text) throws(TokenizerError) in
                    (try TextPattern.literal(utf8(needle)).matches(in: text), try regex.matches(in: text))
                }
                try #require(literal == matched)
            }
        }
    }

    @Test func countingBytes() {
        var generator = SplitMix64(seed: 18)
        for length in 0..<600 {
            let byte = generator.pick([UInt8(0), 0x20, 0x7F, 0x80, 0x81, 0xFF])
            let near = [byte, byte ^ 1, byte ^ 0x80, byte &+ 1]
            for bytes in [
                [UInt8](repeating: byte, count: length), (0..<length).map { _ in generator.pick(near) },
            ] {
                let count = bytes.withUnsafeBufferPointer { ByteSearch.count(of: byte, in: $0) }
                #expect(count == bytes.count { $0 == byte })
            }
        }
    }
}
