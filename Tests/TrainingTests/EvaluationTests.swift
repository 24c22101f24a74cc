import JSON
import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

@Suite("Evaluations during a run")
struct EvaluationTests {
    private func evaluated(_ phase: TrainingPhase) -> TrainingPhase {
        var phase = phase
        phase.evaluation.path = "held out"
        phase.evaluation.steps = 2
        phase.evaluation.generations = 8
        phase.rollouts.maxCompletionLength = 6
        return phase
    }

    @Test("change nothing about training", arguments: [ObjectiveMethod.sft, .grpo, .trapo])
    func changeNothing(method: ObjectiveMethod) throws {
        let phase =
            method == .sft ? DigitRun.supervised(steps: 5) : DigitRun.sampled(method, steps: 5)
        var plain = evaluated(phase)
        plain.evaluation = EvaluationSettings()
        let (alone, tested) = (RecordingObserver(), RecordingObserver())
        try DigitRun([plain]).run(alone)
        try DigitRun([evaluated(phase)]).run(tested)
        #expect(tested.steps.count == 6)
        // At the start, after updates 2 and 4, and after the last.
        let places = tested.values("eval_reward").map { $0 != nil }
        #expect(places == [true, false, true, false, true, true])
        #expect(tested.steps[0].allSatisfy { $0.name.hasPrefix("eval") })
        for (one, other) in zip(alone.steps, tested.steps.dropFirst()) {
            #expect(one.filter { !$0.isTimed } == other.filter { !$0.name.hasPrefix("eval") && !$0.isTimed })
        }
    }

    @Test("draw the same each time, and say what the rewards say")
    func drawTheSame() throws {
        var phase = evaluated(DigitRun.sampled(.grpo, steps: 3))
        phase.evaluation.steps = 1
        phase.optimization.learningRate = 0
        let observer = RecordingObserver()
        try DigitRun([phase]).run(observer)
        let found = observer.steps.map { $0.filter { $0.name.hasPrefix("eval") && !$0.isTimed } }
        #expect(found.count == 4 && Set(found).count == 1)
        let values = Dictionary(uniqueKeysWithValues: found[0].map { ($0.name, $0.value) })
        // The one reward is 0 or 1, so that its mean is the share that is right.
        let mean = try #require(values["eval/mean@8"])
        #expect(mean == values["eval_reward"] && mean == values["eval_rewards/first_digit/mean"])
        #expect(mean > 0 && mean < 1)
        #expect(try #require(values["eval/pass@8"]) >= mean)
        let length = try #require(values["eval_completions/mean_length"])
        #expect(length >= 1 && length <= 6)
        #expect(try #require(values["eval_entropy"]) > 0)
    }

    @Test("follow the policy: it improves on what it learns")
    func followPolicy() throws {
        var phase = evaluated(DigitRun.supervised(steps: 60, batch: 12))
        phase.evaluation.steps = nil
        phase.optimization.learningRate = 0.02
        let observer = RecordingObserver()
        try DigitRun([phase]).run(observer)
        let found = observer.values("eval/mean@8").compactMap { $0 }
        #expect(found.count == 2)
        #expect(found[1] > found[0] + 0.2)
    }

    @Test("go on to the bit")
    func goOn() throws {
        let phase = evaluated(DigitRun.sampled(.grpo, steps: 5))
        let expected = RecordingObserver()
        try DigitRun([phase]).run(expected)
        let run = try DigitRun([phase])
        let observer = RecordingObserver()
        observer.stopsAfter = 3
        let checkpoint = try run.run(observer).outcome.checkpoint
        observer.stopsAfter = .max
        try run.run(observer, from: checkpoint)
        #expect(observer.steps.count == expected.steps.count)
        for (one, other) in zip(observer.steps, expected.steps) {
            #expect(one.filter { !$0.isTimed } == other.filter { !$0.isTimed })
        }
    }

    @Test("are refused without a dataset, and take rewards in supervised phases")
    func readSettings() throws {
        func read(_ text: String) throws -> TrainingConfiguration {
            let start = "model_name_or_path: m\noutput_dir: o\ndataset_name: d\n"
            return try TrainingConfiguration(yaml: Array((start + text).utf8))
        }
        let sft = try read(
            "objective: sft\neval_dataset_name: e\neval_steps: 5\nreward_funcs: [format]\nmax_completion_length: 9\n")
        #expect(sft.phases[0].evaluation.path == "e" && sft.phases[0].evaluation.steps == 5)
        #expect(sft.phases[0].rewards.names == ["format"] && sft.phases[0].rollouts.maxCompletionLength == 9)
        #expect(sft.phases[0].evaluation.isWanted && sft.phases[0].evaluation.isAtStart)
        for text in [
            "objective: sft\nreward_funcs: [format]\n", "objective: grpo\neval_steps: 5\n",
            "objective: grpo\neval_dataset_name: e\neval_temperature: 0\n",
            "objective: sft\neval_dataset_name: e\nreward_funcs: [nothing]\n",
            "objective: grpo\neval_dataset_name: e\neval_strategy: epoch\n",
        ] {
            #expect(throws: ConfigurationError.self) { try read(text) }
        }
        let off = try read("objective: grpo\neval_dataset_name: e\neval_strategy: \"no\"\n")
        #expect(!off.phases[0].evaluation.isWanted)
        let text = try JSONWriter(isPretty: true).string(sft.node)
        #expect(try TrainingConfiguration(yaml: Array(text.utf8)) == sft)
    }
}
