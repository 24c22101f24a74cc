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
            #expect(found.filter { $0.name != "step_time" } == wanted.filter { $0.name != "step_time" })
        }
    }
}
