import Glibc
import Testing

@testable import Objectives

/// Small cases worked out by hand.
@Suite struct ObjectiveTests {
    private let half = log(0.5)
    private let tenth = log(0.1)
    private let hundredth = log(0.01)

    @Test func supervised() throws {
        let batch = try Lists(logProbs: [[half, hundredth], [tenth]], mask: [[true, true], [false]]).batch()
        let sft = try SupervisedObjective.sft.evaluate(batch)
        #expect(isNear(sft.loss, -(half + hundredth) / 2) && sft.gradients == [-0.5, -0.5, 0])
        let dft = try SupervisedObjective.dft.evaluate(batch)
        #expect(isNear(dft.loss, -(0.5 * half + 0.01 * hundredth) / 2))
        #expect(areNear(dft.gradients, [-0.25, -0.005, 0]))
        let trsft = try SupervisedObjective.trsft.evaluate(batch)
        #expect(isNear(trsft.loss, -(1 + 0.1) / 2) && areNear(trsft.gradients, [-0.5, -0.05, 0]))
        #expect(trsft.metric("frac_below_alpha") == 0.5 && isNear(trsft.metric("nll") ?? 0, sft.loss))
        for (alpha, other) in [(0.0, sft), (1, dft)] {
            #expect(
                areNear(try SupervisedObjective(.trustRegion(alpha: alpha)).evaluate(batch).gradients, other.gradients))
        }
        #expect(sft.advantages.isEmpty)
    }

    /// Rewards 1 and 0: advantages ±0.5 / (sqrt(0.5) + 1e-4). Ratios 1.5 and 0.5 are outside ±0.2.
    @Test func clipping() throws {
        let lists = Lists(
            logProbs: [[log(0.6), half], [log(0.1), log(0.3)]], old: [[log(0.4), half], [log(0.2), log(0.2)]],
            rewards: [1, 0], groups: [3, 3])
        let result = try ClippedObjective.grpo.evaluate(lists.batch())
        let advantage = 0.5 / (0.5.squareRoot() + 1e-4)
        #expect(areNear(result.advantages, [advantage, -advantage]))
        // Up with an advantage and down without are clipped; the others have their ratio.
        #expect(areNear(result.gradients, [0, -advantage / 4, 0, 1.5 * advantage / 4]))
        #expect(isNear(result.loss, advantage * (-1.2 - 1 + 0.8 + 1.5) / 4))
        #expect(result.metric("clip_ratio/high_mean") == 0.25 && result.metric("clip_ratio/low_mean") == 0.25)
        #expect(result.metric("clip_ratio/region_mean") == 0.5 && result.metric("clip_ratio/high_max") == 0.5)
        #expect(result.metric("clip_ratio/low_min") == 0)

        var plain = ClippedObjective.drGRPO
        plain.terms.normalization.maxLength = 10
        #expect(isNear(try plain.evaluate(lists.batch()).loss, 0.5 * (-1.2 - 1 + 0.8 + 1.5) / 20))
        // Their geometric mean, sqrt(1.5) and sqrt(0.75), for sequences.
        let sequence = try ClippedObjective.gspo.evaluate(lists.batch())
        #expect(isNear(sequence.loss, advantage * (-1.0004 + 0.9997) / 2) && sequence.gradients == [0, 0, 0, 0])
        var free = ClippedObjective.gspo
        free.epsilonHigh = 1
        let pushed = try free.evaluate(lists.batch())
        #expect(
            areNear(pushed.gradients, [-1.5.squareRoot() * advantage / 4, -1.5.squareRoot() * advantage / 4, 0, 0]))
        // CISPO clips the weight, and keeps the gradient.
        let cispo = try CISPOObjective().evaluate(lists.batch())
        #expect(areNear(cispo.gradients, [-1.2, -1, 0.8, 1.2].map { $0 * advantage / 4 }))
        #expect(isNear(cispo.loss, zip(cispo.gradients, try lists.batch().logProbs).reduce(0) { $0 + $1.0 * $1.1 }))
    }

    @Test func normalisers() throws {
        let lists = Lists(
            logProbs: [[half, half, half], [half], []], mask: [[true, true, false], [true], []], rewards: [1, 0, 0],
            groups: [0, 0, 0])
        let batch = try lists.batch()
        // At ratio 1 with A = 2/3, -1/3, -1/3: the losses of tokens are -A.
        let sequences = -(2.0 / 3 - 1.0 / 3) / 3
        let losses: [(String, Double)] = [
            ("token_mean", -1.0 / 3), ("sequence_mean", sequences), ("sum_over_max_length", -1.0 / 3),
            ("dr_grpo", -1.0 / 9), ("sum", -1), ("seq-mean-token-sum-norm", -1.0 / 9), ("token-mean", -1.0 / 3),
        ]
        for (name, loss) in losses {
            let objective = try ObjectiveMethod.drGRPO.objective(settings: [("loss_type", .text(name))])
            #expect(isNear(try objective.evaluate(batch).loss, loss), "\(name)")
        }
    }

    @Test func mixed() throws {
        let lists = Lists(
            logProbs: [[half, tenth], [hundredth, half], [tenth, half]],
            old: [[half, tenth], [half, half], [tenth, half]],
            prefix: [[true, true], [true, false], [false, false]], prefixLoss: [true, true, false], rewards: [1, 1, 0],
            groups: [0, 0, 0], entropies: [[1, 1], [1, 1], [1, 4]])
        let batch = try lists.batch()
        let trapo = try TRAPOObjective().evaluate(batch)
        #expect(areNear(trapo.advantages, [1.0 / 3, 1.0 / 3, -2.0 / 3]))
        #expect(areNear(trapo.gradients, [-0.5, -0.5, -0.05, -0.5 / 3, 1.0 / 3, 1.0 / 3]))
        #expect(isNear(trapo.loss, (-1 - 1 - 0.1 - 1.0 / 3 + 4.0 / 3) / 2 - 0.001 * 1.5))
        #expect(trapo.entropyGradients == [Double](repeating: -0.001 / 6, count: 6))
        var silent = lists
        silent.prefixLoss = [true, false, true]
        #expect(try TRAPOObjective().evaluate(silent.batch()).gradients[2] == 0)

        let luffy = try LUFFYObjective().evaluate(batch)
        func share(_ probability: Double) -> Double { 0.1 * probability / ((probability + 0.1) * (probability + 0.1)) }
        #expect(
            areNear(
                luffy.gradients,
                [-share(0.5) / 6, -share(0.1) / 6, -share(0.01) / 6, -1.0 / 6, 1.0 / 3, 1.0 / 3]))
        #expect(luffy.entropyGradients == nil && luffy.metric("entropy") == 1.5)
        var own = LUFFYObjective()
        own.advantages.baseline = .onPolicy
        #expect(areNear(try own.evaluate(batch).advantages, [1, 1, 0]))
    }

    @Test func advantages() {
        let groups = RolloutGroups([5, 5, 5, 9, 2, 2])
        let rewards = [1, 0, 0.5, 3, 0.1, 0.1]
        #expect(groups.keys == [5, 9, 2] && groups.members == [[0, 1, 2], [3], [4, 5]])
        #expect(areNear(GroupAdvantages(epsilon: 0).advantages(rewards, groups), [1, -1, 0, 0, 0, 0]))
        #expect(areNear(GroupAdvantages.trapo.advantages(rewards, groups), [0.5, -0.5, 0, 0, 0, 0]))
        let others = GroupAdvantages(baseline: .leaveOneOut, scale: .none)
        #expect(areNear(others.advantages(rewards, groups), [0.75, -0.75, 0, 0, 0, 0]))
        let mean = rewards.reduce(0, +) / 6
        let deviation = (rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5).squareRoot()
        let scaled = GroupAdvantages(scale: .batch, epsilon: 0).advantages(rewards, groups)
        #expect(areNear(scaled, [0.5 / deviation, -0.5 / deviation, 0, 0, 0, 0]))
        let equal = EqualRewards(rewards, groups)
        #expect(equal.groups == [1, 2] && equal.informativeRollouts == [0, 1, 2])
    }

    /// What says nothing has no loss and no gradient, never NaN.
    @Test(arguments: ObjectiveMethod.allCases) func degenerate(_ method: ObjectiveMethod) throws {
        let lists = Lists(
            logProbs: [[0, -700, -0.5], [], [-1]], old: [[-700, -0.5, 0], [], [-1]],
            mask: [[false, false, false], [], [false]], prefix: [[true, false, false], [], [false]],
            rewards: [1, 0, 1],
            groups: [0, 0, 1], entropies: [[0, 1, 2], [], [1]])
        let result = try method.objective.evaluate(lists.batch())
        #expect(result.loss == 0 && result.gradients.allSatisfy { $0 == 0 })
        #expect(result.advantages.allSatisfy(\.isFinite) && result.metrics.allSatisfy { $0.value.isFinite })
        // Where the mask is 0 anything but a positive number may stand.
        var masked = lists
        masked.logProbs[0][1] = -.infinity
        #expect(try method.objective.evaluate(masked.batch()).loss == 0)
    }

    /// Ratios beyond the range of doubles: clipped where the objective clips, an error where it does not.
    @Test func overflow() throws {
        let far = Lists(logProbs: [[-1], [-1]], old: [[-900], [-1]], rewards: [1, 0], groups: [0, 0])
        let clipped = try ClippedObjective.grpo.evaluate(far.batch())
        #expect(clipped.loss.isFinite && clipped.gradients[0] == 0)
        var bad = far
        bad.rewards = [0, 1]
        for method in [ObjectiveMethod.grpo, .gspo, .cispo, .luffy, .trapo, .quatro] where method != .cispo {
            let error = #expect(throws: ObjectiveError.self, "\(method)") { try method.objective.evaluate(bad.batch()) }
            #expect(error?.code == .overflow && error?.rollout == 0 && error?.token == 0)
        }
        #expect(try CISPOObjective().evaluate(bad.batch()).gradients.allSatisfy(\.isFinite))
        for method in [ObjectiveMethod.grpo, .quatro] {
            var vast = far
            (vast.old, vast.rewards) = (nil, [1.7e308, -1.7e308])
            #expect(throws: ObjectiveError.self, "\(method)") { try method.objective.evaluate(vast.batch()) }
        }
        // Far the other way a ratio is 0.
        let gone = Lists(logProbs: [[-900], [-1]], old: [[-1], [-1]], rewards: [1, 0], groups: [0, 0])
        #expect(try TRAPOObjective().evaluate(gone.batch()).gradients[0] == 0)
        // Equal rewards have no gradient however far.
        var equal = far
        equal.rewards = [1, 1]
        #expect(try TRAPOObjective().evaluate(equal.batch()).gradients == [0, 0])
    }

    @Test func withoutOldLogProbsRatiosAreOne() throws {
        let lists = Lists.random(2)
        var (same, none) = (lists, lists)
        same.old = lists.logProbs
        none.old = nil
        for method in ObjectiveMethod.allCases {
            let first = try method.objective.evaluate(same.batch())
            let second = try method.objective.evaluate(none.batch())
            #expect(first.loss == second.loss && first.gradients == second.gradients, "\(method)")
        }
    }

    @Test func givenAdvantagesTakeThePlaceOfRewards() throws {
        let lists = Lists.random(2)
        let whole = try ClippedObjective.dapo.evaluate(lists.batch())
        var given = lists
        given.advantages = whole.advantages
        (given.rewards, given.groups) = (nil, nil)
        let found = try ClippedObjective.dapo.evaluate(given.batch())
        #expect(found.loss == whole.loss && found.gradients == whole.gradients)
    }
}
