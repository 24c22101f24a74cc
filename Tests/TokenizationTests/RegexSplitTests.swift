import Testing

@testable import Tokenization

/// The pieces that tokenizers 0.23.3 makes of odd patterns, with letters that came after Unicode 14 (U+1C89, U+1C8A,
/// U+A7CB, U+1E4D0) and a digit (U+10D40).
@Suite struct RegexSplitTests {
    struct Split: Sendable, CustomTestStringConvertible {
        let pattern: String
        let text: String
        let isolated: [String]
        let removed: [String]
        let inverted: [String]

        init(_ pattern: String, _ text: String, isolated: [String], removed: [String], inverted: [String]) {
            (self.pattern, self.text) = (pattern, text)
            (self.isolated, self.removed, self.inverted) = (isolated, removed, inverted)
        }

        var testDescription: String { pattern }
    }

    @Test(arguments: splits) func piecesAreTheOnesOfTheOracle(_ split: Split) throws {
        let pattern = TextPattern.regex(try OnigurumaRegex(split.pattern))
        for (behavior, invert, expected) in [
            (SplitBehavior.isolated, false, split.isolated), (.removed, false, split.removed),
            (.removed, true, split.inverted),
        ] {
            let bytes = utf8(split.text)
            let pretokenizer = Pretokenizer(steps: [.split(pattern, behavior, invert: invert)])
            let buffer = try withBytes(bytes) { (text) throws(TokenizerError) in
                try pretokenizer.pieces(of: text, leading: 0, limit: .max)
            }
            let pieces = buffer.pieces.map { Array(buffer.bytes[$0]) }
            // By bytes: strings are equal by canonical equivalence.
            #expect(pieces == expected.map(utf8), "\(behavior) \(invert)")
        }
    }

