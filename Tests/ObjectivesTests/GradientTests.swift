import Glibc
import Testing

@testable import Objectives

/// Gradients against differences of a function that has no stop gradients: what is under one is held at its value.
@Suite struct GradientTests {
    static let batches: [UInt64] = [1, 2, 3]

    /// The largest difference between a method's gradients and central differences of `value`, over tokens that count.
    private func worst(
        _ lists: Lists, _ gradients: [Double], _ value: (Lists) throws -> Double
    ) throws -> Double {
        let step = 1e-6
        var (worst, token) = (0.0, 0)
        for rollout in lists.logProbs.indices {
            for place in lists.logProbs[rollout].indices {
                defer { token += 1 }
                var (above, below) = (lists, lists)
                above.logProbs[rollout][place] += step
                below.logProbs[rollout][place] -= step
                let difference = (try value(above) - value(below)) / (2 * step)
                worst = max(worst, (difference - gradients[token]).magnitude)
            }
        }
        return worst
    }

    /// Methods whose loss is what the gradient descends.
    @Test(arguments: ["sft", "grpo", "dr_grpo", "dapo", "bnpo", "gspo", "luffy"], batches)
    func lossesWithoutStops(_ name: String, _ seed: UInt64) throws {
        let lists = Lists.random(seed)
        var settings: [(name: String, value: SettingValue)] = []
        if name != "sft" {
            settings = [("beta", .number(0.1)), ("entropy_coef", .number(0.01))]
        }
        for level in name == "sft" || name == "luffy" ? [""] : ["token", "sequence"] {
            var settings = settings
            if !level.isEmpty { settings.append(("importance_sampling_level", .text(level))) }
            let objective = try ObjectiveMethod(named: name).objective(settings: settings)
            let result = try objective.evaluate(lists.batch())
            let worst = try worst(lists, result.gradients) { try objective.evaluate($0.batch()).loss }
            #expect(worst < 1e-7, "\(name) \(level)")
        }
    }

    @Test(
        arguments: [
            "no_reshape", "logp", "p_logp", "square_root", "pow", "p_div_p_0.1", "p_div_p_0.5",
        ], batches)
    func reshapings(_ name: String, _ seed: UInt64) throws {
        let lists = Lists.random(seed)
        let objective = try ObjectiveMethod.luffy.objective(
            settings: [
                ("off_policy_reshape", .text(name)), ("on_policy_reshape", .text(name)),
                ("off_policy_reshape_weight", .number(0.3)), ("on_policy_reshape_weight", .number(2)),
                ("off_policy_reshape_pow_exp", .number(1.5)), ("loss_remove_clip", .flag(seed % 2 == 0)),
                ("off_policy_max_clip", .number(0.9)), ("off_policy_min_clip", .number(-9)),
            ].filter { $0.0 != "off_policy_min_clip" })
        let result = try objective.evaluate(lists.batch())
        #expect(try worst(lists, result.gradients) { try objective.evaluate($0.batch()).loss } < 1e-7)
    }

    /// Supervised weights and CISPO's clipped ratios are held where the gradient is taken.
    @Test(arguments: batches) func heldWeights(_ seed: UInt64) throws {
        let lists = Lists.random(seed)
        let batch = try lists.batch()
        let weights = batch.logProbs.map { exp($0) }
        func sum(_ lists: Lists, _ term: (Int, Double) -> Double) throws -> Double {
            let moved = try lists.batch()
            var sum = 0.0
            for token in moved.logProbs.indices where moved.mask[token] { sum += term(token, moved.logProbs[token]) }
            return sum / Double(moved.tokenCount)
        }
        let dft = try SupervisedObjective.dft.evaluate(batch)
        #expect(try worst(lists, dft.gradients) { try sum($0) { -weights[$0] * $1 } } < 1e-8)
        let trsft = try SupervisedObjective.trsft.evaluate(batch)
        #expect(try worst(lists, trsft.gradients) { try sum($0) { -exp($1) / max(weights[$0], 0.1) } } < 1e-8)
        let cispo = try CISPOObjective().evaluate(batch)
        var rollouts: [Int] = []
        for rollout in 0..<batch.count { rollouts += batch.tokens(of: rollout).map { _ in rollout } }
        let held = batch.logProbs.indices.map {
            min(max(exp(batch.logRatio($0)), 0.8), 1.2) * cispo.advantages[rollouts[$0]]
        }
        #expect(try worst(lists, cispo.gradients) { try sum($0) { -held[$0] * $1 } } < 1e-8)
    }

