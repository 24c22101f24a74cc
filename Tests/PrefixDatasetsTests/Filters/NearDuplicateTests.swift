import Testing

@testable import PrefixDatasets

private func jaccard(_ a: [String], _ b: [String], _ width: Int = 5) -> Double {
    func shingles(_ words: [String]) -> Set<[String]> {
        let width = min(width, words.count)
        return width == 0 ? [] : Set((0...(words.count - width)).map { Array(words[$0..<($0 + width)]) })
    }
    let (a, b) = (shingles(a), shingles(b))
    return Double(a.intersection(b).count) / Double(max(1, a.union(b).count))
}

private func signature(
    _ words: [String], _ settings: NearDuplicateSettings = NearDuplicateSettings()
) -> NearDuplicateSignature {
    NearDuplicateSignature(ProblemText(words.joined(separator: " ")), settings)
}

private func similarity(_ a: ShingleSketch, _ b: ShingleSketch) -> Double {
    ShingleSketch.similarity(a.hashes[...], isWhole: a.isWhole, b.hashes[...], isWhole: b.isWhole)
}

@Suite struct NearDuplicateTests {
    /// A text whose last words are others than the first one's.
    private func pair(_ count: Int, changed: Int, _ generator: inout LinearGenerator) -> ([String], [String]) {
        let first = generator.words(count)
        return (first, Array(first.dropLast(changed)) + generator.words(changed))
    }

    @Test func similarityIsExactForShortTexts() {
        var generator = LinearGenerator(state: 1)
        for _ in 0..<300 {
            let count = 6 + Int(generator.next(below: 120))
            let (a, b) = pair(count, changed: Int(generator.next(below: UInt64(count))), &generator)
            #expect(similarity(signature(a).sketch, signature(b).sketch) == jaccard(a, b))
        }
        #expect(similarity(signature([]).sketch, signature([]).sketch) == 0)
    }

    @Test(arguments: [(1_000, 50), (1_000, 200), (400, 150), (140, 40)])
    func similarityOfLongTextsIsUnbiased(_ count: Int, _ changed: Int) {
        var generator = LinearGenerator(state: 2)
        var (sum, squares) = (0.0, 0.0)
        let rounds = 400.0
        for _ in 0..<Int(rounds) {
            let (a, b) = pair(count, changed: changed, &generator)
            let error = similarity(signature(a).sketch, signature(b).sketch) - jaccard(a, b)
            sum += error
            squares += error * error
        }
        #expect(abs(sum / rounds) < 0.01)
        #expect((squares / rounds).squareRoot() < 0.045)
    }

    /// The share of pairs that become candidates is the S-curve's: the permutations are independent enough.
    @Test(arguments: [18, 24, 32, 45])
    func bandsFollowTheCurve(_ changed: Int) {
        var generator = LinearGenerator(state: 4)
        let rounds = 1_500
        var (candidates, expected, variance) = (0, 0.0, 0.0)
        for _ in 0..<rounds {
            let (a, b) = pair(100, changed: changed, &generator)
            if zip(signature(a).bandKeys, signature(b).bandKeys).contains(where: { $0 == $1 }) { candidates += 1 }
            var power = 1.0
            for _ in 0..<6 { power *= jaccard(a, b) }
            var miss = 1.0
            for _ in 0..<16 { miss *= 1 - power }
            expected += 1 - miss
            variance += miss * (1 - miss)
        }
        #expect(abs(Double(candidates) - expected) < 5 * max(1, variance.squareRoot()))
    }

    @Test func theFirstIsKept() {
        var generator = LinearGenerator(state: 6)
        let (a, b) = pair(60, changed: 3, &generator)
        let other = generator.words(60)
        var index = NearDuplicateIndex()
        #expect(index.insert(signature(a)) == .new(id: 0))
        #expect(index.insert(signature(other)) == .new(id: 1))
        #expect(index.insert(signature(b)) == .nearDuplicate(of: 0))
        #expect(index.insert(signature(other)) == .nearDuplicate(of: 1))
        #expect(index.insert(signature([])) == .new(id: 2))
        #expect(index.insert(signature([])) == .new(id: 3))
        #expect(index.count == 4)
    }

    /// Of pairs above the threshold nearly all are found; of pairs below it none, though bands match.
    @Test func decidesByTheThreshold() {
        var generator = LinearGenerator(state: 7)
        var (above, found, below) = (0, 0, 0)
        for round in 0..<1_500 {
            let (a, b) = pair(90, changed: 4 + round % 12, &generator)
            var index = NearDuplicateIndex()
            _ = index.insert(signature(a))
            let isFound = index.insert(signature(b)) == .nearDuplicate(of: 0)
            if jaccard(a, b) >= 0.8 {
                above += 1
                if isFound { found += 1 }
            } else {
                below += 1
                #expect(!isFound)
            }
        }
        #expect(above > 500 && below > 500)
        #expect(Double(found) > 0.99 * Double(above))
    }

