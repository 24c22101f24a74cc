import Files
import Objectives
import TestFixtures
import Testing

@testable import Training

@Suite("The reference of a KL term")
struct ReferenceTests {
    private func phases() -> [TrainingPhase] {
        var penalised = DigitRun.sampled(.drGRPO, steps: 3)
        penalised.methodSettings = [.init("beta", .number(0.1))]
        return [DigitRun.supervised(steps: 8), penalised]
    }

    @Test("is what a later phase begins with", arguments: [0, 1, 2])
    func beginsThere(kind: Int) throws {
        var run = try DigitRun(phases())
        run.configuration.model.usesAdapter = kind == 1
        run.configuration.model.isBFloat16 = kind == 2
        let observer = RecordingObserver()
        try run.run(observer)
        let divergences = observer.values("kl").compactMap { $0 }
        #expect(divergences.count == 3)
        // Nothing has been learnt yet, and then something.
        #expect(abs(divergences[0]) < 1e-12)
        #expect(divergences[2] > 1e-9)
        #expect(FileSystem.isDirectory("\(run.directory.path)/reference-1"))
    }

    @Test("is that of the settings where they name one")
    func isNamed() throws {
        var run = try DigitRun(phases())
        run.configuration.model.referencePath = "model"
        let observer = RecordingObserver()
        try run.run(observer)
        // The model before its supervised phase is far away.
        #expect(try #require(observer.values("kl").compactMap { $0 }.first) > 1e-3)
        #expect(!FileSystem.exists("\(run.directory.path)/reference-1"))
    }

    @Test("is missed by its name")
    func isMissed() throws {
        let run = try DigitRun(phases())
        let observer = RecordingObserver()
        observer.stopsAfter = 9
        let checkpoint = try run.run(observer).outcome.checkpoint
        let path = "\(run.directory.path)/reference-1"
        try CheckpointStore.discard(path)
        let error = #expect(throws: TrainingError.self) { try run.run(RecordingObserver(), from: checkpoint) }
        #expect(error?.subject == path && error?.code == .unusableCheckpoint)
    }
}
