import Glibc
import Testing

@testable import Objectives

@Suite struct TrustRegionTests {
    private func binary(_ correct: Int, of count: Int = 8) -> [Double] {
        (0..<count).map { $0 < correct ? 1 : 0 }
    }

    @Test(arguments: [(2, 0.1, 1.08124, 0.348549), (4, 0.1, 1.05995, 0.613800), (1, 0.2, 0.699269, 0.233970)])
    func vectors(_ correct: Int, _ delta: Double, _ lambda: Double, _ mu: Double) {
        let dual = TrustRegionDual(rewards: binary(correct), delta: delta, lambdaMin: 1e-3)
        #expect((dual.lambda - lambda).magnitude < 5e-6 * 1.1 && (dual.mu - mu).magnitude < 5e-7 * 1.1)
        #expect(!dual.isSlack && isNear(dual.divergence, delta, 1e-13))
    }

    @Test func slackAndEqualRewards() {
        let slack = TrustRegionDual(rewards: binary(7), delta: 0.2, lambdaMin: 0.05)
        #expect(slack.isSlack && slack.lambda == 0.05 && slack.divergence <= log(8.0 / 7) + 1e-15)
        #expect(isNear(slack.mu, 0.05 * log((7 * exp(1 / 0.05) + 1) / 8)))
        // Just inside: log(8 / 7) is 0.1335.
        #expect(!TrustRegionDual(rewards: binary(7), delta: 0.1335, lambdaMin: 1e-9).isSlack)
        #expect(TrustRegionDual(rewards: binary(7), delta: 0.1336, lambdaMin: 1e-9).isSlack)
        for rewards in [[0.1], [0.1, 0.1, 0.1]] {
            let equal = TrustRegionDual(rewards: rewards, delta: 0.1, lambdaMin: 0.3)
            #expect(equal.isEqual && equal.lambda == 0.3 && equal.mu == 0.1 && equal.divergence == 0)
        }
        let bound = TrustRegionDual(rewards: binary(4), delta: 0.1, lambdaMin: 3)
        #expect(bound.lambda == 3 && !bound.isSlack && bound.divergence < 0.1)
    }

    /// lambda is the minimum of the dual function: it is no lower a step to either side.
    @Test func minimisesTheDual() {
        var random = TestRandom(3)
        for _ in 0..<200 {
            let rewards = (0..<(2 + random.below(9))).map { _ in 6 * random.uniform() - 3 }
            let delta = exp(-6 * random.uniform())
            let dual = TrustRegionDual(rewards: rewards, delta: delta, lambdaMin: 1e-6)
            guard !dual.isSlack else { continue }
            func value(_ lambda: Double) -> Double {
                let highest = rewards.max() ?? 0
                let mean = rewards.reduce(0) { $0 + exp(($1 - highest) / lambda) } / Double(rewards.count)
                return lambda * delta + highest + lambda * log(mean)
            }
            let least = value(dual.lambda)
            #expect(least < value(dual.lambda * 1.01) && least < value(dual.lambda / 1.01))
            #expect(isNear(least - dual.lambda * delta, dual.mu))
            #expect(isNear(dual.divergence, delta, 1e-11))
        }
    }

    /// Rewards of any size and radii of any size.
    @Test func scales() {
        let rewards = [0.3, -1, 2, 2.5, 0]
        let dual = TrustRegionDual(rewards: rewards, delta: 0.3, lambdaMin: 1e-300)
        for scale in [1e-200, 1e-9, 1e12, 1e200] {
            let scaled = TrustRegionDual(rewards: rewards.map { $0 * scale }, delta: 0.3, lambdaMin: 1e-300)
            #expect(isNear(scaled.lambda / scale, dual.lambda, 1e-13) && isNear(scaled.mu / scale, dual.mu, 1e-13))
        }
        for delta in [1e-14, 1e-9, 1e-4] {
            let small = TrustRegionDual(rewards: binary(4), delta: delta, lambdaMin: 1e-9)
            // Where the region is small the divergence is the variance over 2 lambda².
            #expect(isNear(small.lambda, (0.25 / (2 * delta)).squareRoot(), 1e-4))
            #expect(isNear(small.divergence / delta, 1, 1e-11))
        }
        // A second reward next to the greatest: as the bound falls the weight must choose between them.
        let close = TrustRegionDual(rewards: [1, 1 - 1e-12, 0, 0], delta: log(4) - 1e-3, lambdaMin: 1e-30)
        #expect(close.lambda < 1e-12 && close.lambda > 1e-14)
    }

