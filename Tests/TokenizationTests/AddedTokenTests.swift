import JSON
import Testing

@testable import Tokenization

@Suite struct AddedTokenTests {
    /// What a token of a test looks like: its text, and the flags as letters: w(ord), l(strip), r(strip).
    struct Pattern: ExpressibleByStringLiteral, Sendable {
        var content: String
        var flags = ""

        init(stringLiteral value: String) { content = value }

        init(_ content: String, _ flags: String) {
            self.content = content
            self.flags = flags
        }
    }

    private func matcher(_ patterns: [Pattern]) -> AddedTokenMatcher {
        let tokens = patterns.enumerated().map { index, pattern in
            let token = AddedToken(
                content: pattern.content, id: Int32(index), singleWord: pattern.flags.contains("w"),
                stripsLeft: pattern.flags.contains("l"), stripsRight: pattern.flags.contains("r"), normalized: false,
                special: false)
            return (token: token, pattern: utf8(pattern.content))
        }
        return AddedTokenMatcher(tokens)
    }

    /// The stretches of a text; those of tokens in angle brackets, with the number of the token.
    private func stretches(_ patterns: [Pattern], _ text: String) throws -> [String] {
        let matcher = matcher(patterns)
        var stretches: [String] = []
        try withBytes(utf8(text)) { (bytes) throws(TokenizerError) in
            try matcher.forEachStretch(of: bytes) { range, id in
                let stretch = String(decoding: bytes[range], as: UTF8.self)
                stretches.append(id.map { "\($0)<\(stretch)>" } ?? stretch)
            }
        }
        return stretches
    }

    @Test(
        arguments: [
            ([], "ab", ["ab"]),
            (["ab"], "", []),
            (["ab"], "xaab", ["xa", "0<ab>"]),
            (["ab", "abc"], "xabcab", ["x", "1<abc>", "0<ab>"]),
            (["abc", "bcd"], "abcd", ["0<abc>", "d"]),
            (["abcd", "bc"], "abcx", ["a", "1<bc>", "x"]),
            (["abab"], "ababab", ["0<abab>", "ab"]),
            (["a", "b"], "ba", ["1<b>", "0<a>"]),
            (["x", "x"], "x", ["0<x>"]),
            (["é"], "ée\u{301}", ["0<é>", "e\u{301}"]),
            (["e\u{301}"], "ée\u{301}", ["é", "0<e\u{301}>"]),
        ] as [([Pattern], String, [String])])
    func leftmostLongest(_ patterns: [Pattern], _ text: String, _ expected: [String]) throws {
        #expect(try stretches(patterns, text).map(utf8) == expected.map(utf8))
    }

    @Test(arguments: [
        ("ab abx ab.", ["0<ab>", " abx ", "0<ab>", "."]), ("ab_", ["ab_"]), ("1ab", ["1ab"]), ("éab", ["éab"]),
        ("ab\u{301}", ["ab\u{301}"]), ("ab\u{200D}", ["ab\u{200D}"]), ("漢ab", ["漢ab"]), ("-ab-", ["-", "0<ab>", "-"]),
        ("\u{200B}ab", ["\u{200B}", "0<ab>"]), ("abab", ["abab"]),
    ])
    func singleWord(_ text: String, _ expected: [String]) throws {
        #expect(try stretches([Pattern("ab", "w")], text) == expected)
    }

    /// A match that single_word refuses is gone: neither a shorter token nor one inside it is tried.
    @Test func refusedMatchesAreConsumed() throws {
        #expect(try stretches(["ab", Pattern("abc", "w")], "abcd ab") == ["abcd ", "0<ab>"])
        #expect(try stretches([Pattern("abc", "w"), "bcd"], "abcd bcd") == ["abcd ", "1<bcd>"])
    }

    @Test(arguments: [
        ("l", "x  <a> y", ["x", "0<  <a>>", " y"]), ("r", "x <a> \n\u{A0}y", ["x ", "0<<a> \n\u{A0}>", "y"]),
        ("lr", " <a> ", ["0< <a> >"]), ("l", "\u{3000}\u{85}\t<a>", ["0<\u{3000}\u{85}\t<a>>"]),
        ("l", "\u{200B}<a>", ["\u{200B}", "0<<a>>"]), ("r", "<a>\u{180E}", ["0<<a>>", "\u{180E}"]),
        ("lr", "<a>  <a>", ["0<<a>  >", "0<<a>>"]), ("l", "<a>  <a>", ["0<<a>>", "0<  <a>>"]),
        ("wl", "x <a>", ["x", "0< <a>>"]), ("wl", "x<a>", ["x<a>"]),
    ])
    func stripping(_ flags: String, _ text: String, _ expected: [String]) throws {
        #expect(try stretches([Pattern("<a>", flags)], text) == expected)
    }

    /// What one token absorbed the next may begin with: both are there all the same.
    @Test func aTokenInAbsorbedWhiteSpace() throws {
        #expect(try stretches([Pattern("<a>", "r"), " q"], "<a>  q") == ["0<<a>  >", "1< q>"])
    }

