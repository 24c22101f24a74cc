import Testing

@testable import Tokenization

@Suite struct SplitBehaviorTests {
    static let texts = ["the-final--countdown", "--a-b-", "-", ""]

    @Test(arguments: [
        (SplitBehavior.removed, false, ["the final countdown", "a b", "", ""]),
        (.removed, true, ["- - -", "- - - -", "-", ""]),
        (.isolated, false, ["the - final - - countdown", "- - a - b -", "-", ""]),
        (.isolated, true, ["the - final - - countdown", "- - a - b -", "-", ""]),
        (.mergedWithPrevious, false, ["the- final- - countdown", "- - a- b-", "-", ""]),
        (.mergedWithPrevious, true, ["the -final - -countdown", "- -a -b -", "-", ""]),
        (.mergedWithNext, false, ["the -final - -countdown", "- -a -b -", "-", ""]),
        (.mergedWithNext, true, ["the- final- - countdown", "- - a- b-", "-", ""]),
        (.contiguous, false, ["the - final -- countdown", "-- a - b -", "-", ""]),
        (.contiguous, true, ["the - final -- countdown", "-- a - b -", "-", ""]),
    ])
    func table(_ behavior: SplitBehavior, _ invert: Bool, _ expected: [String]) throws {
        let hyphen = utf8("-")
        let patterns: [TextPattern] = [
            .literal(hyphen), .regex(try OnigurumaRegex("-")), .scalars(ScalarSet(ranges: [0x2D...0x2D])),
        ]
        for pattern in patterns {
            let pretokenizer = Pretokenizer(steps: [.split(pattern, behavior, invert: invert)])
            for (text, expected) in zip(Self.texts, expected) {
                #expect(try pieces(text, pretokenizer).joined(separator: " ") == expected)
            }
        }
    }

    @Test func emptyMatchesCutButLeaveNoPiece() throws {
        let pretokenizer = Pretokenizer(steps: [.split(.regex(try OnigurumaRegex("(?=b)")), .isolated, invert: false)])
        #expect(try pieces("abab", pretokenizer) == ["a", "ba", "b"])
    }

    @Test func literalsDoNotOverlap() throws {
        let pretokenizer = Pretokenizer(steps: [.split(.literal(utf8("aa")), .isolated, invert: false)])
        #expect(try pieces("aaaaab", pretokenizer) == ["aa", "aa", "ab"])
    }

    /// An empty needle cuts between all characters, whatever becomes of its matches.
    @Test(
        arguments: [.removed, .isolated, .mergedWithPrevious, .mergedWithNext, .contiguous] as [SplitBehavior],
        [false, true])
    func emptyLiterals(_ behavior: SplitBehavior, _ invert: Bool) throws {
        let pretokenizer = Pretokenizer(steps: [.split(.literal([]), behavior, invert: invert)])
        let removesText = behavior == .removed && invert
        #expect(try pieces("aéb", pretokenizer) == (removesText ? [] : ["a", "é", "b"]))
        #expect(try pieces("a", pretokenizer) == (removesText ? [] : ["a"]))
    }

    /// Where a Split removed the beginning, nothing is first.
    @Test(arguments: [("the", ["▁the"]), (" the", ["the"]), ("t e", ["▁t", "e"])])
    func metaspaceAfterRemovedText(_ text: String, _ expected: [String]) throws {
        let metaspace = PretokenizerStep.metaspace(replacement: utf8("▁"), prepend: .first, split: false)
        let removal = PretokenizerStep.split(.literal(utf8(" ")), .removed, invert: false)
        #expect(try pieces(text, Pretokenizer(steps: [removal, metaspace])) == expected)
        // Also where the text is rewritten in between.
        let bytes = PretokenizerStep.byteLevel(addPrefixSpace: false, useRegex: false)
        #expect(try pieces(text, Pretokenizer(steps: [removal, bytes, metaspace])) == expected)
        #expect(try pieces(text, Pretokenizer(steps: [removal, metaspace, metaspace])) == expected)
    }

    @Test func laterStepsSeeThePiecesOfEarlierOnes() throws {
        let pretokenizer = Pretokenizer(steps: [
            .split(.literal(utf8("-")), .isolated, invert: false),
            .split(.regex(try OnigurumaRegex(#"\s+(?!\S)|\s+"#)), .isolated, invert: false),
        ])
        #expect(try pieces("a  -  b", pretokenizer) == ["a", "  ", "-", " ", " ", "b"])
    }

    @Test(arguments: [
        (PretokenizerStep.PrependScheme.always, true, ["▁a▁b", "▁a", "▁a", "▁"]),
        (.always, false, ["▁a▁b", "▁a", "▁a", "▁"]),
        (.first, true, ["▁a▁b", "▁a", "▁a", "▁"]),
        (.first, false, ["a▁b", "▁a", "▁a", "▁"]),
        (.never, true, ["a▁b", "▁a", "▁a", "▁"]),
    ])
    func metaspace(_ scheme: PretokenizerStep.PrependScheme, _ isFirst: Bool, _ expected: [String]) throws {
        let whole = Pretokenizer(steps: [.metaspace(replacement: utf8("▁"), prepend: scheme, split: false)])
        let split = Pretokenizer(steps: [.metaspace(replacement: utf8("▁"), prepend: scheme, split: true)])
        for (text, expected) in zip(["a b", " a", "▁a", " "], expected) {
            #expect(try pieces(text, whole, isFirst: isFirst) == [expected])
            let parts = try pieces(text, split, isFirst: isFirst)
            #expect(parts.joined() == expected)
            #expect(parts.dropFirst().allSatisfy { $0.hasPrefix("▁") })
        }
        #expect(try pieces("", whole, isFirst: isFirst).isEmpty)
    }

    private func pieces(_ text: String, _ pretokenizer: Pretokenizer, isFirst: Bool = true) throws -> [String] {
        let buffer = try withBytes(utf8(text)) { (text) throws(TokenizerError) in
            try pretokenizer.pieces(
                of: text, leading: isFirst ? LeadingText.firstScalarLength(text) : 0, limit: .max)
        }
        return buffer.pieces.map { String(decoding: buffer.bytes[$0], as: UTF8.self) }
    }
}