    /// A table of 5 answers, sampled as often as they are probable: the mean over the group is the exact expectation.
    private func table(delta: Double) throws -> (old: [Double], policy: [Double], dual: TrustRegionDual) {
        let counts = [1, 2, 3, 2, 8]
        let rewards = [1, 0.7, -0.5, 0.1, 0]
        let total = Double(counts.reduce(0, +))
        let old = counts.map { Double($0) / total }
        var samples: [Int] = []
        for (answer, count) in counts.enumerated() { samples += Array(repeating: answer, count: count) }
        var objective = QUATROObjective.derived
        objective.delta = delta
        objective.lambdaMin = 1e-3
        var logits = old.map { log($0) }
        var dual: TrustRegionDual?
        for _ in 0..<6000 {
            let sum = logits.reduce(0) { $0 + exp($1) }
            let policy = logits.map { exp($0) / sum }
            let lists = Lists(
                logProbs: samples.map { [log(policy[$0])] }, old: samples.map { [log(old[$0])] },
                rewards: samples.map { rewards[$0] }, groups: samples.map { _ in 0 })
            let result = try objective.evaluate(lists.batch())
            dual = result.duals[0]
            var gradient = [Double](repeating: 0, count: logits.count)
            for (sample, answer) in samples.enumerated() {
                for other in logits.indices {
                    gradient[other] += result.gradients[sample] * ((other == answer ? 1 : 0) - policy[other])
                }
            }
            for answer in logits.indices { logits[answer] -= 2 * gradient[answer] }
        }
        let sum = logits.reduce(0) { $0 + exp($1) }
        return (old, logits.map { exp($0) / sum }, try #require(dual))
    }

    /// Property 1: optimised to convergence the policy is the problem's solution, and lies on the region's edge.
    @Test(arguments: [0.05, 0.3]) func reachesTheSolution(_ delta: Double) throws {
        let rewards = [1, 0.7, -0.5, 0.1, 0]
        let (old, policy, dual) = try table(delta: delta)
        let solution = zip(old, rewards).map { $0 * exp(($1 - dual.mu) / dual.lambda) }
        #expect(isNear(solution.reduce(0, +), 1))
        #expect(areNear(policy, solution, 1e-9))
        let divergence = zip(policy, old).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        #expect(isNear(divergence, delta, 1e-9))
    }

    /// Property 2: at ratio 1 the gradient is the policy gradient with the baseline mu.
    @Test(arguments: ["token", "sequence"]) func startsAsPolicyGradient(_ level: String) throws {
        var lists = Lists.random(9)
        lists.old = lists.logProbs
        let batch = try lists.batch()
        let objective = try ObjectiveMethod.quatro.objective(settings: [
            ("ratio_level", .text(level)), ("loss_type", .text("sum")),
        ])
        let result = try objective.evaluate(batch)
        let groups = try #require(batch.groups)
        for rollout in 0..<batch.count {
            let dual = result.duals[groups.positions[rollout]]
            for token in batch.tokens(of: rollout) {
                let expected = batch.mask[token] && !dual.isEqual ? dual.mu - (lists.rewards?[rollout] ?? 0) : 0
                #expect(isNear(result.gradients[token], expected))
            }
        }
    }

    /// Property 3: a rollout far outside the region is pulled back, where a clipped ratio has no gradient.
    @Test func pullsBack() throws {
        let lists = Lists(
            logProbs: [[-0.1, -0.1], [-1, -1]], old: [[-2, -3], [-1, -1]], rewards: [1, 0], groups: [0, 0])
        let batch = try lists.batch()
        #expect(try ClippedObjective.grpo.evaluate(batch).gradients[0] == 0)
        for objective in [QUATROObjective.derived, .practical] {
            let result = try objective.evaluate(batch)
            #expect(result.advantages[0] < 0 && result.gradients[0] > 0 && result.gradients[1] == result.gradients[0])
        }
    }

    @Test func equalGroups() throws {
        let lists = Lists(
            logProbs: [[-0.5], [-1]], old: [[-1], [-0.25]], rewards: [1, 1], groups: [0, 0])
        let skipped = try QUATROObjective.derived.evaluate(lists.batch())
        #expect(skipped.gradients == [0, 0] && skipped.metric("frac_reward_zero_std") == 1)
        let kept = try QUATROObjective.practical.evaluate(lists.batch())
        // Towards the sampling policy from either side.
        #expect(isNear(kept.gradients[0], exp(0.5) * 0.5 / 2) && isNear(kept.gradients[1], -exp(-0.7) * 0.75 / 2))
    }

    /// Parts that hold half a group each need the dual solutions of the whole.
    @Test func dualsFromBefore() throws {
        let lists = Lists.random(4)
        var objective = QUATROObjective.derived
        let whole = try objective.evaluate(lists.batch())
        objective.terms.normalization.window = UpdateWindow(rollouts: 10)
        let duals = try objective.duals(lists.batch())
        let first = try objective.evaluate(lists.part(0..<6).batch(), duals: Array(duals[..<3]))
        let second = try objective.evaluate(lists.part(6..<10).batch(), duals: Array(duals[2...]))
        #expect(areNear(first.gradients + second.gradients, whole.gradients))
        #expect(throws: ObjectiveError.self) { try objective.evaluate(lists.batch(), duals: []) }
    }
}
