import Testing
import Training

@Suite("Schedules of the learning rate")
struct LearningRateScheduleTests {
    /// Of `transformers.optimization.get_scheduler` with 2 steps of warm-up and 6 in all.
    @Test(
        "follow transformers",
        arguments: [
            (OptimizationSettings.ScheduleType.constant, [1, 1, 1, 1, 1, 1]),
            (.constantWithWarmup, [0, 0.5, 1, 1, 1, 1]),
            (.linear, [0, 0.5, 1, 0.75, 0.5, 0.25]),
            (.cosine, [0, 0.5, 1, 0.8535533905932737, 0.5, 0.14644660940672627]),
        ])
    func followTransformers(shape: OptimizationSettings.ScheduleType, expected: [Double]) {
        let schedule = LearningRateSchedule(shape, peak: 2, warmupSteps: 2, steps: 6)
        for (step, factor) in expected.enumerated() {
            #expect(abs(schedule.learningRate(after: step) - 2 * factor) < 1e-15)
        }
    }
}
