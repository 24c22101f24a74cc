import Testing

@testable import Tokenization

@Suite struct NormalizationTests {
    static let forms: [NormalizationForm] = [.composed, .decomposed, .compatibilityComposed, .compatibilityDecomposed]

    private func normalized(_ text: [UInt8], _ form: NormalizationForm) -> [UInt8] {
        var output: [UInt8] = []
        text.withUnsafeBufferPointer { form.normalize($0, into: &output) }
        return output
    }

    private func firstChange(_ text: [UInt8], _ form: NormalizationForm) -> Int? {
        text.withUnsafeBufferPointer { form.firstChange(in: $0) }
    }

    @Test(arguments: forms)
    func isIdempotentAndFirstChangeTells(_ form: NormalizationForm) throws {
        var random = RandomText(seed: 5)
        var unchanged = 0
        for index in 0..<caseCount(20_000) {
            let text = utf8(random.next())
            let once = normalized(text, form)
            try #require(normalized(once, form) == once, "text \(index)")
            if let change = firstChange(text, form) {
                #expect(text[change] >= 0x80)
            } else {
                try #require(once == text, "text \(index)")
                unchanged += 1
            }
        }
        #expect(unchanged > 10)
    }

    /// The first change is the same at every level of this processor, wherever it lies among ASCII.
    @Test(arguments: forms, VectorLevel.available)
    func levelsAgree(_ form: NormalizationForm, _ level: VectorLevel) throws {
        var random = RandomText(seed: 20)
        var generator = SplitMix64(seed: 21)
        for index in 0..<caseCount(20_000) {
            let before = (0..<generator.below(200)).map { _ in UInt8(0x20 + generator.below(0x5F)) }
            let after = [UInt8](repeating: 0x61, count: generator.below(100))
            let text = before + utf8(random.text(runs: 1 + generator.below(3))) + after
            let (found, expected) = text.withUnsafeBufferPointer {
                (form.firstChange(in: $0, level: level), form.firstChange(in: $0, level: .scalar))
            }
            try #require(found == expected, "text \(index)")
        }
    }

