import Testing

@testable import Evaluation

@Suite struct SuccessEstimatorsTests {
    /// 1 - comb(n - c, k) / comb(n, k) in Python, whose integers are exact.
    @Test(arguments: [
        (10, 3, 1, 0.30000000000000004), (10, 3, 5, 0.9166666666666666), (200, 1, 100, 0.5),
        (200, 5, 10, 0.22828446073733422), (16, 0, 8, 0.0), (16, 9, 8, 1.0), (5, 5, 5, 1.0), (1000, 999, 1, 0.999),
        (10, 3, 10, 1.0),
    ])
    func passAtK(_ n: Int, _ c: Int, _ k: Int, _ expected: Double) throws {
        let found = try #require(SuccessEstimators.passAtK(correct: c, of: n, k: k))
        #expect(abs(found - expected) < 1e-13)
    }

    @Test func passAtKIsTheShareOfSubsetsWithACorrectRollout() {
        for n in 1...8 {
            for c in 0...n {
                for k in 1...n {
                    let subsets = (0..<(1 << n)).filter { $0.nonzeroBitCount == k }
                    let good = subsets.count { $0 & ((1 << c) - 1) != 0 }
                    let found = SuccessEstimators.passAtK(correct: c, of: n, k: k) ?? -1
                    #expect(abs(found - Double(good) / Double(subsets.count)) < 1e-14, "\(n) \(c) \(k)")
                }
            }
        }
    }

    @Test func tooFewRolloutsHaveNoEstimate() {
        #expect(SuccessEstimators.passAtK(correct: 2, of: 3, k: 4) == nil)
        #expect(SuccessEstimators.meanAtK([1, 0], k: 3) == nil)
        #expect(SuccessEstimators.majorityAtK(["a"], rewards: [1], k: 2) == nil)
    }

    @Test func meanAtKTakesTheFirst() {
        #expect(SuccessEstimators.meanAtK([1, 0, 0.5, 1], k: 3) == 0.5)
        #expect(SuccessEstimators.meanAtK([1, 0, 0.5, 1], k: 1) == 1)
    }

    @Test func majorityWins() {
        let answers = ["7", "8", nil, "8", "7", "7"]
        let rewards: [Double] = [0, 1, 0, 1, 0, 0]
        // After 1 the only one; after 2 and 3 a tie that the first wins; after 4 two against one.
        let found = (1...6).map { SuccessEstimators.majorityAtK(answers, rewards: rewards, k: $0) }
        #expect(found == [0, 0, 0, 1, 0, 0])
    }

    @Test func rolloutsWithoutAnswersDoNotVote() {
        #expect(SuccessEstimators.majorityAtK([nil, nil, "4"], rewards: [0, 0, 1], k: 3) == 1)
        #expect(SuccessEstimators.majorityAtK([nil, nil], rewards: [1, 1], k: 2) == 0)
    }

    @Test func majorityComparesBytes() {
        // "é" in one scalar and in two are the same to Swift, and are not the same text.
        let answers = ["e\u{301}", "x", "\u{E9}", "x"]
        #expect(SuccessEstimators.majorityAtK(answers, rewards: [0, 1, 0, 1], k: 4) == 1)
    }
}
