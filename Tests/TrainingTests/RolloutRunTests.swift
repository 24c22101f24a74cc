import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

@Suite("Runs with rollouts")
struct RolloutRunTests {
    @Test(
        "of every objective raise the reward",
        arguments: [
            ObjectiveMethod.grpo, .drGRPO, .dapo, .bnpo, .gspo, .cispo, .luffy, .trapo, .trapoCode, .quatro,
            .quatroPractical,
        ])
    func raiseReward(method: ObjectiveMethod) throws {
        var phase = DigitRun.sampled(method, steps: 30, batch: 16, accumulation: 2)
        phase.optimization.scheduleType = .constant
        phase.rollouts.maxCompletionLength = 4
        // A policy that has learnt has no groups of unequal rewards any more.
        phase.rollouts.isSamplingDynamic = false
        phase.methodSettings =
            method == .gspo ? [.init("epsilon", .number(0.2)), .init("epsilon_high", .number(0.2))] : []
        var run = try DigitRun([phase])
        run.data = DigitData(count: 6, traces: 2, ratios: [0, 0.2, 0.25, 0.5, 1])
        let observer = RecordingObserver()
        try run.run(observer)
        let rewards = observer.values("reward").compactMap { $0 }
        #expect(rewards.count == 30)
        let (first, last) = (rewards.prefix(5).reduce(0, +) / 5, rewards.suffix(5).reduce(0, +) / 5)
        #expect(last > first + 0.2)
        for name in ["loss", "entropy", "grad_norm", "completions/mean_length", "rewards/first_digit/mean"] {
            #expect(observer.values(name).allSatisfy { $0 != nil })
        }
        let drift = observer.values("sampling/sampling_logp_difference/max").compactMap { $0 }
        #expect(drift.count == 30 && drift.allSatisfy { $0 < 1e-4 })
    }

    @Test(
        "do not depend on how an update is divided into passes",
        arguments: [ObjectiveMethod.grpo, .trapo, .quatro, .bnpo])
    func divideAlike(method: ObjectiveMethod) throws {
        var norms: [[Double]] = []
        for (batch, accumulation) in [(16, 1), (4, 4), (1, 16)] {
            let observer = RecordingObserver()
            try DigitRun([DigitRun.sampled(method, steps: 1, batch: batch, accumulation: accumulation)]).run(observer)
            norms.append((observer.values("loss") + observer.values("grad_norm")).compactMap { $0 })
        }
        #expect(norms[0].count == 2)
        for other in norms.dropFirst() {
            for (value, expected) in zip(other, norms[0]) { #expect(abs(value - expected) < 1e-5) }
        }
    }

    @Test("of TRAPO give prefixes to those that fail, as the schedule says")
    func givePrefixes() throws {
        let observer = RecordingObserver()
        let run = try DigitRun([DigitRun.sampled(.trapo, steps: 3)])
        try run.run(observer)
        var prefixed = 0
        for batch in observer.batches {
            for group in 0..<2 {
                let rollouts = batch.rollouts.filter { $0.group == group }
                #expect(rollouts.map(\.microGroup) == [0, 0, 0, 0, 1, 1, 2, 3])
                for (number, threshold) in [(1, 0.5), (2, 0.7), (3, 0.9)] {
                    let before = rollouts.filter { $0.microGroup < number }.map(\.reward)
                    let fails = before.reduce(0, +) / Double(before.count) < threshold
                    for rollout in rollouts where rollout.microGroup == number {
                        #expect((rollout.ratio > 0) == fails)
                        #expect(rollout.carriesLoss == fails)
                        let row = run.data.row(rollout.row)
                        let ratio = [0, 0.2, 0.5, 1][number]
                        var expected = fails ? Array(row.expert.prefix(Int(Double(row.expert.count) * ratio))) : []
                        if expected.last == 11 { expected.removeLast() }
                        #expect(rollout.prefix == Array(expected.prefix(8)))
                        if !rollout.prefix.isEmpty { prefixed += 1 }
                    }
                }
                #expect(rollouts.allSatisfy { $0.length <= 8 })
            }
        }
        #expect(prefixed > 0)
    }

    @Test("of LUFFY have one whole trace in each group")
    func haveTraces() throws {
        let observer = RecordingObserver()
        let run = try DigitRun([DigitRun.sampled(.luffy, steps: 1)])
        try run.run(observer)
        let rollouts = try #require(observer.batches.first).rollouts
        let traces = rollouts.filter { $0.completion.isEmpty }
        #expect(traces.count == 4 && rollouts.count == 16)
        for trace in traces { #expect(trace.prefix == Array(run.data.row(trace.row).expert.prefix(8))) }
    }

    @Test("sample prompts again whose rewards are equal, or say that they cannot")
    func sampleAgain() throws {
        var phase = DigitRun.sampled(.dapo, steps: 2)
        phase.rollouts.maxGenerationBatches = 50
        let observer = RecordingObserver()
        try DigitRun([phase]).run(observer)
        #expect(observer.values("frac_reward_zero_std") == [0, 0])
        phase.rollouts.maxCompletionLength = 1
        phase.rollouts.temperature = 1e-3
        phase.rollouts.maxGenerationBatches = 2
        #expect {
            try DigitRun([phase]).run(RecordingObserver())
        } throws: { error in
            (error as? TrainingError)?.code == .noInformativePrompts
        }
    }

    @Test("clip ratios once rollouts are stale")
    func clipStale() throws {
        var phase = DigitRun.sampled(.grpo, steps: 8)
        phase.rollouts.iterations = 4
        phase.optimization.learningRate = 0.05
        phase.optimization.scheduleType = .constant
        let observer = RecordingObserver()
        try DigitRun([phase]).run(observer)
        let distances = observer.values("log_ratio/max").compactMap { $0 }
        #expect(distances.count == 8)
        #expect(abs(distances[0]) < 1e-5 && abs(distances[4]) < 1e-5)
        #expect(distances[3] > 0.01)
    }

    @Test("warn of what goes wrong, once")
    func warn() {
        var warnings = RunWarnings()
        let bad = [Metric("frac_reward_zero_std", 1), Metric("completions/clipped_ratio", 0.99), Metric("entropy", 2)]
        #expect(warnings.check(bad).count == 2)
        #expect(warnings.check(bad).isEmpty)
        #expect(warnings.check([Metric("frac_reward_zero_std", 0.5), Metric("entropy", 0.001)]).count == 1)
        #expect(warnings.check([Metric("frac_reward_zero_std", 1)]).count == 1)
    }

    @Test("refuse rollouts that make no whole groups, and data without the prefixes")
    func refuse() throws {
        var run = try DigitRun([DigitRun.sampled(.grpo, steps: 1, batch: 3, accumulation: 1)])
        #expect {
            try run.run(RecordingObserver())
        } throws: { error in
            (error as? TrainingError)?.code == .invalidSetting
        }
        run.configuration.phases = [DigitRun.sampled(.trapoCode, steps: 1)]
        #expect {
            try run.run(RecordingObserver())
        } throws: { error in
            (error as? TrainingError)?.message.contains("0.25") ?? false
        }
    }
}
