import JSON
import Testing

@testable import Reports

@Suite struct TokenTextTests {
    private static func bytes(_ tokens: [UInt8]...) -> [[UInt8]?] { tokens }

    @Test func tokensOfOneCharacterAreJoined() {
        // An emoji of four bytes in three tokens between two whole ones.
        let tokens = Self.bytes([0x61], [0x20, 0xF0, 0x9F], [0x8E], [0x89], [0x62])
        #expect(TokenText.runs(tokens) == [1..<4])
    }

    @Test func neighbouringCharactersAreNotJoined() {
        let tokens = Self.bytes([0xE4, 0xBD], [0xA0], [0xE5, 0xA5], [0xBD], [0xE6, 0x98, 0xAF])
        #expect(TokenText.runs(tokens) == [0..<2, 2..<4])
    }

    @Test func brokenCharactersEndWhereTheyBreak() {
        #expect(TokenText.runs(Self.bytes([0xE4], [0x61], [0xA0], [0xFF])).isEmpty)
        #expect(TokenText.runs([[0xE4], nil, [0xA0]]).isEmpty)
        #expect(TokenText.runs([]).isEmpty)
        #expect(TokenText.runs(Self.bytes([0xF0], [])).isEmpty)
    }

    @Test func runsAreBounded() {
        let run = TokenText.runs([[0xF0, 0x9F, 0xF0]] + Array(repeating: [0x80, 0xF0], count: 30))
        #expect(run.allSatisfy { $0.count <= 8 })
    }

    @Test func bytesAreShownWhereTheyAreNoText() {
        #expect(TokenText.hexadecimal(Array("h\u{E9}".utf8)) == nil)
        #expect(TokenText.hexadecimal([0x09, 0xBD]) == "09 BD")
        #expect(TokenText.node(id: 3, [0xBD]) == [3, "\u{FFFD}", "BD"])
        #expect(TokenText.node(id: 3, Array("x".utf8)) == [3, "x"])
        #expect(TokenText.node(id: 3, nil) == [3])
        #expect(TokenText.text(Array(repeating: 0x61, count: 1000)).utf8.count < 300)
    }

    @Test func whatIsCutLeavesNoHalfCharacters() {
        #expect(TokenText.withoutLeadingRest([0x8E, 0x89, 0x61]) == [0x61])
        #expect(TokenText.withoutTrailingRest([0x61, 0xF0, 0x9F]) == [0x61])
        #expect(TokenText.withoutTrailingRest(Array("a\u{E9}".utf8)) == Array("a\u{E9}".utf8))
    }
}
