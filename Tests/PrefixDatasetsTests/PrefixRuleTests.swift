import PrefixDatasets
import TestFixtures
import Testing
import Tokenization

@Suite struct PrefixRuleTests {
    /// The rule as a sentence says it, over plain arrays.
    static func reference(_ ids: [Int32], _ ratio: Double, snaps: Bool, _ ends: Set<Int32>) -> Int32 {
        if ratio == 0 { return 0 }
        let n = ids.count
        var t = 0
        while t + 1 <= n, Double(t + 1) <= Double(n) * ratio { t += 1 }
        if !snaps { return Int32(t) }
        let first = ids.indices.first { $0 > t && ends.contains(ids[$0]) }
        if let first, Double(first) < Double(n) * (ratio + 0.3) { return Int32(first + 1) }
        return Int32(t)
    }

    @Test(arguments: [PrefixRule.Snap.none, .paragraph])
    func agreesWithTheReference(_ snap: PrefixRule.Snap) {
        var generator = SplitMix(seed: 3)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...60, using: &generator)
            let ids = (0..<count).map { _ in Int32.random(in: 0...12, using: &generator) }
            var ratios = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0]
            ratios += (0..<4).map { _ in Double.random(in: 0...1, using: &generator) }
            let ends: Set<Int32> = [3, 7]
            let rule = PrefixRule(ratios: ratios, snap: snap, endsParagraph: ends)
            let expected = ratios.map { Self.reference(ids, $0, snaps: snap == .paragraph, ends) }
            // A slice that does not begin at 0 must make no difference.
            let shifted = ([5, 3, 7] + ids).dropFirst(3)
            #expect(rule.ends(in: shifted) == expected)
        }
    }

    @Test func extremes() {
        let ids: [Int32] = [1, 1, 9, 1, 1, 1, 1, 1, 1, 9]
        let rule = PrefixRule(ratios: [0, 1], snap: .paragraph, endsParagraph: [9])
        #expect(rule.ends(in: ids[...]) == [0, 10])
        #expect(rule.ends(in: []) == [0, 0])
        let plain = PrefixRule(ratios: [0, 1], snap: .none, endsParagraph: [9])
        #expect(plain.ends(in: ids[...]) == [0, 10])
    }

    /// n = 10, ratio 0.2: t = 2 and the limit is 5. A break at index 2 is not behind t, one at 5 is not below the limit.
    @Test(arguments: [(2, 2), (3, 4), (4, 5), (5, 2), (6, 2)])
    func theBreakMustLieBetween(_ place: Int, _ end: Int32) {
        var ids = [Int32](repeating: 1, count: 10)
        ids[place] = 9
        let rule = PrefixRule(ratios: [0.2], snap: .paragraph, endsParagraph: [9])
        #expect(rule.ends(in: ids[...]) == [end])
    }

    /// 100 * 0.29 is 28.999999999999996: the published code computes in double precision, and so does the rule.
    @Test func doublePrecisionDecides() {
        let rule = PrefixRule(ratios: [0.7, 0.29, 0.57, 0.58], snap: .none, endsParagraph: [])
        let hundred = [Int32](repeating: 0, count: 100)
        #expect(rule.ends(in: hundred[...]) == [70, 28, 56, 57])
        // The last token of all, EOS, is below the limit 1.3 n: a break there is taken.
        let last = PrefixRule(ratios: [0.8], snap: .paragraph, endsParagraph: [9])
        #expect(last.ends(in: [0, 0, 0, 0, 0, 0, 0, 0, 0, 9][...]) == [10])
    }

    @Test func theTokenizerSaysWhatEndsAParagraph() throws {
        let tokenizer = try Tokenizer(contentsOf: Sample.tokenizerFile)
        let ids = try TokenEncoder(tokenizer).encode("one two three.\n\nfour five six seven eight nine ten")
        let index = try #require(ids.firstIndex { tokenizer.token(of: $0)?.contains("\u{010A}\u{010A}") ?? false })
        let ratio = (Double(index) - 0.5) / Double(ids.count)
        let snapped = PrefixRule(ratios: [ratio], snap: .paragraph, tokenizer: tokenizer)
        #expect(snapped.ends(in: ids[...]) == [Int32(index + 1)])
        let cut = PrefixRule(ratios: [ratio], snap: .none, tokenizer: tokenizer)
        #expect(cut.ends(in: ids[...]) == [Int32(index - 1)])
    }
}
