public import JSON

/// What the rollouts of one problem came to.
public struct ProblemRecord: Sendable, Hashable {
    /// Which problem it is.
    public let id: String
    /// The right answer.
    public let gold: String
    /// For each rollout its answer; nil where it gave none.
    public let answers: [String?]
    /// For each rollout its reward, finite.
    public let rewards: [Double]
    /// A rollout with at least this reward is correct.
    public let threshold: Double

    /// A record of rollouts that are judged already.
    ///
    /// - Parameter threshold: a rollout with at least this reward is correct.
    public init(id: String, gold: String, answers: [String?], rewards: [Double], threshold: Double = 1) {
        precondition(answers.count == rewards.count && rewards.allSatisfy(\.isFinite), "each rollout has a reward")
        self.id = id
        self.gold = gold
        self.answers = answers
        self.rewards = rewards
        self.threshold = threshold
    }

    /// A record of completions, rewarded by ``AnswerText/exactMatch(_:gold:)``.
    public init(id: String, gold: String, completions: [String]) {
        self.init(
            id: id, gold: gold, answers: completions.map(AnswerText.answer(of:)),
            rewards: completions.map { AnswerText.exactMatch($0, gold: gold) })
    }

    /// How many rollouts are correct.
    public var correct: Int { rewards.count { $0 >= threshold } }

    /// pass@k, mean@k or maj@k of this problem; nil with fewer than k rollouts.
    public func value(_ measure: Measure, k: Int) -> Double? {
        switch measure {
        case .pass: SuccessEstimators.passAtK(correct: correct, of: rewards.count, k: k)
        case .mean: SuccessEstimators.meanAtK(rewards, k: k)
        case .majority: SuccessEstimators.majorityAtK(answers, rewards: rewards, k: k)
        }
    }

    /// The record as a JSON object: `id`, `gold`, `rollouts`, `correct`, `answers`, `rewards`, and for each measure an object
    /// from k to its value.
    ///
    /// - Parameter ks: the numbers of rollouts to report; null stands where there are fewer.
    public func json(ks: [Int]) -> JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("id", .string(id)), ("gold", .string(gold)), ("rollouts", .int(Int64(rewards.count))),
            ("correct", .int(Int64(correct))), ("answers", .array(answers.map { $0.map(JSONNode.string) ?? .null })),
            ("rewards", .array(rewards.map(JSONNode.double))),
        ]
        for measure in Measure.allCases {
            let values = ks.map { k in (key: "\(k)", value: value(measure, k: k).map(JSONNode.double) ?? .null) }
            members.append((measure.rawValue, .object(values)))
        }
        return .object(members)
    }
}

/// What is said about k rollouts of a problem; named as in reports.
public enum Measure: String, Sendable, Hashable, CaseIterable {
    /// The chance that one of k is correct.
    case pass = "pass@k"
    /// The mean reward of k.
    case mean = "mean@k"
    /// The reward of the answer that most of k give.
    case majority = "maj@k"
}
