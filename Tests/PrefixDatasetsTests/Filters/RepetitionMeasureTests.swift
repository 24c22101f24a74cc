import Testing

@testable import PrefixDatasets

@Suite struct RepetitionMeasureTests {
    /// What datatrove 0.10.1 counts, `find_all_duplicate` of words of equal length, for pseudo-random tokens:
    /// (seed, tokens, vocabulary, n, duplicated tokens).
    @Test(arguments: [
        (1, 0, 2, 3, 0), (2, 9, 2, 10, 0), (2, 10, 1, 10, 0), (2, 19, 1, 10, 10), (2, 20, 1, 10, 10),
        (2, 25, 1, 10, 20), (3, 200, 2, 5, 170), (4, 1000, 2, 8, 824), (5, 1000, 3, 5, 800), (6, 5000, 4, 6, 3108),
        (7, 5000, 2, 10, 4230), (8, 5000, 10, 3, 4098), (9, 20000, 3, 8, 15800), (10, 3000, 1000, 2, 4),
        (11, 300, 2, 1, 298), (12, 4000, 5, 20, 0),
    ])
    func countsAsDatatrove(_ seed: Int, _ count: Int, _ vocabulary: Int, _ ngram: Int, _ expected: Int) {
        var generator = LinearGenerator(state: UInt64(seed))
        let tokens = generator.tokens(count, below: UInt64(vocabulary))
        var measure = RepetitionMeasure(ngram: ngram)
        let repetition = measure.measure(tokens.span)
        #expect(repetition.duplicatedTokens == expected)
        #expect(repetition.duplicatedShare == (count == 0 ? 0 : Double(expected) / Double(count)))
    }

    @Test func allTokensOfAnNGramCount() {
        // Squares, because the hashes of neighbours never share a slot.
        let pairs = (1...5_000).flatMap { number -> [Int32] in [0, number * number] }
        var measure = RepetitionMeasure(ngram: 2)
        #expect(measure.measure(pairs.span).duplicatedTokens == 0)
        #expect(measure.measure((pairs + [0, 49]).span).duplicatedTokens == 2)
    }

    @Test func oneMeasureForManyTraces() {
        var generator = LinearGenerator(state: 5)
        var kept = RepetitionMeasure(ngram: 4)
        for _ in 0..<300 {
            let tokens = generator.tokens(
                Int(generator.next(below: 200)), below: 1 + generator.next(below: 5))
            var fresh = RepetitionMeasure(ngram: 4)
            #expect(kept.measure(tokens.span) == fresh.measure(tokens.span))
        }
    }

    /// The definition, by trying every period.
    private func loop(_ tokens: [Int32]) -> (tokens: Int, period: Int) {
        var best = (tokens: 0, period: 0)
        for period in stride(from: 1, through: tokens.count / 3, by: 1) {
            var length = period
            while length < tokens.count, tokens[tokens.count - 1 - length] == tokens[tokens.count - 1 - length + period]
            {
                length += 1
            }
            if length >= 3 * period, length > best.tokens { best = (length, period) }
        }
        return best
    }

    @Test func loopsAsDefined() {
        var generator = LinearGenerator(state: 1)
        var measure = RepetitionMeasure()
        var found = 0
        for round in 0..<4_000 {
            var tokens = generator.tokens(Int(generator.next(below: 40)), below: 1 + UInt64(round % 4))
            if round % 3 == 0 {
                let period = generator.tokens(1 + Int(generator.next(below: 9)), below: 3)
                for _ in 0..<generator.next(below: 5) { tokens += period }
                tokens += period.prefix(Int(generator.next(below: 9)))
            }
            let expected = loop(tokens)
            let repetition = measure.measure(tokens.span)
            #expect(repetition.loopTokens == expected.tokens, "\(tokens)")
            #expect(repetition.loopPeriod == expected.period, "\(tokens)")
            if expected.tokens > 0 { found += 1 }
        }
        #expect(found > 1_000 && found < 3_500)
    }

    @Test func loopsOfALongTrace() {
        let text = (0..<5_000).map { Int32($0) }
        let period = (0..<100).map { Int32(10_000 + $0) }
        var measure = RepetitionMeasure()
        func measured(_ tokens: [Int32]) -> Repetition { measure.measure(tokens.span) }
        let twice = measured(text + period + period + period.prefix(99))
        #expect((twice.loopTokens, twice.loopPeriod) == (0, 0))
        #expect(twice.duplicatedTokens == 180)
        let loop = measured(text + period + period + period + period.prefix(50))
        #expect((loop.loopTokens, loop.loopPeriod) == (350, 100))
        let left = measured(text + period + period + period + [1])
        #expect(left.loopTokens == 0)
        let none = measured([])
        #expect(none == Repetition())
        var longest = RepetitionMeasure(ngram: .max)
        #expect(longest.measure(text.span) == Repetition())
    }

    /// Sequences on which a polynomial hash modulo 2^64 collides whatever its base is: windows of 2,048 tokens of the
    /// Thue-Morse sequence and of its complement are different, and have the same hash.
    @Test func collidingWindowsAreTold() {
        let thueMorse = (0..<2_048).map { Int32($0.nonzeroBitCount & 1) }
        let tokens = thueMorse + [7] + thueMorse.map { 1 - $0 }
        var measure = RepetitionMeasure(ngram: 2_048)
        #expect(measure.measure(tokens.span).duplicatedTokens == 0)
        #expect(measure.measure((thueMorse + [7] + thueMorse).span).duplicatedTokens == 2_048)
    }
}
