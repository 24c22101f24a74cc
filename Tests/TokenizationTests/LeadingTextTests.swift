import Testing

@testable import Tokenization

/// How much of a normalised text belongs to the first character of the input: the oracle's offsets begin at 0 there.
@Suite struct LeadingTextTests {
    private func leading(_ normalizer: Normalizer, _ text: String) throws -> Int {
        var leading = LeadingText.firstScalarLength(utf8(text))
        _ = try withBytes(utf8(text)) { (bytes) throws(TokenizerError) in
            try normalizer.normalized(bytes, limit: .max, leading: &leading)
        }
        return leading
    }

    @Test func strip() throws {
        let strip = Normalizer.strip(left: true, right: false)
        for (text, expected) in [("the", 1), (" the", 0), ("  the", 0), ("ét", 2)] {
            #expect(try leading(strip, text) == expected, "'\(text)'")
        }
        // What is put in front of the rest takes the place of the rest; an empty match at the front is the front.
        #expect(try leading(.sequence([strip, .prepend(utf8("x"))]), " the") == 0)
        #expect(try leading(.sequence([strip, .prepend(utf8("x"))]), "the") == 2)
        let caret = Normalizer.replace(.regex(try OnigurumaRegex("^")), with: utf8("q"))
        #expect(try leading(.sequence([strip, caret]), " the") > 0)
    }

    /// Content has the place of the last character that it replaces.
    @Test func replace() throws {
        func replace(_ needle: String, _ content: String) -> Normalizer {
            .replace(.literal(utf8(needle)), with: utf8(content))
        }
        #expect(try leading(replace("the", "a"), "the") == 0)
        #expect(try leading(replace("the", "a"), " the") == 1)
        #expect(try leading(replace("t", "abc"), "the") == 3)
        #expect(try leading(replace("t", ""), "the") == 0)
        #expect(try leading(replace("é", "123456789"), "ét") == 9)
        #expect(try leading(.sequence([.prepend(utf8("zz")), replace("zzt", "y")]), "the") == 1)
        #expect(try leading(.sequence([.prepend(utf8("zz")), replace("zzth", "y")]), "the") == 0)
    }

    @Test func unicode() throws {
        let accented = Normalizer.replace(.literal(utf8("e\u{301}")), with: utf8("x"))
        #expect(try leading(.sequence([.unicode(.decomposed), accented]), "ét") == 1)
        #expect(try leading(.sequence([.unicode(.decomposed), accented]), "e\u{301}t") == 0)
        #expect(try leading(.unicode(.composed), "e\u{301}t") == 2)
        #expect(try leading(.lowercase, "\u{130}x") == 3)
    }
}