    /// Scalars whose normal forms have been stable since long before Unicode 9, so that the tables of others say the same.
    private static let stable: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0xA0...0x17F, 0x1C4...0x233, 0x2B0...0x2B8, 0x300...0x345, 0x384...0x3CE, 0x400...0x45F,
        0x5B0...0x5B9, 0x5D0...0x5EA, 0x621...0x655, 0x915...0x939, 0x93C...0x93C, 0x958...0x95F, 0x1100...0x1112,
        0x1161...0x1175, 0x11A8...0x11C2, 0x1E00...0x1E99, 0x1F00...0x1F15, 0x2000...0x200A, 0x2070...0x2071,
        0x2100...0x2138, 0x2150...0x217F, 0x2190...0x21FF, 0x2460...0x24EA, 0x304B...0x3099, 0x3300...0x33DD,
        0xAC00...0xD7A3, 0xF900...0xFA0D, 0xFB00...0xFB06, 0xFB2A...0xFB36, 0xFF01...0xFFBE, 0x1D15E...0x1D164,
        0x1D400...0x1D454, 0x2F800...0x2F820,
    ]

    /// The standard library compares strings by canonical equivalence, with tables and code of its own.
    @Test func isEquivalentAndOrdered() throws {
        var generator = SplitMix64(seed: 6)
        for _ in 0..<caseCount(30_000) {
            var scalars = String.UnicodeScalarView()
            for _ in 0...generator.below(10) {
                let range = generator.pick(Self.stable)
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { scalars.append(scalar) }
            }
            let values = scalars.map { String($0.value, radix: 16) }
            let text = String(scalars)
            let composed = normalized(utf8(text), .composed)
            let decomposed = normalized(utf8(text), .decomposed)
            try #require(String(decoding: composed, as: UTF8.self) == text, "scalars \(values)")
            try #require(String(decoding: decomposed, as: UTF8.self) == text, "scalars \(values)")
            var last: UInt8 = 0
            for scalar in String(decoding: decomposed, as: UTF8.self).unicodeScalars {
                let combiningClass = scalar.properties.canonicalCombiningClass.rawValue
                try #require(combiningClass == 0 || combiningClass >= last, "scalars \(values)")
                last = combiningClass
            }
            // The forms agree with one another whichever way one comes to them.
            try #require(normalized(decomposed, .composed) == composed, "scalars \(values)")
            try #require(normalized(composed, .decomposed) == decomposed, "scalars \(values)")
            let compatible = normalized(utf8(text), .compatibilityDecomposed)
            try #require(normalized(composed, .compatibilityDecomposed) == compatible, "scalars \(values)")
            try #require(
                normalized(compatible, .composed) == normalized(utf8(text), .compatibilityComposed),
                "scalars \(values)")
        }
    }

    @Test(arguments: [
        // Composition, exclusions, singletons, blocking, Hangul, and an order of marks that has to change.
        ("e\u{301}", "é", "e\u{301}", "é", "e\u{301}"),
        ("\u{915}\u{93C}", "\u{915}\u{93C}", "\u{915}\u{93C}", "\u{915}\u{93C}", "\u{915}\u{93C}"),
        ("\u{958}", "\u{915}\u{93C}", "\u{915}\u{93C}", "\u{915}\u{93C}", "\u{915}\u{93C}"),
        ("\u{212B}", "Å", "A\u{30A}", "Å", "A\u{30A}"),
        ("a\u{5AE}\u{301}", "á\u{5AE}", "a\u{5AE}\u{301}", "á\u{5AE}", "a\u{5AE}\u{301}"),
        ("a\u{302}\u{307}\u{323}", "ậ\u{307}", "a\u{323}\u{302}\u{307}", "ậ\u{307}", "a\u{323}\u{302}\u{307}"),
        ("\u{1100}\u{1161}\u{11A8}", "각", "\u{1100}\u{1161}\u{11A8}", "각", "\u{1100}\u{1161}\u{11A8}"),
        ("ﬁ", "ﬁ", "ﬁ", "fi", "fi"), ("²", "²", "²", "2", "2"),
        ("\u{301}e", "\u{301}e", "\u{301}e", "\u{301}e", "\u{301}e"),
        // The oracle's tables are about Unicode 9: what came later neither composes nor is reordered.
        ("\u{8D3}\u{301}", "\u{8D3}\u{301}", "\u{8D3}\u{301}", "\u{8D3}\u{301}", "\u{8D3}\u{301}"),
        ("e\u{1DF6}\u{301}", "e\u{1DF6}\u{301}", "e\u{1DF6}\u{301}", "e\u{1DF6}\u{301}", "e\u{1DF6}\u{301}"),
        ("\u{11935}\u{11930}", "\u{11935}\u{11930}", "\u{11935}\u{11930}", "\u{11935}\u{11930}", "\u{11935}\u{11930}"),
    ])
    func facts(_ text: String, _ nfc: String, _ nfd: String, _ nfkc: String, _ nfkd: String) {
        #expect(normalized(utf8(text), .composed) == utf8(nfc))
        #expect(normalized(utf8(text), .decomposed) == utf8(nfd))
        #expect(normalized(utf8(text), .compatibilityComposed) == utf8(nfkc))
        #expect(normalized(utf8(text), .compatibilityDecomposed) == utf8(nfkd))
    }

    /// Marks without end stay in bounds: they are sorted once, not inserted one by one.
    @Test func longRunsOfMarks() {
        let text = "a" + String(repeating: "\u{301}\u{323}", count: 50_000)
        let expected = "ạ" + String(repeating: "\u{323}", count: 49_999) + String(repeating: "\u{301}", count: 50_000)
        #expect(normalized(utf8(text), .composed) == utf8(expected))
    }

    @Test func steps() throws {
        func run(_ normalizer: Normalizer, _ text: String) throws -> String? {
            let output = try withBytes(utf8(text)) { (bytes) throws(TokenizerError) in
                var leading = 0
                return try normalizer.normalized(bytes, limit: .max, leading: &leading)
            }
            return output.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try run(.prepend(utf8("▁")), "a") == "▁a")
        #expect(try run(.prepend(utf8("▁")), "") == nil)
        #expect(try run(.strip(left: true, right: false), " \u{3000}a ") == "a ")
        #expect(try run(.strip(left: false, right: true), " a\u{85}\n") == " a")
        #expect(try run(.strip(left: true, right: true), "\t \n") == "")
        #expect(try run(.strip(left: true, right: true), "\u{200B}a\u{180E}") == nil)
        #expect(try run(.lowercase, "AÉİΣǅ") == "aéi\u{307}σǆ")
        #expect(try run(.replace(.literal(utf8("ab")), with: []), "xababax") == "xax")
        #expect(try run(.replace(.literal(utf8("aa")), with: utf8("b")), "aaaaa") == "bba")
        #expect(try run(.replace(.literal(utf8(" ")), with: utf8("▁")), " a b ") == "▁a▁b▁")
        #expect(try run(.replace(.literal(utf8(" ")), with: utf8("▁")), "ab") == nil)
        #expect(try run(.replace(.regex(OnigurumaRegex("x*")), with: utf8("-")), "axb") == "-a-b-")
        #expect(try run(.sequence([.lowercase, .prepend(utf8("_"))]), "A") == "_a")
        #expect(try run(.sequence([]), "A") == nil)
    }
}
