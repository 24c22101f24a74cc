import Objectives
import TestFixtures
import Testing

@testable import Training

/// Says of each response what a list has for it, over and over.
private final class ListedReward: RewardFunction {
    let name: String
    let lastProblem: String?
    private let values: [Double?]

    init(_ name: String, _ values: [Double?], problem: String? = nil) {
        self.name = name
        self.values = values
        lastProblem = problem
    }

    func rewards(of requests: [RewardInput]) -> [Double?] { requests.indices.map { values[$0 % values.count] } }
}

@Suite("Rewards that are missing")
struct MissingRewardTests {
    private func rollouts(_ count: Int) -> [Rollout] {
        (0..<count).map { Rollout(group: 0, row: 0, id: "row \($0)", problem: "", answer: "", prompt: [1]) }
    }

    @Test("leave the sum to the others")
    func sum() throws {
        let scorer = try RewardScorer(
            [ListedReward("a", [1, nil, nil, 0]), ListedReward("b", [nil, 3, nil, 5], problem: "it was late")],
            weights: [2, 0.5]
        ) { _ in "" }
        var rollouts = rollouts(4)
        try scorer.score(&rollouts)
        #expect(rollouts.map(\.reward) == [2, 1.5, 0, 2.5])
        let metrics = RolloutMetrics(rollouts).metrics(rewardNames: scorer.names, microGroups: 1)
        func value(_ name: String) -> Double? { metrics.first { $0.name == name }?.value }
        #expect(value("rewards/a/missing") == 2 && value("rewards/b/missing") == 2)
        // Means are over those that are there, as TRL's nanmean.
        #expect(value("rewards/a/mean") == 0.5 && value("rewards/b/mean") == 4)
        let warning = try #require(scorer.warning(about: [rollouts]))
        for part in ["a has none for 2 of 4", "'row 1'", "b has none for 2 of 4", "it was late", "1 responses"] {
            #expect(warning.contains(part), "\(warning)")
        }
    }

    @Test("are counted only where there are any")
    func none() throws {
        let scorer = try RewardScorer([ListedReward("a", [1, 0])]) { _ in "" }
        var rollouts = rollouts(4)
        try scorer.score(&rollouts)
        #expect(scorer.warning(about: [rollouts]) == nil)
        let metrics = RolloutMetrics(rollouts).metrics(rewardNames: scorer.names, microGroups: 1)
        #expect(!metrics.contains { $0.name.hasSuffix("missing") })
    }

    @Test("are warned of once, and logged")
    func warn() throws {
        var run = try DigitRun([DigitRun.sampled(.grpo, steps: 3)])
        run.reward = ListedReward("sometimes", [1, nil, 0, 1])
        let observer = RecordingObserver()
        try run.run(observer)
        #expect(observer.values("rewards/sometimes/missing") == [4, 4, 4])
        #expect(observer.warnings.filter { $0.contains("sometimes has none for 4 of 16") }.count == 1)
    }
}
