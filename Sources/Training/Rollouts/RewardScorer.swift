/// The rewards of a run: functions, their weights, and how tokens become text.
public struct RewardScorer {
    /// Turns the tokens of a response into text, without special tokens.
    public typealias Decoder = ([Int32]) throws -> String

    private let functions: [any RewardFunction]
    private let weights: [Double]
    private let decode: Decoder

    /// - Parameters:
    ///   - functions: at least one.
    ///   - weights: one for each; nil for 1.
    /// - Throws: ``TrainingError`` where they are none, or as many as weights.
    public init(
        _ functions: [any RewardFunction], weights: [Double]? = nil, decode: @escaping Decoder
    ) throws(TrainingError) {
        guard !functions.isEmpty else { throw TrainingError(.invalidSetting, "reward_funcs", "names no reward") }
        guard weights == nil || weights?.count == functions.count else {
            throw TrainingError(
                .invalidSetting, "reward_weights", "has \(weights?.count ?? 0) weights for \(functions.count) rewards")
        }
        self.functions = functions
        self.weights = weights ?? [Double](repeating: 1, count: functions.count)
        self.decode = decode
    }

    /// The names of the functions.
    public var names: [String] { functions.map(\.name) }

    /// Decodes and rewards rollouts.
    func score(_ rollouts: inout [Rollout]) throws {
        guard !rollouts.isEmpty else { return }
        for index in rollouts.indices {
            rollouts[index].text = try decode(rollouts[index].prefix + rollouts[index].completion)
        }
        let requests = rollouts.map { rollout in
            RewardInput(
                group: rollout.group, id: rollout.id, problem: rollout.problem, answer: rollout.answer,
                response: rollout.text, length: rollout.length, isTruncated: rollout.isTruncated)
        }
        for index in rollouts.indices { rollouts[index].rewardParts = [] }
        for (function, weight) in zip(functions, weights) {
            let rewards = try function.rewards(of: requests)
            guard rewards.count == requests.count else {
                throw TrainingError(
                    .badReward, function.name, "gave \(rewards.count) rewards for \(requests.count) responses")
            }
            for (index, reward) in rewards.enumerated() {
                if let reward, !reward.isFinite {
                    throw TrainingError(
                        .badReward, function.name, "gave \(reward) for a response to '\(requests[index].id)'")
                }
                rollouts[index].rewardParts.append(reward)
                // The sum of those that are there; 0 where all are missing.
                if let reward { rollouts[index].reward += weight * reward }
            }
        }
    }

    /// What there is to say of rewards that are missing; nil where none is.
    func warning(about groups: [[Rollout]]) -> String? {
        let rollouts = groups.flatMap { $0 }
        var parts: [String] = []
        for (index, function) in functions.enumerated() {
            let missing = rollouts.filter { $0.rewardParts[index] == nil }
            guard let first = missing.first else { continue }
            let reason = function.lastProblem.map { ", the last for this reason: \($0)" } ?? ""
            parts.append(
                "\(function.name) has none for \(missing.count) of \(rollouts.count) responses (the first is to '\(first.id)')\(reason)"
            )
        }
        guard !parts.isEmpty else { return nil }
        let empty = rollouts.count { $0.rewardParts.allSatisfy { $0 == nil } }
        return "rewards are missing: " + parts.joined(separator: "; ")
            + "; the others are summed"
            + (empty > 0 ? ", and \(empty) responses that have none at all count as 0" : "")
    }
}
