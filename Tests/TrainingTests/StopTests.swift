import Files
import Objectives
import TestFixtures
import Testing

@testable import Training

/// Wants a stop when it is asked for the nth time whether it does.
private final class ImpatientObserver: TrainingObserver {
    let recording = RecordingObserver()
    private var left: Int
    private(set) var isStopping = false

    init(after questions: Int) { left = questions }

    func updated(_ step: Int, of total: Int, _ metrics: [Metric]) { recording.updated(step, of: total, metrics) }
    func sampled(_ batch: RolloutBatchRecord) { recording.sampled(batch) }
    func warned(_ message: String) { recording.warned(message) }
    func saved(_ path: String) { recording.saved(path) }

    var wantsStop: Bool {
        left -= 1
        isStopping = left < 0
        return isStopping
    }
}

@Suite("Runs that are to stop")
struct StopTests {
    @Test("drop the rollouts that they sample, and sample them again", arguments: [ObjectiveMethod.grpo, .trapo])
    func dropRollouts(method: ObjectiveMethod) throws {
        let phase = DigitRun.sampled(method, steps: 4)
        let expected = RecordingObserver()
        try DigitRun([phase]).run(expected)

        let run = try DigitRun([phase])
        var checkpoint: String?
        var steps: [[Metric]] = []
        var stopsInTheMiddle = 0
        // An update asks once for each token, of which it has some dozens.
        for questions in [75, 200, 30, 1_000_000] {
            let observer = ImpatientObserver(after: questions)
            let outcome = try run.run(observer, from: checkpoint).outcome
            checkpoint = outcome.checkpoint
            steps += observer.recording.steps
            #expect(outcome.isComplete == !observer.isStopping)
            // What was dropped is not told of.
            #expect(observer.recording.batches.count == observer.recording.steps.count)
            #expect(outcome.step == steps.count)
            if observer.isStopping { stopsInTheMiddle += 1 }
        }
        #expect(stopsInTheMiddle > 0)
        #expect(steps.count == expected.steps.count)
        for (found, wanted) in zip(steps, expected.steps) {
            #expect(found.filter { !$0.isTimed } == wanted.filter { !$0.isTimed })
        }
    }

    @Test("give an evaluation up, with a warning, and keep the update before it")
    func giveUpEvaluations() throws {
        var phase = DigitRun.sampled(.grpo, steps: 3)
        phase.evaluation.path = "held out"
        phase.evaluation.steps = 1
        phase.evaluation.isAtStart = false
        let expected = RecordingObserver()
        try DigitRun([phase]).run(expected)

        let run = try DigitRun([phase])
        // A batch of rollouts has at most 128 tokens, an evaluation some hundreds.
        let observer = ImpatientObserver(after: 150)
        let outcome = try run.run(observer).outcome
        #expect(!outcome.isComplete && outcome.step == 1)
        #expect(observer.recording.warnings.contains { $0.contains("evaluation after update 1 is given up") })
        let resumed = RecordingObserver()
        try run.run(resumed, from: outcome.checkpoint)
        let steps = observer.recording.steps + resumed.steps
        #expect(steps.count == 3)
        for (found, wanted) in zip(steps, expected.steps) {
            let isTraining = { (metric: Metric) in !metric.name.hasPrefix("eval") && !metric.name.contains("tim") }
            #expect(found.filter(isTraining) == wanted.filter(isTraining))
        }

        phase.evaluation.isAtStart = true
        let other = try DigitRun([phase])
        let early = ImpatientObserver(after: 50)
        let nothing = try other.run(early).outcome
        #expect(!nothing.isComplete && nothing.step == 0 && nothing.checkpoint == nil)
        #expect(early.recording.steps.isEmpty)
    }
}