    private static let template = """
        A train leaves the station of a small town at noon and travels to the north at a constant speed of 60 miles per \
        hour, while another train leaves the same station at 2 in the afternoon and travels in the same direction, on a \
        parallel track, at a constant speed that is higher than the speed of the first one. The second train catches up \
        with the first train when both of them have covered exactly 360 miles from the station. Find the constant speed of \
        the second train in miles per hour, and give your answer as an integer.
        """

    private func outcome(
        _ a: String, _ b: String, _ settings: NearDuplicateSettings = NearDuplicateSettings()
    ) -> NearDuplicateIndex.Outcome {
        var index = NearDuplicateIndex(settings)
        _ = index.insert(NearDuplicateSignature(ProblemText(a), settings))
        return index.insert(NearDuplicateSignature(ProblemText(b), settings))
    }

    @Test func otherNumbersMakeAnotherProblem() {
        let other = Self.template.replacing("360", with: "420")
        #expect(outcome(Self.template, other) == .new(id: 1))
        var plain = NearDuplicateSettings()
        plain.requiresEqualMathematics = false
        // What plain MinHash makes of it: a word in ninety changes five shingles of 87.
        #expect(outcome(Self.template, other, plain) == .nearDuplicate(of: 0))
    }

    @Test(arguments: [
        ("x^2 + 5x + 6 = 0", "x^2 - 5x + 6 = 0"), ("x^2 + y = 1", "x_2 + y = 1"), (#"\sin t"#, #"\cos t"#),
        ("f(x+1)", "f(x)+1"), ("x < 1", "x > 1"), ("5!", "5"),
    ])
    func otherSignsMakeAnotherProblem(_ a: String, _ b: String) {
        #expect(outcome(Self.template + " Use $\(a)$.", Self.template + " Use $\(b)$.") == .new(id: 1))
    }

    @Test func otherWordingOfTheSameMathematicsIsANearDuplicate() {
        let reworded = "Problem: " + Self.template.replacing("give your answer", with: "state the answer")
        #expect(outcome(Self.template, reworded) == .nearDuplicate(of: 0))
        let short = "Find the sum of all positive integers $n$ for which $n^2 + 3n + 5$ is a perfect square."
        #expect(outcome(short, "Problem. " + short) == .nearDuplicate(of: 0))
        #expect(outcome(short, short.replacing("sum", with: "product")) == .new(id: 1))
        #expect(outcome("Compute $1+2$.", "Compute $1+3$.") == .new(id: 1))
        #expect(outcome("Compute $1+2$.", "compute 1 + 2") == .nearDuplicate(of: 0))
    }

    /// Texts that share bands, and are not near duplicates: a bucket takes no more than its limit.
    @Test func crowdedBucketsAreBounded() {
        var index = NearDuplicateIndex()
        var generator = LinearGenerator(state: 9)
        let shared = (0..<16).map { UInt64($0) << 58 }
        let texts = (0..<2_000).map { _ in signature(generator.words(60)) }
        for (id, text) in texts.enumerated() {
            #expect(index.insert(.init(bandKeys: shared, sketch: text.sketch)) == .new(id: id))
        }
        #expect(index.insert(.init(bandKeys: shared, sketch: texts[15].sketch)) == .nearDuplicate(of: 15))
        // Beyond the limit a problem is not remembered in the bucket; its duplicate is kept, never another one dropped.
        #expect(index.insert(.init(bandKeys: shared, sketch: texts[16].sketch)) == .new(id: 2_000))
    }

    @Test func nothingIsLostWhenTheTablesGrow() {
        var generator = LinearGenerator(state: 10)
        let texts = (0..<3_000).map { _ in signature(generator.words(8 + Int(generator.next(below: 30)))) }
        var index = NearDuplicateIndex()
        for (id, text) in texts.enumerated() { #expect(index.insert(text) == .new(id: id)) }
        for (id, text) in texts.enumerated() { #expect(index.insert(text) == .nearDuplicate(of: id)) }
    }

    /// What an independent implementation in Python computes.
    @Test func signaturesAreTheSameEverywhere() {
        let signature = NearDuplicateSignature(ProblemText("Find the least prime p with p^2 + 2 composite, if any."))
        #expect(signature.bandKeys.count == 16)
        #expect(signature.bandKeys.first == 16_505_668_529_277_935_755)
        #expect(signature.bandKeys.last == 12_290_466_851_972_216_133)
        #expect(
            signature.sketch.hashes == [
                219_097_838, 233_383_648, 942_975_819, 1_832_998_974, 1_876_164_332, 3_060_622_859, 4_259_298_237,
            ])
        #expect(signature.sketch.isWhole)
    }
}
