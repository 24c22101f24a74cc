/// How often a policy succeeds on one problem, from rollouts of which some are correct.
public enum SuccessEstimators {
    /// pass@k: the chance that at least one of k rollouts, drawn without replacement from n of which c are correct, is correct:
    /// 1 - C(n - c, k) / C(n, k), the unbiased estimator of Chen et al. (arXiv 2107.03374, section 2.1), as a product. O(c).
    ///
    /// - Parameters:
    ///   - correct: c, from 0 to n.
    ///   - count: n.
    ///   - k: from 1 to n; with fewer rollouts than k there is no unbiased estimate, and the result is nil.
    public static func passAtK(correct: Int, of count: Int, k: Int) -> Double? {
        precondition(correct >= 0 && correct <= count && k >= 1, "rollouts are counted")
        guard k <= count else { return nil }
        guard count - correct >= k else { return 1 }
        // C(n - c, k) / C(n, k) is the product of 1 - k / i over i in n - c + 1 ... n: no factor is above 1.
        var allWrong = 1.0
        for i in (count - correct + 1)..<(count + 1) { allWrong *= 1 - Double(k) / Double(i) }
        return 1 - allWrong
    }

    /// mean@k: the mean reward of the first k rollouts; nil with fewer.
    ///
    /// - Parameter k: at least 1.
    public static func meanAtK(_ rewards: [Double], k: Int) -> Double? {
        precondition(k >= 1, "rollouts are counted")
        guard k <= rewards.count else { return nil }
        return rewards.prefix(k).reduce(0, +) / Double(k)
    }

    /// maj@k: the reward of the answer that most of the first k rollouts give; nil with fewer rollouts than k.
    ///
    /// Answers are the same where their strings are (compare them after ``AnswerText/normalized(_:)``). Rollouts without an
    /// answer do not vote. Among answers with as many votes the one that was given first wins, so that nothing is random.
    /// The expectation over all subsets of k of n rollouts would have less variance but takes a sum over all vectors of
    /// votes; rollouts are independent draws, so that the first k are as good as any other k. O(k).
    ///
    /// - Parameters:
    ///   - answers: of the rollouts; nil where a rollout gives none.
    ///   - rewards: of the rollouts; that of the first rollout with the winning answer counts. 0 where no rollout has an answer.
    ///   - k: at least 1.
    public static func majorityAtK(_ answers: [String?], rewards: [Double], k: Int) -> Double? {
        precondition(answers.count == rewards.count && k >= 1, "each rollout has a reward")
        guard k <= answers.count else { return nil }
        return majority(answers.prefix(k)).map { rewards[$0] } ?? 0
    }

    /// The place of the first of the rollouts that give the most common answer; nil where none has an answer.
    static func majority(_ answers: ArraySlice<String?>) -> Int? {
        // Bytes: strings that are merely canonically equivalent are not the same answer.
        var votes: [[UInt8]: (first: Int, count: Int)] = [:]
        for (place, answer) in zip(answers.indices, answers) {
            guard let answer else { continue }
            votes[Array(answer.utf8), default: (place, 0)].count += 1
        }
        let most = votes.values.max { ($0.count, $1.first) < ($1.count, $0.first) }
        return most?.first
    }
}
