import JSON
import Testing

@testable import Tokenization

@Suite struct RegexTests {
    private func matches(_ pattern: String, _ text: String) throws -> [String] {
        let regex = try OnigurumaRegex(pattern)
        let bytes = utf8(text)
        var ranges: [Range<Int>] = []
        try withBytes(bytes) { (text) throws(TokenizerError) in try regex.forEachMatch(in: text) { ranges.append($0) } }
        return ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        (#"\p{L}+"#, ["aé", "漢"]), (#"\p{Letter}+"#, ["aé", "漢"]), (#"\p{^L}+"#, ["1²-", " \u{301}"]),
        (#"\P{L}+"#, ["1²-", " \u{301}"]), (#"\P{^L}+"#, ["aé", "漢"]), (#"[^\p{L}\p{N}]+"#, ["-", " \u{301}"]),
        (#"[\P{L}&&[^\p{N}]]+"#, ["-", " \u{301}"]), (#"\p{Mn}"#, ["\u{301}"]), (#"\p{Han}"#, ["漢"]),
        (#"\p{Lowercase_Letter}"#, ["a", "é"]), (#"[[:digit:]\p{L}]+"#, ["aé1", "漢"]), (#"[\p{N}-]+"#, ["1²-"]),
        (#"\\p"#, []), (#"(?i)A"#, ["a"]), ("", [String](repeating: "", count: 9)),
        (#"é?"#, ["", "é", "", "", "", "", "", ""]),
    ])
    func properties(_ pattern: String, _ expected: [String]) throws {
        #expect(try matches(pattern, "aé1²-漢 \u{301}").map(utf8) == expected.map(utf8))
    }

    /// Categories come from the tables, not from the installed library.
    @Test func categoriesCoverEveryScalarOnce() throws {
        #expect(GeneralCategory.runs.first?.range.lowerBound == 0)
        #expect(GeneralCategory.runs.last?.range.upperBound == 0x10FFFF)
        for (left, right) in zip(GeneralCategory.runs, GeneralCategory.runs.dropFirst()) {
            #expect(left.range.upperBound + 1 == right.range.lowerBound)
        }
        let letters = try OnigurumaRegex(#"\A\p{L}\z"#)
        let set = GeneralCategory.scalars(in: [
            .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        ])
        // U+1C89 came with Unicode 16.
        #expect(set.contains(0x1C89) && set.contains(0x61) && !set.contains(0x378))
        for value in stride(from: UInt32(0), through: 0x10FFFF, by: 13) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var found = false
            try withBytes(utf8(String(scalar))) { (text) throws(TokenizerError) in
                try letters.forEachMatch(in: text) { _ in found = true }
            }
            #expect(found == set.contains(value), "U+\(String(value, radix: 16))")
            #expect(set.complement.contains(value) != set.contains(value))
        }
    }

    @Test(arguments: ["(", "[", "a{2,1}(", "*", "(?<n>", #"\p{NoSuchThing}"#, #"\"#, "[b-a]"])
    func whatDoesNotCompileIsRefused(_ pattern: String) {
        do throws(TokenizerError) {
            _ = try OnigurumaRegex(pattern)
            Issue.record("compiled")
        } catch {
            guard case .invalidPattern(pattern, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!reason.isEmpty)
            #expect("\(error)".contains(pattern))
        }
    }

    @Test(arguments: ["(a+)+$", "(a|aa)+$", "(.*)*x", "(a|a|b)*c", #"(\w*)*\d"#, "((a*)*)*b"])
    func catastrophicPatternsEnd(_ pattern: String) throws {
        let clock = ContinuousClock()
        let time = clock.measure {
            do throws(TokenizerError) {
                let regex = try OnigurumaRegex(pattern)
                try withBytes(utf8(String(repeating: "a", count: 5_000) + "é")) { (text) throws(TokenizerError) in
                    try regex.forEachMatch(in: text) { _ in }
                }
            } catch {
                #expect(error == .patternTooExpensive(pattern: pattern))
            }
        }
        #expect(time < .seconds(20))
    }

    @Test func anExpensivePatternIsAnErrorOfTheEncoder() throws {
        let file = TokenizerFile().with(
            ["pre_tokenizer"],
            ["type": "Split", "pattern": ["Regex": "(a+)+$"], "behavior": "Isolated", "invert": false])
        let encoder = TokenEncoder(try file.tokenizer())
        #expect(try encoder.encode("aaab") == [1, 1, 4])
        #expect(throws: TokenizerError.patternTooExpensive(pattern: "(a+)+$")) {
            try encoder.encode(String(repeating: "a", count: 100) + "b")
        }
        #expect(try encoder.encode("aaab") == [1, 1, 4])
    }
}
