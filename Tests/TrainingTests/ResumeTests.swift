import Files
import Kernels
import Objectives
import TestFixtures
import Testing
import Transformers

@testable import Training

@Suite("Resumed runs")
struct ResumeTests {
    /// The numbers of a policy.
    private func numbers(_ policy: TrainedPolicy) -> [UInt32] {
        var bits: [UInt32] = []
        for name in policy.optimizerState.names {
            bits += (policy.optimizerState.numbers(name) ?? []).map(\.bitPattern)
        }
        if let adapter = policy.adapter { return bits + adapter.numbers.row.array(row: 0).map(\.bitPattern) }
        for matrix in policy.weights.matrices {
            matrix.withBytes { bytes in bits += bytes.map { UInt32($0) } }
        }
        return bits
    }

    private static let phases: [(name: String, phases: [TrainingPhase])] = {
        var stale = DigitRun.sampled(.grpo, steps: 8)
        stale.rollouts.stepsPerGeneration = 4
        stale.rollouts.iterations = 2
        stale.rollouts.logsOldDivergence = true
        var penalised = DigitRun.sampled(.drGRPO, steps: 4)
        penalised.methodSettings = [.init("beta", .number(0.1))]
        return [
            ("sft", [DigitRun.supervised(steps: 7)]), ("grpo", [DigitRun.sampled(.grpo, steps: 5)]),
            ("stale grpo", [stale]), ("dr_grpo with a reference", [penalised]),
            ("trapo", [DigitRun.sampled(.trapo, steps: 5)]), ("luffy", [DigitRun.sampled(.luffy, steps: 4)]),
            ("quatro", [DigitRun.sampled(.quatroPractical, steps: 4)]),
            ("two phases", [DigitRun.supervised(steps: 3), DigitRun.sampled(.trapo, steps: 3)]),
            ("a later phase with a reference", [DigitRun.supervised(steps: 3), penalised]),
        ]
    }()

    @Test("go on to the bit", arguments: 0..<9, [0, 1, 2])
    func goOn(index: Int, kind: Int) throws {
        var whole = try DigitRun(Self.phases[index].phases)
        whole.configuration.model.usesAdapter = kind == 1
        whole.configuration.model.isBFloat16 = kind == 2
        let expected = RecordingObserver()
        let policy = try whole.run(expected).policy
        let total = expected.steps.count
        #expect(total > 2)

        var parts = try DigitRun(Self.phases[index].phases)
        parts.configuration.model = whole.configuration.model
        let observer = RecordingObserver()
        var checkpoint: String?
        var last: TrainedPolicy?
        var rounds = 0
        while observer.steps.count < total, rounds <= total {
            observer.stopsAfter = observer.steps.count + 2
            let (outcome, policy) = try parts.run(observer, from: checkpoint)
            #expect(outcome.step == observer.steps.count)
            checkpoint = outcome.checkpoint
            last = policy
            rounds += 1
        }
        #expect(rounds > 1)
        #expect(try numbers(#require(last)) == numbers(policy))
        for (found, wanted) in zip(observer.steps, expected.steps) {
            #expect(found.filter { !$0.isTimed } == wanted.filter { !$0.isTimed })
        }
    }

    @Test("go on to the bit from the last update of a phase", arguments: [0, 1, 2])
    func goOnBetweenPhases(kind: Int) throws {
        var run = try DigitRun([DigitRun.supervised(steps: 3), DigitRun.supervised(.trsft, steps: 3)])
        run.configuration.model.usesAdapter = kind == 1
        run.configuration.model.isBFloat16 = kind == 2
        run.configuration.run.saveSteps = 3
        let observer = RecordingObserver()
        let whole = try run.run(observer).policy
        let boundary = try #require(observer.checkpoints.first)
        #expect(FileSystem.name(of: boundary) == "checkpoint-3")
        let resumed = RecordingObserver()
        #expect(try numbers(run.run(resumed, from: boundary).policy) == numbers(whole))
        #expect(resumed.steps.count == 3)
    }

