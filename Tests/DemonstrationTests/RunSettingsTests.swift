import Demonstration
import Objectives
import Testing
import Training

/// The files that the demonstration writes for `kedge train`.
struct RunSettingsTests {
    @Test(arguments: [false, true]) func settingsAreThoseOfTrain(isQuick: Bool) throws {
        let plan = DemonstrationPlan(seed: 3, isQuick: isQuick)
        let paths = DemonstrationPaths("a \"b\"\n\\c//")
        for run in plan.runs {
            let configuration = try TrainingConfiguration(yaml: Array(paths.yaml(run, in: plan).utf8))
            let phase = try #require(configuration.phases.first)
            #expect(configuration.phases.count == 1)
            #expect(configuration.run.outputDirectory == "a \"b\"\n\\c/\(run.name)")
            #expect(configuration.run.seed == 3)
            #expect(phase.optimization.maxSteps == run.updates)
            #expect(phase.optimization.sequencesPerUpdate == Int(run["per_device_train_batch_size"] ?? ""))
            #expect(phase.method.rawValue == run["objective"])
            // Every run begins with a model that is there by then.
            #expect(
                run.start == nil
                    ? configuration.model.path == paths.start
                    : configuration.model.path == paths.end(of: plan.warmUp))
        }
    }
}
