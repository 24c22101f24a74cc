import JSON
import Testing

@testable import Tokenization

/// Cutting a text where no token crosses changes no id.
@Suite struct PieceCutsTests {
    static let names = [
        "llama2", "phi3", "gemma", "metaspace-always-whole", "metaspace-small-never-whole", "unknown-dropped",
        "unknown-fused-split", "unknown-none-fallback-fused", "unknown-none-fallback-single",
        "unknown-partial-fallback-dropped", "unknown-partial-fallback-fused", "unknown-partial-fallback-single",
    ]

    @Test(arguments: names)
    func cuttingChangesNothing(_ name: String) throws {
        let golden = try Golden(name)
        var model = golden.tokenizer.model
        model.findCuts()
        #expect(model.cuts != nil)
        var encoder = ModelEncoder(model: model, pretokenizer: Pretokenizer(steps: []))
        var tokens: [[UInt8]] = []
        model.vocabulary.forEach { token, _ in tokens.append(Array(token)) }
        tokens.sort { $0.lexicographicallyPrecedes($1) }
        var generator = SplitMix64(seed: 11)
        var random = RandomText(seed: 12)
        for index in 0..<caseCount(10_000) {
            var text: [UInt8] = []
            for _ in 0...generator.below(12) {
                text += generator.below(6) == 0 ? utf8(random.text(runs: 1)) : generator.pick(tokens)
            }
            // Once as it comes, once with the words set apart, as the normalizers of these tokenizers do.
            for word in [text, Array(String(decoding: text, as: UTF8.self).replacing(" ", with: "▁").utf8)] {
                try #require(
                    cut(word, &encoder) == whole(word, model), "text \(index): \(String(decoding: word, as: UTF8.self))"
                )
            }
        }
    }

    /// The table of byte pairs finds the cuts that the scalars tell, in texts long enough for it.
    @Test(arguments: names)
    func bytePairsAgree(_ name: String) throws {
        var model = try Golden(name).tokenizer.model
        model.findCuts()
        let cuts = try #require(model.cuts)
        var tokens: [[UInt8]] = []
        model.vocabulary.forEach { token, _ in tokens.append(Array(token)) }
        tokens.sort { $0.lexicographicallyPrecedes($1) }
        // Their first bytes, or the first two, are those of "▁".
        tokens += ["─", "▀", "▂", "√", "Á", "\u{80}", "\u{81}", "漢", "😀"].map(utf8)
        var generator = SplitMix64(seed: 18)
        var random = RandomText(seed: 19)
        for index in 0..<caseCount(5_000) {
            var text: [UInt8] = []
            let spread = [3, 30, 300][generator.below(3)]
            for _ in 0..<(20 + generator.below(200)) {
                text += generator.below(spread) == 0 ? utf8(random.text(runs: 1)) : generator.pick(tokens)
                if generator.below(2) == 0 { text += utf8("▁") }
            }
            var found: [Int] = []
            var expected: [Int] = []
            text.withUnsafeBufferPointer { bytes in
                KnownPattern.scan(cuts, bytes) { found.append($0.upperBound) }
                guard let base = bytes.baseAddress else { return }
                var p = base
                while p < base + bytes.count {
                    p = cuts.next(p, base + bytes.count)
                    expected.append(p - base)
                }
            }
            try #require(found == expected, "text \(index): \(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test func whereTextIsCut() throws {
        func allows(_ pair: String, _ cuts: PieceCuts) -> Bool {
            let values = pair.unicodeScalars.map(\.value)
            return cuts.allowsCut(values[0], values[1])
        }
        let cuts = try #require(try TokenizerFile().tokenizer().model.cuts)
        #expect(allows("ca", cuts) && allows("b ", cuts) && allows(" a", cuts) && allows("ba", cuts))
        #expect(!allows("ab", cuts) && !allows("bc", cuts))
        // An unknown character may wait for what follows, so that it stays with its neighbours.
        #expect(!allows("xa", cuts) && !allows("ax", cuts) && !allows("é漢", cuts))
        for name in ["llama2", "phi3"] {
            let cuts = try #require(try Golden(name).tokenizer.model.cuts)
            #expect(!allows("▁t", cuts) && !allows("th", cuts))
            #expect(allows("é漢", cuts) && allows("z▁", cuts))
        }
    }

    /// What a pre-tokenizer takes apart is never cut, so that loading does not look for cuts.
    @Test(arguments: ["gpt2", "qwen2", "deepseek-v3", "smollm2"])
    func byteLevelNeedsNone(_ name: String) throws {
        #expect(try Golden(name).tokenizer.model.cuts == nil)
    }

    @Test func pairs() {
        let set = ScalarPairSet()
        var expected: Set<[UInt32]> = []
        var generator = SplitMix64(seed: 15)
        for _ in 0..<20_000 {
            let pair = [UInt32(generator.below(200)), UInt32(generator.pick([0, 0x2581, 0x10FFFF]))]
            set.insert(pair[0], pair[1])
            expected.insert(pair)
            let other = [UInt32(generator.below(300)), UInt32(generator.pick([0, 1, 0x2581, 0x10FFFF]))]
            #expect(set.contains(pair[0], pair[1]))
            #expect(set.contains(other[0], other[1]) == expected.contains(other))
        }
        #expect(!set.contains(.max, .max - 1))
    }

    /// No cut is safe where a merge starts from a fallback byte, an id stands for two strings, or a whole word that is in
    /// the vocabulary wins over its merges.
    @Test func noCuts() throws {
        func cuts(_ change: (inout TokenizerFile) -> Void) throws -> PieceCuts? {
            var file = TokenizerFile()
            change(&file)
            return try file.tokenizer().model.cuts
        }
        #expect(try cuts { _ in } != nil)
        #expect(try cuts { $0.set(["model", "ignore_merges"], true) } == nil)
        #expect(try cuts { $0.set(["model", "vocab", "shared"], 0) } == nil)
        #expect(try cuts { $0.set(["model", "end_of_word_suffix"], "</w>") } == nil)
        let byteMerge = { (file: inout TokenizerFile) in
            for (id, token) in ["<0x61>", "<0x62>", "<0x61><0x62>"].enumerated() {
                file.set(["model", "vocab", .key(token)], .int(Int64(100 + id)))
            }
            file.set(["model", "merges"], [["<0x61>", "<0x62>"]])
        }
        #expect(try cuts { byteMerge(&$0) } != nil)
        #expect(
            try cuts {
                byteMerge(&$0)
                $0.set(["model", "byte_fallback"], true)
            } == nil)
    }

    private func cut(_ word: [UInt8], _ encoder: inout ModelEncoder) -> Result<[Int32], TokenizerError> {
        var buffer = IDBuffer()
        do throws(TokenizerError) {
            try withBytes(word) { (word) throws(TokenizerError) in try encoder.encode(piece: word, into: &buffer) }
        } catch {
            return .failure(error)
        }
        var ids: [Int32] = []
        buffer.append(to: &ids)
        return .success(ids)
    }

    private func whole(_ word: [UInt8], _ model: BytePairModel) -> Result<[Int32], TokenizerError> {
        var scratch = MergeScratch()
        do throws(TokenizerError) {
            try withBytes(word) { (word) throws(TokenizerError) in
                try model.encode(word: word, mapsBytes: false, into: &scratch)
            }
        } catch {
            return .failure(error)
        }
        return .success(scratch.symbols)
    }
}
