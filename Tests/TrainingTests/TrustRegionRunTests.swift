import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

@Suite("Runs with regions that are looked at again, and with other optimisers")
struct TrustRegionRunTests {
    /// Two batches of rollouts, each used for 2 iterations of 2 updates.
    private func stale(_ settings: [TrainingPhase.MethodSetting], _ method: ObjectiveMethod = .quatro) -> TrainingPhase
    {
        var phase = DigitRun.sampled(method, steps: 8)
        phase.rollouts.stepsPerGeneration = 4
        phase.rollouts.iterations = 2
        phase.optimization.scheduleType = .constant
        phase.methodSettings = settings
        return phase
    }

    private func run(_ phase: TrainingPhase, usesAdapter: Bool = false) throws -> RecordingObserver {
        var run = try DigitRun([phase])
        run.configuration.model.usesAdapter = usesAdapter
        let observer = RecordingObserver()
        try run.run(observer)
        return observer
    }

    @Test("stop queries once they are at their radius, and only then", arguments: ["estimate", "exact"])
    func stop(how: String) throws {
        var phase = stale([.init("stop_at_delta", .text(how)), .init("delta", .number(1e-9))])
        let stopped = try run(phase).values("frac_stopped").compactMap { $0 }
        // The first iteration sees the policy that sampled.
        #expect(stopped.count == 8)
        #expect(Array(stopped[0..<2]) == [0, 0] && Array(stopped[4..<6]) == [0, 0])
        #expect(stopped[2] > 0.9 && stopped[3] > 0.9)
        phase.methodSettings[1] = .init("delta", .number(1e9))
        #expect(try run(phase).values("frac_stopped").allSatisfy { $0 == 0 })
        // Where all are stopped there is no gradient at all.
        phase.methodSettings[1] = .init("delta", .number(1e-9))
        let norms = try run(phase).values("grad_norm").compactMap { $0 }
        #expect(norms[0] > 0 && norms[2] == 0)
    }

    @Test("solve duals anew where they are told to", arguments: ["batch", "iteration", "update"])
    func solve(when: String) throws {
        var phase = stale([.init("solve_duals", .text(when))])
        phase.optimization.learningRate = 0.05
        let lambdas = try run(phase).values("lambda/mean").compactMap { $0 }
        try #require(lambdas.count == 8)
        #expect((lambdas[0] == lambdas[1]) == (when != "update"))
        #expect((lambdas[1] == lambdas[2]) == (when == "batch"))
        #expect((lambdas[2] == lambdas[3]) == (when != "update"))
    }

    @Test("go on to the bit", arguments: [0, 1, 2, 3, 4])
    func goOn(kind: Int) throws {
        var phase = stale(
            [
                .init("solve_duals", .text("update")), .init("stop_at_delta", .text("exact")),
                .init("leave_one_out", .flag(true)),
            ], .quatroPractical)
        if kind == 1 || kind == 2 { phase.optimization.freezesSecondMoment = true }
        if kind >= 3 {
            phase.optimization.optimizer = .sgd
            phase.optimization.momentum = 0.9
        }
        var run = try DigitRun([phase])
        run.configuration.model.usesAdapter = kind == 2 || kind == 4
        let expected = RecordingObserver()
        let whole = try run.run(expected).policy
        let observer = RecordingObserver()
        observer.stopsAfter = 2
        var again = try DigitRun([phase])
        again.configuration.model = run.configuration.model
        let checkpoint = try again.run(observer).outcome.checkpoint
        #expect(observer.steps.count == 4)
        observer.stopsAfter = .max
        let resumed = try again.run(observer, from: checkpoint).policy
        for name in whole.optimizerState.names {
            #expect(whole.optimizerState.numbers(name) == resumed.optimizerState.numbers(name))
        }
        for (one, other) in zip(observer.steps, expected.steps) {
            #expect(one.filter { !$0.isTimed } == other.filter { !$0.isTimed })
        }
        #expect(observer.steps.count == 8)
    }

    @Test("keep AdamW's second moment within a batch alone")
    func freeze() throws {
        func norms(_ phase: TrainingPhase) throws -> [Double] { try run(phase).values("grad_norm").compactMap { $0 } }
        var single = DigitRun.sampled(.grpo, steps: 4)
        single.optimization.learningRate = 0.01
        let plain = try norms(single)
        single.optimization.freezesSecondMoment = true
        #expect(try norms(single) == plain)
        var several = stale([], .grpo)
        let moving = try norms(several)
        several.optimization.freezesSecondMoment = true
        let frozen = try norms(several)
        #expect(frozen[0] == moving[0] && frozen[1] == moving[1] && frozen[2] != moving[2])
    }

    @Test("learn with gradient descent", arguments: [false, true])
    func descend(usesAdapter: Bool) throws {
        var phase = DigitRun.supervised(steps: 40, batch: 12)
        phase.optimization.optimizer = .sgd
        phase.optimization.momentum = 0.9
        phase.optimization.learningRate = 0.05
        phase.optimization.scheduleType = .constant
        let losses = try run(phase, usesAdapter: usesAdapter).values("loss").compactMap { $0 }
        #expect(losses.count == 40 && losses[39] < losses[0] - 0.3)
    }

    @Test("refuse settings that make no sense together")
    func refuse() throws {
        for text in [
            "objective: quatro\nsolve_duals: update\nratio_level: token\n", "objective: grpo\nsolve_duals: update\n",
            "objective: quatro\nstop_at_delta: sometimes\n", "objective: grpo\nsgd_momentum: 0.9\n",
            "objective: grpo\noptim: sgd\nadam_freeze_second_moment: true\n", "objective: grpo\noptim: rmsprop\n",
            "objective: sft\nadam_freeze_second_moment: true\n", "objective: grpo\noptim: sgd\nsgd_momentum: 1\n",
        ] {
            let start = "model_name_or_path: m\noutput_dir: o\ndataset_name: d\n"
            #expect(throws: ConfigurationError.self) { try TrainingConfiguration(yaml: Array((start + text).utf8)) }
        }
    }
}
