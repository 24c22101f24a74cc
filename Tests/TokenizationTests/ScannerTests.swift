import Testing

@testable import Tokenization

/// Every hand-written scanner takes random texts apart exactly as the regular expression does that it stands for.
@Suite struct ScannerTests {
    static let texts = caseCount(30_000)

    @Test(arguments: KnownPattern.allCases)
    func scannerEqualsRegex(_ pattern: KnownPattern) throws {
        let regex = try TextPattern.regex(OnigurumaRegex(pattern.rawValue))
        var random = RandomText(seed: 1)
        for index in 0..<Self.texts {
            let text = random.next()
            let (scanned, matched) = try withBytes(utf8(text)) { (bytes) throws(TokenizerError) in
                var scanned: [Range<Int>] = []
                pattern.forEachPretoken(in: bytes) { scanned.append($0) }
                return (scanned, SplitBehavior.isolated.pieces(try regex.matches(in: bytes)))
            }
            try #require(Self.difference(scanned, matched, in: text) == nil, "text \(index)")
        }
    }

    /// The same scalars one by one, each between neighbours that bring out its class.
    @Test(arguments: KnownPattern.allCases)
    func everyScalar(_ pattern: KnownPattern) throws {
        let regex = try TextPattern.regex(OnigurumaRegex(pattern.rawValue))
        let step = caseCount(10) == 10 ? 1 : 37
        for value in stride(from: UInt32(0), through: 0x10FFFF, by: step) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "a\(scalar)B\(scalar) \(scalar)1"
            let (scanned, matched) = try withBytes(utf8(text)) { (bytes) throws(TokenizerError) in
                var scanned: [Range<Int>] = []
                pattern.forEachPretoken(in: bytes) { scanned.append($0) }
                return (scanned, SplitBehavior.isolated.pieces(try regex.matches(in: bytes)))
            }
            try #require(Self.difference(scanned, matched, in: text) == nil, "U+\(String(value, radix: 16))")
        }
    }

    /// What is found fast is what the scalar scanner finds, at every level of this processor: texts of ASCII and of rare
    /// other scalars, long enough for several windows.
    @Test(arguments: KnownPattern.allCases, VectorLevel.available)
    func levelsAgree(_ pattern: KnownPattern, _ level: VectorLevel) throws {
        var generator = SplitMix64(seed: 16)
        var random = RandomText(seed: 17)
        for index in 0..<caseCount(20_000) {
            let text = generator.below(8) == 0 ? random.text(runs: 60) : Self.denseText(&generator)
            var scanned: [Range<Int>] = []
            var expected: [Range<Int>] = []
            utf8(text).withUnsafeBufferPointer { bytes in
                pattern.forEachPretoken(in: bytes, level: level) { scanned.append($0) }
                pattern.forEachPretoken(in: bytes, level: .scalar) { expected.append($0) }
            }
            try #require(Self.difference(scanned, expected, in: text) == nil, "text \(index)")
        }
    }

    /// Up to some 400 characters, of which a few classes make up most.
    private static func denseText(_ generator: inout SplitMix64) -> String {
        let pieces: [String] = [
            " ", " ", "\n", "\r", "\t", "'", "'s", "'Re", "'ll", "'", "a", "to", "E", "s", "1", "23", "4567", ",", "(",
            "!",
            "\u{0B}", "\u{1C}", "\u{0}",
        ]
        let others = ["²", "é", "√", "ſ", "'ſ", "\u{A0}", "\u{85}", "\u{3000}", "的", "😀", "٣", "\u{301}", "’", "Ⅷ"]
        // Few kinds at a time, so that runs and rare neighbours come up.
        let some = (0..<(2 + generator.below(6))).map { _ in generator.pick(pieces) }
        let spread = [3, 20, 100, Int.max][generator.below(4)]
        var text = ""
        for _ in 0..<(1 + generator.below(200)) {
            text += generator.below(spread) == 0 ? generator.pick(others) : generator.pick(some)
        }
        return text
    }

    @Test func deepSeekEqualsThreeSplits() throws {
        let steps = try Self.deepSeekSteps()
        let pretokenizer = Pretokenizer(steps: steps + [.byteLevel(addPrefixSpace: false, useRegex: false)])
        #expect(pretokenizer.scanner == .deepSeek)
        var random = RandomText(seed: 2)
        for index in 0..<Self.texts {
            let text = random.next()
            let (scanned, split) = try withBytes(utf8(text)) { (bytes) throws(TokenizerError) in
                var scanned: [Range<Int>] = []
                KnownPattern.scan(DeepSeekScanner(), bytes) { scanned.append($0) }
                return (scanned, try pretokenizer.pieces(of: bytes, leading: 0, limit: .max))
            }
            #expect(split.bytes == utf8(text))
            try #require(Self.difference(scanned, split.pieces, in: text) == nil, "text \(index)")
        }
    }

    /// The kana blocks hold more than letters; the pieces are those of the oracle.
    @Test(arguments: [
        ("ア・イ゛ぜぇ 漢字「か」ー", ["ア", "・", "イ", "゛", "ぜぇ", " ", "漢字", "「", "か", "」", "ー"]),
        ("か\u{3099}・12 ・・x", ["か\u{3099}", "・", "12", " ", "・・", "x"]),
        (
            "a・b \u{30A0}!漢abc\u{3099}\u{3040}い",
            ["a", "・", "b", " ", "\u{30A0}", "!", "漢", "abc", "\u{3099}", "\u{3040}い"]
        ),
    ])
    func deepSeekTakesKanaApart(_ text: String, _ expected: [String]) throws {
        let bytes = utf8(text)
        var pieces: [String] = []
        bytes.withUnsafeBufferPointer { buffer in
            KnownPattern.scan(DeepSeekScanner(), buffer) {
                pieces.append(String(decoding: bytes[$0], as: UTF8.self))
            }
        }
        #expect(pieces.map(utf8) == expected.map(utf8))
    }

    @Test(arguments: KnownPattern.allCases)
    func knownPatternsAreRecognised(_ pattern: KnownPattern) throws {
        let literal = pattern.rawValue.split(separator: #"\r"#, omittingEmptySubsequences: false).joined(
            separator: "\r"
        )
        .split(separator: #"\n"#, omittingEmptySubsequences: false).joined(separator: "\n")
        #expect(KnownPattern(spelling: pattern.rawValue) == pattern)
        #expect(KnownPattern(spelling: literal) == pattern)
        #expect(KnownPattern(spelling: pattern.rawValue + "|x") == nil)
    }

    /// A scanner applies only where the file says what it stands for: isolated, not inverted, nothing else around it.
    @Test func otherStepsKeepTheGeneralWay() throws {
        let byteLevel = PretokenizerStep.byteLevel(addPrefixSpace: false, useRegex: false)
        #expect(
            Pretokenizer(steps: [.split(.known(.qwen2), .isolated, invert: false), byteLevel]).scanner == .known(.qwen2)
        )
        #expect(Pretokenizer(steps: [.split(.known(.qwen2), .removed, invert: false), byteLevel]).scanner == nil)
        #expect(Pretokenizer(steps: [.split(.known(.qwen2), .isolated, invert: true), byteLevel]).scanner == nil)
        #expect(Pretokenizer(steps: [.byteLevel(addPrefixSpace: false, useRegex: true)]).scanner == .known(.gpt2))
        #expect(Pretokenizer(steps: [.byteLevel(addPrefixSpace: true, useRegex: true)]).scanner == nil)
        let swapped = try Array(Self.deepSeekSteps().reversed()) + [byteLevel]
        #expect(Pretokenizer(steps: swapped).scanner == nil)
        let twoOnly = try Array(Self.deepSeekSteps().dropLast()) + [byteLevel]
        #expect(Pretokenizer(steps: twoOnly).scanner == nil)
    }

    /// The first pieces that differ and what stands behind them, or nil: whole texts would be too long to print.
    private static func difference(_ scanned: [Range<Int>], _ expected: [Range<Int>], in text: String) -> String? {
        guard scanned != expected else { return nil }
        let index = zip(scanned, expected).prefix { $0 == $1 }.count
        let bytes = utf8(text)
        func shown(_ pieces: [Range<Int>]) -> String {
            pieces.dropFirst(index).prefix(3).map { String(decoding: bytes[$0], as: UTF8.self).debugDescription }
                .joined(separator: " ")
        }
        return "scanned \(shown(scanned)), expected \(shown(expected))"
    }

    private static func deepSeekSteps() throws -> [PretokenizerStep] {
        try KnownPattern.deepSeek.map { .split(.regex(try OnigurumaRegex($0)), .isolated, invert: false) }
    }
}
