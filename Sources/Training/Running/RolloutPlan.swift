import Objectives

/// How many prompts a batch of rollouts has, and how many updates it is used for.
struct RolloutPlan {
    /// Rollouts of a prompt.
    let groupSize: Int
    /// Prompts of a batch.
    let prompts: Int
    /// Updates that go through a batch once.
    let minibatches: Int
    /// How often it is gone through.
    let iterations: Int

    /// Updates of a batch.
    var updates: Int { minibatches * iterations }

    /// - Throws: ``TrainingError`` where rollouts make no whole groups, or no whole updates.
    init(_ phase: TrainingPhase) throws {
        let optimization = phase.optimization
        groupSize = try RolloutSampler.schedule(phase).rolloutCount
        iterations = max(1, phase.rollouts.iterations)
        let passes = phase.rollouts.stepsPerGeneration ?? optimization.gradientAccumulationSteps
        guard passes >= 1, passes % optimization.gradientAccumulationSteps == 0 else {
            throw TrainingError(
                .invalidSetting, "steps_per_generation",
                "\(passes) is no multiple of gradient_accumulation_steps, \(optimization.gradientAccumulationSteps)")
        }
        minibatches = passes / optimization.gradientAccumulationSteps
        let rollouts = optimization.sequencesPerUpdate * minibatches
        guard rollouts % groupSize == 0 else {
            throw TrainingError(
                .invalidSetting, "per_device_train_batch_size",
                "makes batches of \(rollouts) rollouts, which are no whole groups of \(groupSize)")
        }
        prompts = rollouts / groupSize
    }
}
