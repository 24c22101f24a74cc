import Files
import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

/// Fails when it is asked for the nth time.
private final class FailingReward: RewardFunction {
    struct Failure: Error {}

    let name = "first_digit"
    private var left: Int

    init(after calls: Int) {
        left = calls
    }

    func rewards(of requests: [RewardInput]) throws -> [Double?] {
        guard left > 0 else { throw Failure() }
        left -= 1
        return FirstDigit().rewards(of: requests)
    }
}

@Suite("Runs that fail")
struct FailureTests {
    @Test(
        "while they sample save what they have learnt, and go on to the bit", arguments: [ObjectiveMethod.grpo, .trapo])
    func saveBefore(method: ObjectiveMethod) throws {
        var phase = DigitRun.sampled(method, steps: 6)
        phase.rollouts.stepsPerGeneration = 4
        let expected = RecordingObserver()
        try DigitRun([phase]).run(expected)

        var run = try DigitRun([phase])
        // TRAPO asks four times a batch: the failure is in the middle of the third one.
        run.reward = FailingReward(after: method == .trapo ? 10 : 2)
        let observer = RecordingObserver()
        #expect(throws: FailingReward.Failure.self) { try run.run(observer) }
        #expect(observer.checkpoints.map { FileSystem.name(of: $0) } == ["checkpoint-4"])
        run.reward = FirstDigit()
        try run.run(observer, from: observer.checkpoints.first)
        #expect(observer.steps.count == 6)
        for (found, wanted) in zip(observer.steps, expected.steps) {
            #expect(found.filter { !$0.isTimed } == wanted.filter { !$0.isTimed })
        }
    }

    @Test("for want of prefixes do so before their first phase")
    func refuseEarly() throws {
        var run = try DigitRun([DigitRun.supervised(steps: 2), DigitRun.sampled(.trapo, steps: 2)])
        run.data = DigitData(ratios: [0, 0.25, 0.5, 1])
        let observer = RecordingObserver()
        #expect {
            try run.run(observer)
        } throws: { error in
            (error as? TrainingError)?.code == .unusableData
        }
        #expect(observer.steps.isEmpty)
    }

    @Test("have numbers of steps also where settings ask for more than there are integers")
    func countSteps() throws {
        var phase = DigitRun.sampled(.grpo, steps: 1)
        phase.optimization.maxSteps = nil
        phase.optimization.epochs = 1e9
        phase.rollouts.iterations = 1 << 20
        phase.rollouts.stepsPerGeneration = 1 << 30
        #expect(try PhaseRun.steps(phase, DigitData()) == 1 << 40)
    }

    @Test(
        "are told of places that no run reaches", arguments: ["rollout_batches", "epoch", "global_step", "num_tokens"])
    func refusePlaces(key: String) throws {
        let run = try DigitRun([DigitRun.supervised(steps: 1)])
        let checkpoint = try #require(try run.run(RecordingObserver()).outcome.checkpoint)
        let path = "\(checkpoint)/trainer_state.json"
        let text = String(decoding: try FileSystem.readFile(at: path, limit: 1 << 20), as: UTF8.self)
        let lines = text.split(separator: "\n").map { line in
            line.contains("\"\(key)\":") ? "\"\(key)\": \(Int.max)," : String(line)
        }
        try OutputFile.write(Array(lines.joined(separator: "\n").utf8), to: path, overwrite: true)
        #expect {
            _ = try TrainerState(checkpoint: checkpoint)
        } throws: { error in
            (error as? TrainingError)?.message.contains(key) ?? false
        }
    }

    @Test("to teach anything say so once")
    func warnOfEmptyUpdates() throws {
        var phase = DigitRun.supervised(steps: 3)
        // A prompt has four tokens.
        phase.data.maxLength = 3
        let observer = RecordingObserver()
        try DigitRun([phase]).run(observer)
        #expect(observer.warnings.count == 1 && observer.warnings[0].contains("max_length"))
    }
}