    /// TRAPO's prefixes with the weight held, and its own tokens.
    @Test(arguments: batches) func trapo(_ seed: UInt64) throws {
        let lists = Lists.random(seed)
        let batch = try lists.batch()
        let result = try TRAPOObjective().evaluate(batch)
        let weights = batch.logProbs.map { max(exp($0), 0.1) }
        let worst = try worst(lists, result.gradients) { lists in
            let moved = try lists.batch()
            var sum = 0.0
            for rollout in 0..<moved.count {
                for token in moved.tokens(of: rollout) where moved.mask[token] {
                    if moved.prefixMask?[token] ?? false {
                        if moved.prefixLossMask?[rollout] ?? true { sum -= exp(moved.logProbs[token]) / weights[token] }
                    } else {
                        sum -= exp(moved.logRatio(token)) * result.advantages[rollout]
                    }
                }
            }
            return sum / Double(moved.longest)
        }
        #expect(worst < 1e-8)
    }

    /// QUATRO's gradient descends minus the metric `lagrangian`, whatever weighs it.
    @Test(arguments: ["importance", "capped", "none"], ["token", "sequence"])
    func quatro(_ weight: String, _ level: String) throws {
        for seed in GradientTests.batches {
            for isPractical in [false, true] {
                let lists = Lists.random(seed, spread: 1.5)
                let method = isPractical ? ObjectiveMethod.quatroPractical : .quatro
                let objective = try method.objective(settings: [
                    ("ratio_weight", .text(weight)), ("ratio_level", .text(level)), ("ratio_cap", .number(0.3)),
                ])
                let result = try objective.evaluate(lists.batch())
                #expect(result.gradients.contains { $0 != 0 })
                let worst = try worst(lists, result.gradients) {
                    -(try #require(try objective.evaluate($0.batch()).metric("lagrangian")))
                }
                #expect(worst < 1e-7)
            }
        }
    }

    @Test(arguments: KLPenalty.Estimator.allCases) func estimators(_ estimator: KLPenalty.Estimator) {
        for logRatio in [-3, -0.5, -1e-3, 0, 1e-9, 0.009, 0.5, 2] {
            // The straight-through ones have the gradient of k2.
            let taken: KLPenalty.Estimator =
                estimator == .k1WithGradientOfK2 || estimator == .k3WithGradientOfK2 ? .k2 : estimator
            let difference = (taken.value(logRatio + 1e-6) - taken.value(logRatio - 1e-6)) / 2e-6
            #expect(isNear(estimator.gradient(logRatio), difference, 1e-8))
        }
        #expect(KLPenalty.Estimator.k3.value(1e-9) > 0)
        #expect(isNear(KLPenalty.Estimator.k3.value(-0.01), expm1(0.01) - 0.01, 1e-16))
        #expect(isNear(KLPenalty.Estimator.k3.value(-0.00999) / (expm1(0.00999) - 0.00999), 1, 1e-12))
    }

    /// Parts of an update that is normalised as a whole add up to it.
    @Test(arguments: ObjectiveMethod.allCases.filter { $0 != .bnpo }, Normalizer.allCases)
    func partsAddUp(_ method: ObjectiveMethod, _ normalizer: Normalizer) throws {
        let lists = Lists.random(5)
        let batch = try lists.batch()
        var settings: [(name: String, value: SettingValue)] = [
            ("loss_type", .text(normalizer.rawValue)), ("max_length", .number(9)),
        ]
        if !["sft", "dft", "trsft"].contains(method.rawValue) {
            settings += [("beta", .number(0.5)), ("entropy_coef", .number(0.1))]
        }
        let whole = try method.objective(settings: settings).evaluate(batch)
        settings += [
            ("window_tokens", .number(Double(batch.tokenCount))), ("window_rollouts", .number(Double(batch.count))),
        ]
        let objective = try method.objective(settings: settings)
        var (loss, gradients, entropyGradients) = (0.0, [Double](), [Double]())
        for part in [0..<4, 4..<10] {
            let found = try objective.evaluate(lists.part(part).batch())
            loss += found.loss
            gradients += found.gradients
            entropyGradients += found.entropyGradients ?? []
        }
        #expect(isNear(loss, whole.loss))
        #expect(areNear(gradients, whole.gradients))
        #expect(areNear(entropyGradients, whole.entropyGradients ?? []))
    }
}

extension Lists {
    func part(_ range: Range<Int>) -> Lists {
        Lists(
            logProbs: Array(logProbs[range]), old: old.map { Array($0[range]) }, ref: ref.map { Array($0[range]) },
            mask: mask.map { Array($0[range]) }, prefix: prefix.map { Array($0[range]) },
            prefixLoss: prefixLoss.map { Array($0[range]) }, rewards: rewards.map { Array($0[range]) },
            groups: groups.map { Array($0[range]) }, entropies: entropies.map { Array($0[range]) })
    }
}