    @Test("keep the last checkpoints, and nothing unfinished")
    func keepsLast() throws {
        var run = try DigitRun([DigitRun.supervised(steps: 7)])
        // What killed processes left, also of another run, whose weights must not be taken up.
        _ = try run.directory.makeDirectory(".checkpoint-2.tmp")
        _ = try run.directory.write(".checkpoint-2.tmp/model.safetensors", "not whole")
        _ = try run.directory.makeDirectory(".checkpoint-1.removed")
        _ = try run.directory.write(".checkpoint-1.removed/config.json", "{}")
        _ = try run.directory.makeDirectory(".checkpoint-4.tmp.kedge-partial")
        _ = try run.directory.makeDirectory(".checkpoint-4.tmp.kedge-partial/files")
        _ = try run.directory.write(".checkpoint-4.tmp.kedge-partial/files/model.safetensors", "of another run")
        run.configuration.run.saveSteps = 2
        run.configuration.run.saveLimit = 2
        let observer = RecordingObserver()
        let outcome = try run.run(observer).outcome
        let written = observer.checkpoints.map { FileSystem.name(of: $0) }
        #expect(written == ["checkpoint-2", "checkpoint-4", "checkpoint-6", "checkpoint-7"])
        #expect(try CheckpointStore.checkpoints(in: run.directory.path).map(\.step) == [6, 7])
        #expect(outcome.checkpoint.map { FileSystem.name(of: $0) } == "checkpoint-7")
        let names = try FileSystem.contents(ofDirectory: run.directory.path)
        #expect(names.allSatisfy { !$0.hasPrefix(".") })
    }

    @Test("may begin from a checkpoint of another")
    func beginsFromCheckpoint() throws {
        let run = try DigitRun([DigitRun.supervised(steps: 2)])
        let done = try run.run(RecordingObserver())
        let checkpoint = try #require(done.outcome.checkpoint)
        let other = try TemporaryDirectory()
        // What lies beside a model goes along with it, but for what is the other run's.
        let store = CheckpointStore(directory: other.path, files: try ModelFiles(checkpoint))
        let written = try store.save(done.policy, TrainerState(checkpoint: checkpoint))
        #expect(try TrainerState(checkpoint: written).step == 2)
        let again = try store.save(done.policy, TrainerState(checkpoint: checkpoint))
        #expect(again == written)
    }

    @Test("that were done stay as they are")
    func staysDone() throws {
        let run = try DigitRun([DigitRun.supervised(steps: 3)])
        let checkpoint = try run.run(RecordingObserver()).outcome.checkpoint
        let observer = RecordingObserver()
        let outcome = try run.run(observer, from: checkpoint).outcome
        #expect(outcome.isComplete && outcome.step == 3 && outcome.checkpoint == checkpoint)
        #expect(observer.steps.isEmpty && observer.checkpoints.isEmpty)
    }

    @Test("are never from weights that are not finite")
    func refusesInfinity() throws {
        var phase = DigitRun.supervised(steps: 50)
        phase.optimization.learningRate = 1e38
        phase.optimization.scheduleType = .constantWithWarmup
        phase.optimization.warmupSteps = 2
        var run = try DigitRun([phase])
        run.configuration.run.saveSteps = 1
        let observer = RecordingObserver()
        #expect(throws: TrainingError.self) { try run.run(observer) }
        let last = try #require(CheckpointStore.checkpoints(in: run.directory.path).last)
        _ = try TransformerWeights.load(last.path)
    }

    @Test("refuse other settings, naming them, but not those that decide nothing")
    func refusesOtherSettings() throws {
        var run = try DigitRun([DigitRun.supervised(steps: 4)])
        let observer = RecordingObserver()
        observer.stopsAfter = 2
        let checkpoint = try run.run(observer).outcome.checkpoint
        run.configuration.run.loggingSteps = 3
        run.configuration.phases[0].optimization.learningRate = 0.02
        #expect {
            try run.run(RecordingObserver(), from: checkpoint)
        } throws: { error in
            (error as? TrainingError)?.subject == "learning_rate"
        }
        run.configuration.phases[0].optimization.learningRate = 0.01
        #expect(try run.run(RecordingObserver(), from: checkpoint).outcome.step == 4)
    }
}