    /// A match that another has wholly absorbed is no match; where it ends in front of its own begin the oracle gives
    /// up, and here it is none either.
    @Test(arguments: [
        ("<a> ", ["0<<a> >"]), ("<a> x", ["0<<a> >", "x"]), ("<a>  x", ["0<<a>  >", "x"]),
        (" <a>\n x", ["1< >", "0<<a>\n >", "x"]),
    ])
    func anAbsorbedToken(_ text: String, _ expected: [String]) throws {
        #expect(try stretches([Pattern("<a>", "r"), Pattern(" ", "l")], text) == expected)
    }

    /// Every space is a match that looks at the run of spaces around it, and the run is scanned once.
    @Test(arguments: ["l", "r", "lr"])
    func longWhiteSpace(_ flags: String) throws {
        let count = 200_000
        let matcher = matcher([Pattern(" ", flags)])
        var found = 0
        let duration = try ContinuousClock().measure {
            try withBytes(utf8("a" + String(repeating: " ", count: count) + "b")) { (bytes) throws(TokenizerError) in
                try matcher.forEachStretch(of: bytes) { _, id in found += id == nil ? 0 : 1 }
            }
        }
        // With both, the first space absorbs the others.
        #expect(found == (flags == "lr" ? 1 : count))
        // Scanned for every space, this takes minutes.
        #expect(duration < .seconds(5))
    }

    @Test func randomTextsLoseNoByte() throws {
        let patterns: [Pattern] = [
            "ab", Pattern("abc", "w"), Pattern("b c", "l"), Pattern("<", "r"), Pattern("é", "lr"),
        ]
        var generator = SplitMix64(seed: 13)
        for _ in 0..<caseCount(20_000) {
            let text = (0..<generator.below(12)).map { _ in generator.pick(["a", "b", "c", " ", "<", "é", "\n"]) }
                .joined()
            var shown = ""
            for stretch in try stretches(patterns, text) {
                let isToken = stretch.first?.isNumber == true
                shown += isToken ? String(stretch.dropFirst(2).dropLast()) : stretch
            }
            try #require(shown == text)
        }
    }

    // Loading, and the two passes.

    private func tokenizer(_ added: [JSONNode], normalizer: JSONNode = nil) throws -> Tokenizer {
        try TokenizerFile().with(["added_tokens"], .array(added)).with(["normalizer"], normalizer).tokenizer()
    }

    /// The id is that of the vocabulary or the next free one, whatever the file says.
    @Test func ids() throws {
        let tokenizer = try tokenizer([
            TokenizerFile.added("<x>", 90), TokenizerFile.added("abc", 90), TokenizerFile.added("", 91),
            TokenizerFile.added("<y>", 92), TokenizerFile.added("<x>", 93, special: true),
        ])
        #expect(tokenizer.addedTokens.map(\.content) == ["<x>", "abc", "<y>"])
        #expect(tokenizer.addedTokens.map(\.id) == [7, 5, 8])
        #expect(tokenizer.addedTokens.map(\.special) == [true, false, false])
        #expect(tokenizer.idLimit == 9)
        #expect(tokenizer.count == 9)
        #expect(tokenizer.id(of: "<y>") == 8)
        #expect(tokenizer.token(of: 8) == "<y>")
    }

    @Test func canonicallyEquivalentTokensAreTwo() throws {
        let tokenizer = try tokenizer([
            TokenizerFile.added("é", 7), TokenizerFile.added("e\u{301}", 8, special: true),
        ])
        #expect(tokenizer.addedTokens.count == 2)
        #expect(tokenizer.id(of: "é") == 7)
        #expect(tokenizer.id(of: "e\u{301}") == 8)
        #expect(try TokenEncoder(tokenizer).encode("e\u{301}é") == [8, 7])
        #expect(try utf8(tokenizer.decode([7, 8])) == utf8("é e\u{301}"))
        #expect(try utf8(tokenizer.decode([7, 8], skippingSpecialTokens: true)) == utf8("é"))
        #expect(tokenizer.ids(containing: ["\u{301}"]) == [8])
    }

    /// Tokens that are not normalised are found in the text as it is, the others in the normalised text.
    @Test func twoPasses() throws {
        let tokenizer = try tokenizer(
            [TokenizerFile.added("AB", 7, normalized: true), TokenizerFile.added("CC", 8)],
            normalizer: ["type": "Lowercase"])
        let encoder = TokenEncoder(tokenizer)
        #expect(try encoder.encode("aBCCAbcc") == [7, 8, 7, 3, 3])
        // Decoded, a normalised token reads as it was found.
        #expect(try tokenizer.decode([7, 8]) == "ab CC")
    }

    @Test func aNormalizerThatLeavesNothing() throws {
        let strip: JSONNode = ["type": "Strip", "strip_left": true, "strip_right": true]
        #expect(
            throws: TokenizerError.invalidField(
                path: "test.json", field: "the top level",
                reason: "has the added token '  ', which normalizes to nothing")
        ) { try tokenizer([TokenizerFile.added("  ", 7, normalized: true)], normalizer: strip) }
        let other = try tokenizer([TokenizerFile.added("<x>", 7, normalized: true)], normalizer: strip)
        #expect(try TokenEncoder(other).encode("  a b  ") == [1, 6, 2])
        #expect(try TokenEncoder(other).encode("  ") == [])
    }
}
