import Glibc
import Testing

@testable import Objectives

/// Regions that are solved anew, stopped, or whose baselines leave one out.
@Suite struct TrustRegionVariantsTests {
    /// Five answers, sampled as often as they are probable: means over the group are exact expectations.
    private static let counts = [1, 2, 3, 2, 8]
    private static let rewards = [1, 0.7, -0.5, 0.1, 0]
    private static let old = counts.map { Double($0) / 16 }
    private static let samples = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }

    private func lists(_ policy: [Double], group: Int = 0) -> Lists {
        Lists(
            logProbs: Self.samples.map { [log(policy[$0])] }, old: Self.samples.map { [log(Self.old[$0])] },
            rewards: Self.samples.map { Self.rewards[$0] }, groups: Self.samples.map { _ in group })
    }

    private func both(_ first: Lists, _ second: Lists) throws -> RolloutBatch {
        try Lists(
            logProbs: first.logProbs + second.logProbs, old: (first.old ?? []) + (second.old ?? []),
            rewards: (first.rewards ?? []) + (second.rewards ?? []),
            groups: (first.groups ?? []) + (second.groups ?? [])
        ).batch()
    }

    /// pi_old exp(r / lambda), normalised.
    private func tilted(_ lambda: Double) -> [Double] {
        let weights = zip(Self.old, Self.rewards).map { $0 * exp($1 / lambda) }
        return weights.map { $0 / weights.reduce(0, +) }
    }

    private func divergence(_ policy: [Double]) -> Double {
        zip(policy, Self.old).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    }

    @Test(
        "Solved anew for a policy that has not changed, regions are as they were", arguments: ["iteration", "update"])
    func solvesAlike(_ when: String) throws {
        var lists = Lists.random(5)
        lists.old = lists.logProbs
        let batch = try lists.batch()
        for method in [ObjectiveMethod.quatro, .quatroPractical] {
            let anew = try method.objective(settings: [("solve_duals", .text(when))])
            let (found, expected) = try (anew.evaluate(batch), method.objective.evaluate(batch))
            #expect(found.duals == expected.duals && found.duals.contains { !$0.isEqual })
            #expect(found.gradients == expected.gradients && found.loss == expected.loss)
        }
    }

    @Test("A mass of 3 is 3 rollouts")
    func weighs() {
        let masses = [log(3.0) - 7, -7, log(2.0) - 7]
        let weighted = TrustRegionDual(rewards: [0.5, 1, -1], logMasses: masses, delta: 0.2, lambdaMin: 0.01)
        let repeated = TrustRegionDual(rewards: [0.5, 0.5, 0.5, 1, -1, -1], delta: 0.2, lambdaMin: 0.01)
        #expect(isNear(weighted.lambda, repeated.lambda) && isNear(weighted.mu, repeated.mu))
        #expect(isNear(weighted.divergence, 0.2) && !weighted.isSlack)
        // Nearly all mass on the best: there is nowhere to go.
        let slack = TrustRegionDual(rewards: [0, 1], logMasses: [-9, 0], delta: 0.2, lambdaMin: 0.01)
        #expect(slack.isSlack && slack.lambda == 0.01)
        // No mass on the best, as far as a number tells.
        let lost = TrustRegionDual(rewards: [0, 1, 0.5], logMasses: [0, -5000, -1], delta: 0.2, lambdaMin: 0.01)
        #expect(!lost.isSlack && lost.lambda >= 0.01 && lost.mu.isFinite)
    }

    @Test("The gradient ends where log rho is what the solution for the policy as it was says")
    func endsAtTarget() throws {
        let before = tilted(4)
        var objective = QUATROObjective.derived
        objective.solving = .update
        let regions = try objective.regions(lists(before).batch())
        let dual = regions[0].dual
        #expect(
            dual.lambda
                != TrustRegionDual(
                    rewards: Self.samples.map { Self.rewards[$0] }, delta: 0.1, lambdaMin: 0.01
                ).lambda)
        let target = zip(before, Self.rewards).map { $0 * exp(($1 - dual.mu) / dual.lambda) }
        #expect(isNear(target.reduce(0, +), 1))
        let there = try objective.evaluate(lists(target).batch(), regions: regions)
        #expect(there.gradients.allSatisfy { $0.magnitude < 1e-13 })
        let here = try objective.evaluate(lists(before).batch(), regions: regions)
        #expect(here.gradients.contains { $0.magnitude > 1e-3 })
    }

    @Test("A query at its radius has no gradient, and others have theirs")
    func stops() throws {
        for delta in [0.05, 0.2] {
            var objective = QUATROObjective.derived
            objective.delta = delta
            objective.stopping = .estimate
            let lambda = try objective.duals(lists(Self.old).batch())[0].lambda
            // The region's edge is at lambda; of a table the estimate is the exact divergence.
            #expect(isNear(divergence(tilted(lambda)), delta, 1e-9))
            let (inside, outside) = (tilted(lambda * 1.01), tilted(lambda / 1.01))
            let result = try objective.evaluate(both(lists(inside), lists(outside, group: 1)))
            #expect(result.gradients[..<16].contains { $0 != 0 } && result.gradients[16...].allSatisfy { $0 == 0 })
            #expect(result.metric("frac_stopped") == 0.5)
            objective.stopping = .exact
            let batch = try both(lists(inside), lists(outside, group: 1))
            let exact = try objective.evaluate(
                batch, regions: objective.regions(batch, divergences: [delta, 0.99 * delta]))
            #expect(exact.gradients[..<16].allSatisfy { $0 == 0 } && exact.gradients[16...].contains { $0 != 0 })
        }
    }

    @Test("Exact divergences are asked for where the policy has changed")
    func wantsDivergences() throws {
        var objective = QUATROObjective.derived
        objective.stopping = .exact
        let unchanged = try objective.evaluate(lists(Self.old).batch())
        #expect(unchanged.gradients.contains { $0 != 0 } && unchanged.metric("frac_stopped") == 0)
        let changed = try lists(tilted(1)).batch()
        #expect(throws: ObjectiveError.self) { try objective.evaluate(changed) }
        #expect(throws: ObjectiveError.self) { try objective.regions(changed, divergences: [0, 0]) }
        objective.level = .token
        objective.solving = .update
        #expect(throws: ObjectiveError.self) { try objective.regions(changed, divergences: [0]) }
    }

    @Test("Optimised with regions that move along and stop, a table ends on its radius")
    func endsOnRadius() throws {
        var objective = QUATROObjective.derived
        objective.solving = .update
        objective.stopping = .estimate
        var logits = Self.old.map { log($0) }
        func policy() -> [Double] {
            let sum = logits.reduce(0) { $0 + exp($1) }
            return logits.map { exp($0) / sum }
        }
        var steps = 0
        while steps < 20_000 {
            let now = policy()
            let result = try objective.evaluate(lists(now).batch())
            if result.metric("frac_stopped") == 1 { break }
            var gradient = [Double](repeating: 0, count: logits.count)
            for (sample, answer) in Self.samples.enumerated() {
                for other in logits.indices {
                    gradient[other] += result.gradients[sample] * ((other == answer ? 1 : 0) - now[other])
                }
            }
            for answer in logits.indices { logits[answer] -= 0.02 * gradient[answer] }
            steps += 1
        }
        let reached = divergence(policy())
        #expect(reached >= 0.1 && reached < 0.101 && steps > 10)
        let gain = zip(policy(), Self.old).enumerated().reduce(0) { $0 + ($1.1.0 - $1.1.1) * Self.rewards[$1.0] }
        #expect(gain > 0)
    }

    @Test("A baseline without one's own reward is mu of the others")
    func leavesOneOut() throws {
        var random = TestRandom(8)
        let rewards = (0..<7).map { _ in 2 * random.uniform() - 1 }
        var lists = Lists(logProbs: rewards.map { _ in [-1.0] }, rewards: rewards, groups: rewards.map { _ in 3 })
        var objective = QUATROObjective.derived
        objective.isLeaveOneOut = true
        for lambdaMin in [1e-3, 0.5, 1e6] {
            objective.lambdaMin = lambdaMin
            let regions = try objective.regions(lists.batch())
            for (index, region) in regions.enumerated() {
                let others = rewards.enumerated().filter { $0.offset != index }.map(\.element)
                let lambda = region.dual.lambda
                let highest = others.max() ?? 0
                let expected = highest + lambda * log(others.reduce(0) { $0 + exp(($1 - highest) / lambda) } / 6)
                #expect(isNear(region.baseline, expected, lambdaMin > 1 ? 1e-9 : 1e-12))
                // Where lambda is large, that of RLOO.
                if lambdaMin > 1 { #expect(isNear(region.baseline, others.reduce(0, +) / 6, 1e-5)) }
            }
            let result = try objective.evaluate(lists.batch())
            for (index, region) in regions.enumerated() {
                #expect(isNear(result.gradients[index], (region.baseline - rewards[index]) / 7))
            }
        }
        // Without others the baseline is the whole mu, and with equal ones the reward.
        lists = Lists(logProbs: [[-1], [-1], [-1]], rewards: [0.3, 0.6, 0.6], groups: [0, 1, 1])
        #expect(try objective.regions(lists.batch()).map(\.baseline) == [0.3, 0.6, 0.6])
    }
}
