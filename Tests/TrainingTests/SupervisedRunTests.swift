import JSON
import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

@Suite("Supervised runs")
struct SupervisedRunTests {
    @Test("learn their traces", arguments: [ObjectiveMethod.sft, .dft, .trsft])
    func learn(method: ObjectiveMethod) throws {
        let observer = RecordingObserver()
        try DigitRun([DigitRun.supervised(method, steps: 60)]).run(observer)
        let losses = observer.values("nll").compactMap { $0 }
        #expect(losses.count == 60)
        let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
        #expect(last < 0.6 * first)
        #expect(observer.values("learning_rate").last == 0.01 / 60)
        #expect(observer.steps.allSatisfy { $0.contains { $0.name == "mean_token_accuracy" } })
    }

    @Test("do not depend on how an update is divided into passes, but for rounding")
    func dividesAlike() throws {
        var curves: [[Double]] = []
        for (batch, accumulation, tokens) in [(8, 1, nil), (1, 8, nil), (2, 4, nil), (4, 2, 12)] as [(Int, Int, Int?)] {
            var phase = DigitRun.supervised(steps: 6, batch: batch, accumulation: accumulation)
            phase.optimization.maxTokensPerPass = tokens
            let observer = RecordingObserver()
            try DigitRun([phase]).run(observer)
            curves.append(observer.values("loss").compactMap { $0 } + observer.values("grad_norm").compactMap { $0 })
        }
        #expect(curves[0].count == 12)
        for curve in curves.dropFirst() {
            for (value, expected) in zip(curve, curves[0]) {
                let limit = 2e-5 * max(1, abs(expected))
                #expect(abs(value - expected) < limit)
            }
        }
    }

    @Test(
        "normalise over the update also where the normaliser is another one",
        arguments: ["sequence_mean", "sum_over_max_length", "dr_grpo"])
    func normalizesSequences(normalizer: String) throws {
        var curves: [[Double]] = []
        for (batch, accumulation) in [(8, 1), (2, 4)] {
            var phase = DigitRun.supervised(steps: 3, batch: batch, accumulation: accumulation)
            phase.methodSettings = [.init("loss_type", .text(normalizer))]
            let observer = RecordingObserver()
            try DigitRun([phase]).run(observer)
            curves.append(observer.values("loss").compactMap { $0 })
        }
        for (value, expected) in zip(curves[0], curves[1]) {
            #expect(abs(value - expected) < 1e-5 * max(1, abs(expected)))
        }
    }

    @Test("stop at numbers that are not finite, and write the batch")
    func stopsAtInfinity() throws {
        var phase = DigitRun.supervised(steps: 50)
        phase.optimization.learningRate = 1e30
        phase.optimization.scheduleType = .constant
        let run = try DigitRun([phase])
        let observer = RecordingObserver()
        #expect {
            try run.run(observer)
        } throws: { error in
            (error as? TrainingError)?.code == .notFinite
        }
        let step = observer.steps.count + 1
        let text = try String(decoding: run.directory.read("failed-update-\(step).json"), as: UTF8.self)
        #expect(text.contains("\"kedge.failed-update\""))
    }

    @Test("refuse data that the model does not know")
    func refusesTokens() throws {
        let run = try DigitRun([DigitRun.supervised(steps: 1)])
        let smaller = DigitRun.text.replacing("\"vocab_size\": 12", with: "\"vocab_size\": 11")
        _ = try run.directory.write(
            "config.json", smaller.replacing("\"eos_token_id\": 11", with: "\"eos_token_id\": 10"))
        #expect {
            try run.run(RecordingObserver())
        } throws: { error in
            (error as? TrainingError)?.code == .unusableData
        }
    }
}