    // The lines of the table are as long as their cases.
    // swift-format-ignore
    static let splits: [Split] = [
        Split(#"\N+"#, "a b\u{a}c\u{d}\u{a}", isolated: ["a b", "\u{a}", "c\u{d}", "\u{a}"], removed: ["\u{a}", "\u{a}"], inverted: ["a b", "c\u{d}"]),
        Split(#"(?W:\w)"#, "a\u{e9}_1\u{6f22}", isolated: ["a", "\u{e9}", "_", "1", "\u{6f22}"], removed: ["\u{e9}", "\u{6f22}"], inverted: ["a", "_", "1"]),
        Split(#"(?i:\p{Lu}\p{L}*)|\d"#, "abCd\u{c9}\u{e9}3x\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}4", isolated: ["ab", "Cd\u{c9}\u{e9}", "3", "x", "\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "4"], removed: ["ab", "x"], inverted: ["Cd\u{c9}\u{e9}", "3", "\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "4"]),
        Split(#"[[:punct:]]+"#, "a+$<=>^`|~-!\u{ab}\u{20ac}_\u{2014}b", isolated: ["a", "+$<=>^`|~-!\u{ab}\u{20ac}_\u{2014}", "b"], removed: ["a", "b"], inverted: ["+$<=>^`|~-!\u{ab}\u{20ac}_\u{2014}"]),
        Split(#"\p{Punct}+"#, "a+$-!\u{ab}\u{20ac}_\u{2014}b", isolated: ["a+$", "-!\u{ab}", "\u{20ac}", "_\u{2014}", "b"], removed: ["a+$", "\u{20ac}", "b"], inverted: ["-!\u{ab}", "_\u{2014}"]),
        Split(#"(?#[)\p{L}+|\s+"#, "ab [c\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}d]", isolated: ["ab", " ", "[", "c\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}d", "]"], removed: ["[", "]"], inverted: ["ab", " ", "c\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}d"]),
        Split(#"\r?\n|\w+|[^\w\s]+"#, "a\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}\u{b2}\u{d}\u{a}--b\u{a}", isolated: ["a\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}\u{b2}", "\u{d}\u{a}", "--", "b", "\u{a}"], removed: [], inverted: ["a\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}\u{b2}", "\u{d}\u{a}", "--", "b", "\u{a}"]),
        Split(#"\d{1,3}(?=(?:\d{3})*\b)"#, "1234567 ab89", isolated: ["1", "234", "567", " ab", "89"], removed: [" ab"], inverted: ["1", "234", "567", "89"]),
        Split(#"[^\W\d_]+"#, "a_b1\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}\u{b2}\u{b3}x", isolated: ["a", "_", "b", "1", "\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "\u{b2}\u{b3}", "x"], removed: ["_", "1", "\u{b2}\u{b3}"], inverted: ["a", "b", "\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "x"]),
        Split(#"[[:alpha:]]+"#, "a\u{2167}\u{345}b\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}1", isolated: ["a\u{2167}\u{345}b\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "1"], removed: ["1"], inverted: ["a\u{2167}\u{345}b\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}"]),
        Split(#"[[:^alpha:]]+"#, "a\u{2167}1 \u{1c89}-", isolated: ["a\u{2167}", "1 ", "\u{1c89}", "-"], removed: ["a\u{2167}", "\u{1c89}"], inverted: ["1 ", "-"]),
        Split(#"[^[:alnum:]\s]+"#, "a1\u{1c89}- +", isolated: ["a1\u{1c89}", "-", " ", "+"], removed: ["a1\u{1c89}", " "], inverted: ["-", "+"]),
        Split(#"[[:upper:]]+[[:lower:]]*"#, "aBc\u{c9}\u{c9}\u{e9}\u{1c89}\u{1c8a}\u{2167}\u{24d0}", isolated: ["a", "Bc", "\u{c9}\u{c9}\u{e9}", "\u{1c89}\u{1c8a}", "\u{2167}\u{24d0}"], removed: ["a"], inverted: ["Bc", "\u{c9}\u{c9}\u{e9}", "\u{1c89}\u{1c8a}", "\u{2167}\u{24d0}"]),
        Split(#"\p{Upper}|\p{Lowercase}+"#, "a\u{aa}B\u{24d0}\u{a7cb}\u{6f22}", isolated: ["a\u{aa}", "B", "\u{24d0}", "\u{a7cb}", "\u{6f22}"], removed: ["\u{6f22}"], inverted: ["a\u{aa}", "B", "\u{24d0}", "\u{a7cb}"]),
        Split(#"[[:graph:]]+"#, "a \u{1c89}\u{a0}\u{85}\u{feff}b", isolated: ["a", " ", "\u{1c89}", "\u{a0}\u{85}", "\u{feff}b"], removed: [" ", "\u{a0}\u{85}"], inverted: ["a", "\u{1c89}", "\u{feff}b"]),
        Split(#"[^[:print:]]+"#, "a \u{1c89}\u{85}\u{2028}\u{feff}b\u{378}", isolated: ["a \u{1c89}", "\u{85}\u{2028}", "\u{feff}b", "\u{378}"], removed: ["a \u{1c89}", "\u{feff}b"], inverted: ["\u{85}\u{2028}", "\u{378}"]),
        Split(#"[[:word:]]+"#, "a\u{b2}b_\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}-", isolated: ["a", "\u{b2}", "b_\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "-"], removed: ["\u{b2}", "-"], inverted: ["a", "b_\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}"]),
        Split(#"\p{Word}+"#, "a\u{b2}b_\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}-", isolated: ["a\u{b2}b_\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}", "-"], removed: ["-"], inverted: ["a\u{b2}b_\u{1c89}\u{1c8a}\u{a7cb}\u{1e4d0}"]),
        Split(#"\w+|\W"#, "a\u{b2}-\u{1c89} \u{bd}", isolated: ["a\u{b2}", "-", "\u{1c89}", " ", "\u{bd}"], removed: [], inverted: ["a\u{b2}", "-", "\u{1c89}", " ", "\u{bd}"]),
        Split(#"[\w']+|[^\w\s]"#, "it's \u{b2}\u{1c89}!", isolated: ["it's", " ", "\u{b2}", "\u{1c89}", "!"], removed: [" "], inverted: ["it's", "\u{b2}", "\u{1c89}", "!"]),
        Split("(?x) \\p{L}+ # [ ) letters \\w\u{a} | \\s+", "a\u{1c89} #b1", isolated: ["a\u{1c89}", " ", "#", "b", "1"], removed: ["#", "1"], inverted: ["a\u{1c89}", " ", "b"]),
        Split(#"(?x: \w ) #|-"#, "a#b# #-", isolated: ["a#b# #", "-"], removed: ["a#b# #"], inverted: ["-"]),
        Split(#"[]\w]+"#, "a]\u{1c89}-b", isolated: ["a]\u{1c89}", "-", "b"], removed: ["-"], inverted: ["a]\u{1c89}", "b"]),
        Split(#"[^]\w]+"#, "a]-\u{1c89}+]", isolated: ["a]", "-", "\u{1c89}", "+", "]"], removed: ["a]", "\u{1c89}", "]"], inverted: ["-", "+"]),
        Split(#"[\p{Cs}a]+|\p{Cs}|b"#, "aab\u{e000}c", isolated: ["aa", "b", "\u{e000}c"], removed: ["\u{e000}c"], inverted: ["aa", "b"]),
        Split(#"(?P:[[:punct:]]+)|\p{Alnum}+"#, "a$\u{1c89}\u{ab}+\u{e9}", isolated: ["a", "$", "\u{1c89}", "\u{ab}", "+", "\u{e9}"], removed: ["\u{ab}"], inverted: ["a", "$", "\u{1c89}", "+", "\u{e9}"]),
        Split(#"a(?W)b|\w"#, "abac\u{e9}b", isolated: ["ab", "ac", "\u{e9}b"], removed: ["\u{e9}b"], inverted: ["ab", "ac"]),
        Split(#"(?i)\w(?-i)A"#, "\u{e9}A\u{e9}a\u{1c89}A", isolated: ["\u{e9}A", "\u{e9}a", "\u{1c89}A"], removed: ["\u{e9}a"], inverted: ["\u{e9}A", "\u{1c89}A"]),
        Split(#"(?D)\p{Nd}|\d"#, "1\u{661}\u{10d40}", isolated: ["1", "\u{661}", "\u{10d40}"], removed: [], inverted: ["1", "\u{661}", "\u{10d40}"]),
        Split(#"\d+|\D"#, "1\u{10d40}2x", isolated: ["1\u{10d40}2", "x"], removed: [], inverted: ["1\u{10d40}2", "x"]),
        Split(#"\c[\w"#, "\u{1b}a\u{1b}\u{1c89}[", isolated: ["\u{1b}a", "\u{1b}\u{1c89}", "["], removed: ["["], inverted: ["\u{1b}a", "\u{1b}\u{1c89}"]),
        Split(#"[[:a]\w]+"#, "a:\u{1c89}]b", isolated: ["a:\u{1c89}", "]", "b"], removed: ["]"], inverted: ["a:\u{1c89}", "b"]),
        Split(#"\p{Assigned}+"#, "a\u{1c89}\u{378}b", isolated: ["a\u{1c89}", "\u{378}", "b"], removed: ["\u{378}"], inverted: ["a\u{1c89}", "b"]),
        Split(#"[\p{L}&&[^a-z]]+"#, "abC\u{1c89}d", isolated: ["ab", "C\u{1c89}", "d"], removed: ["ab", "d"], inverted: ["C\u{1c89}"]),
        Split(#"[a-z&&\w]+"#, "ab1C", isolated: ["ab", "1C"], removed: ["1C"], inverted: ["ab"]),
        Split(#"(?i:[\p{Lu}]+)"#, "aB1\u{2170}", isolated: ["aB", "1\u{2170}"], removed: ["1\u{2170}"], inverted: ["aB"]),
        Split(#"(?i)\p{Lu}+"#, "aB1\u{2170}\u{c9}\u{e9}", isolated: ["a", "B", "1\u{2170}", "\u{c9}", "\u{e9}"], removed: ["a", "1\u{2170}", "\u{e9}"], inverted: ["B", "\u{c9}"]),
        Split(#"\p{^L}+|\P{^L}"#, "a1 \u{1c89}", isolated: ["a", "1 ", "\u{1c89}"], removed: [], inverted: ["a", "1 ", "\u{1c89}"]),
        Split(#"[^\p{L}\P{N}]"#, "a1\u{b2}-", isolated: ["a", "1", "\u{b2}", "-"], removed: ["a", "-"], inverted: ["1", "\u{b2}"]),
        Split(#"[\w.-]+"#, "a-.\u{1c89}b+", isolated: ["a-.\u{1c89}b", "+"], removed: ["+"], inverted: ["a-.\u{1c89}b"]),
        Split(#"\b"#, "a \u{a7cb}\u{1c89}-\u{b2}", isolated: ["a", " ", "\u{a7cb}\u{1c89}", "-", "\u{b2}"], removed: ["a", " ", "\u{a7cb}\u{1c89}", "-", "\u{b2}"], inverted: []),
        Split(#"\B"#, "a \u{a7cb}\u{1c89}-\u{b2}", isolated: ["a \u{a7cb}", "\u{1c89}-\u{b2}"], removed: ["a \u{a7cb}", "\u{1c89}-\u{b2}"], inverted: []),
        Split(#"(?i)\b\p{Garay}+|\p{LC}"#, "a\u{10d50}\u{10d70}-\u{1c89}", isolated: ["a", "\u{10d50}", "\u{10d70}", "-", "\u{1c89}"], removed: ["-"], inverted: ["a", "\u{10d50}", "\u{10d70}", "\u{1c89}"]),
        Split(#"\h+|\R"#, "fFg\u{d}\u{a}\u{85}", isolated: ["fF", "g", "\u{d}\u{a}", "\u{85}"], removed: ["g"], inverted: ["fF", "\u{d}\u{a}", "\u{85}"]),
        Split(#"(?#a\)[)\w+"#, "a(b)\u{1c89} c", isolated: ["a", "(", "b", ")", "\u{1c89}", " ", "c"], removed: ["(", ")", " "], inverted: ["a", "b", "\u{1c89}", "c"]),
        Split(#"x*"#, "axx\u{1c89}", isolated: ["a", "xx", "\u{1c89}"], removed: ["a", "\u{1c89}"], inverted: ["xx"]),
    ]
}
