import JSON
import Objectives

/// The rules that a schema cannot state: open ranges, and settings that make no sense together.
struct ConfigurationChecks {
    let source: SourcedConfiguration
    let configuration: TrainingConfiguration

    /// - Throws: ``ConfigurationError`` for the first rule that is broken.
    func run() throws(ConfigurationError) {
        try checkModel()
        for index in configuration.phases.indices {
            let phase = PhaseChecks(source: source, phase: configuration.phases[index], index: index)
            try phase.run()
        }
        let usesReference = configuration.phases.contains { phase in
            phase.methodSettings.contains { $0.name == "beta" && $0.value != .number(0) }
        }
        if configuration.model.referencePath != nil, !usesReference {
            throw source.error(.contradiction, at: "/ref_model", "has no use without beta above 0")
        }
    }

    private func checkModel() throws(ConfigurationError) {
        let model = configuration.model
        guard !model.path.isEmpty else {
            throw source.error(.missingKey, at: "", "has no model_name_or_path: the model to train")
        }
        guard !configuration.run.outputDirectory.isEmpty else {
            throw source.error(.missingKey, at: "", "has no output_dir: the directory of the run")
        }
        guard configuration.run.outputDirectory != model.path else {
            throw source.error(.contradiction, at: "/output_dir", "is the model itself, which is not overwritten")
        }
        if !model.usesAdapter {
            for key in ModelSettings.settings.map(\.name) where !model.uses(key) && source.root[key] != nil {
                throw source.error(.contradiction, at: "/\(key)", "means nothing without use_peft: true")
            }
        }
        guard model.adapterAlpha > 0 else { throw source.error(.invalidValue, at: "/lora_alpha", "wants more than 0") }
        guard !model.adapterTargets.isEmpty, !model.adapterTargets.contains("") else {
            throw source.error(.invalidValue, at: "/lora_target_modules", "names no projections; all-linear names all")
        }
    }
}

/// The rules of one phase.
private struct PhaseChecks {
    let source: SourcedConfiguration
    let phase: TrainingPhase
    let index: Int

    func run() throws(ConfigurationError) {
        guard !phase.data.path.isEmpty else {
            throw source.error(.missingKey, at: phasePointer, "has no dataset_name: the prefix dataset to learn from")
        }
        try checkOptimization()
        let objective: any Objective
        do throws(ObjectiveError) {
            objective = try phase.objective()
        } catch {
            throw source.error(.contradiction, at: pointer(error.field), error.message)
        }
        if let quatro = objective as? QUATROObjective, quatro.solving != .batch, quatro.level == .token {
            throw refuse("solve_duals", "wants ratio_level sequence, unless it is batch")
        }
        if !phase.isSupervised {
            try checkSampling()
            try checkGroups()
        }
        try checkEvaluation()
        if !phase.isSupervised || phase.evaluation.path != nil { try checkRewards() }
    }

    private var phasePointer: String {
        if case .array? = source.root["phases"] { "/phases/\(index)" } else { "" }
    }

    /// Where a setting of the phase stands: in the phase, or else above it.
    private func pointer(_ key: String) -> String {
        if case .array(let phases)? = source.root["phases"], phases.indices.contains(index), phases[index][key] != nil {
            return "/phases/\(index)/\(key)"
        }
        return "/\(key)"
    }

    private func refuse(_ key: String, _ message: String) -> ConfigurationError {
        source.error(.contradiction, at: pointer(key), message)
    }

    private func requireAboveZero(_ key: String, _ value: Double) throws(ConfigurationError) {
        guard value > 0 else { throw source.error(.invalidValue, at: pointer(key), "wants more than 0") }
    }

    private func checkOptimization() throws(ConfigurationError) {
        let settings = phase.optimization
        try requireAboveZero("num_train_epochs", settings.epochs)
        try requireAboveZero("adam_epsilon", settings.epsilon)
        guard settings.beta1 < 1 else {
            throw source.error(.invalidValue, at: pointer("adam_beta1"), "wants less than 1")
        }
        guard settings.beta2 < 1 else {
            throw source.error(.invalidValue, at: pointer("adam_beta2"), "wants less than 1")
        }
        guard settings.momentum < 1 else {
            throw source.error(.invalidValue, at: pointer("sgd_momentum"), "wants less than 1")
        }
        if settings.momentum > 0, settings.optimizer != .sgd {
            throw refuse("sgd_momentum", "means nothing without optim: sgd")
        }
        if settings.freezesSecondMoment, settings.optimizer != .adamW || phase.isSupervised {
            throw refuse(
                "adam_freeze_second_moment", "means nothing without optim: adamw and batches of rollouts")
        }
        if settings.maxSteps == 0 {
            throw source.error(.invalidValue, at: pointer("max_steps"), "wants 1 at least, or -1")
        }
        if settings.warmupSteps > 0, settings.warmupRatio > 0 {
            throw refuse("warmup_ratio", "and warmup_steps are both given; give one")
        }
        if settings.scheduleType == .constant, settings.warmupSteps > 0 || settings.warmupRatio > 0 {
            throw refuse(
                settings.warmupSteps > 0 ? "warmup_steps" : "warmup_ratio",
                "is not what lr_scheduler_type constant knows; constant_with_warmup does")
        }
        if let steps = settings.maxSteps, settings.warmupSteps > steps {
            throw refuse("warmup_steps", "is more than max_steps, \(steps)")
        }
    }

    private func checkSampling() throws(ConfigurationError) {
        let rollouts = phase.rollouts
        try requireAboveZero("temperature", rollouts.temperature)
        // Logits are divided by it in single precision.
        guard rollouts.temperature >= 1e-6 else {
            throw source.error(.invalidValue, at: pointer("temperature"), "wants 1e-6 at least")
        }
        try requireAboveZero("top_p", rollouts.topP)
        let size = phase.optimization.sequencesPerUpdate
        guard size % rollouts.groupSize == 0 else {
            throw refuse(
                "num_generations",
                "\(rollouts.groupSize) does not divide the \(size) rollouts of an update (per_device_train_batch_size times "
                    + "gradient_accumulation_steps), which takes whole groups")
        }
        if let steps = rollouts.stepsPerGeneration, steps % phase.optimization.gradientAccumulationSteps != 0 {
            throw refuse(
                "steps_per_generation",
                "is no multiple of gradient_accumulation_steps, \(phase.optimization.gradientAccumulationSteps)")
        }
    }

    private func checkEvaluation() throws(ConfigurationError) {
        let evaluation = phase.evaluation
        guard let path = evaluation.path else {
            // What holds for several phases may stand above one that is not evaluated.
            let isOnly = source.root["phases"] == nil
            for key in EvaluationSettings.settings.map(\.name) where isOnly && source.root[key] != nil {
                guard ["eval_dataset_name", "eval_strategy"].contains(key) else {
                    throw refuse(key, "means nothing without eval_dataset_name")
                }
            }
            return
        }
        guard !path.isEmpty else {
            throw source.error(.invalidValue, at: pointer("eval_dataset_name"), "names no dataset; null is for none")
        }
        if let temperature = evaluation.temperature, temperature < 1e-6 {
            throw source.error(.invalidValue, at: pointer("eval_temperature"), "wants 1e-6 at least")
        }
        if phase.isSupervised, phase.rollouts.temperature < 1e-6 {
            throw source.error(.invalidValue, at: pointer("temperature"), "wants 1e-6 at least")
        }
        if phase.isSupervised { try requireAboveZero("top_p", phase.rollouts.topP) }
    }

    private func checkGroups() throws(ConfigurationError) {
        guard phase.method == .trapo || phase.method == .trapoCode else { return }
        let schedule: MicroGroupSchedule
        do throws(ConfigurationError) {
            schedule = try phase.rollouts.schedule.schedule()
        } catch {
            throw source.error(error.code, at: pointer(error.key ?? "micro_group_sizes"), error.message)
        }
        guard phase.rollouts.groupSize == schedule.rolloutCount else {
            throw refuse(
                "num_generations",
                "\(phase.rollouts.groupSize) are not the \(schedule.rolloutCount) rollouts of the objective's micro-groups"
            )
        }
    }

    private func checkRewards() throws(ConfigurationError) {
        let rewards = phase.rewards
        guard !rewards.names.isEmpty else {
            throw source.error(.invalidValue, at: pointer("reward_funcs"), "names no reward")
        }
        for (place, name) in rewards.names.enumerated() {
            guard RewardSettings.known.contains(name) else {
                let hint = NearestName.nearest(to: name, among: RewardSettings.known).map { "the nearest is \($0)" }
                throw source.error(
                    .invalidValue, at: pointer("reward_funcs"),
                    "there is no reward \(YAMLScalar.shortened(name)); "
                        + (hint ?? "there is \(RewardSettings.known.joined(separator: ", "))"))
            }
            guard rewards.names.firstIndex(of: name) == place else {
                throw refuse("reward_funcs", "names \(name) twice; give it a weight with reward_weights")
            }
        }
        if let weights = rewards.weights, weights.count != rewards.names.count {
            throw refuse("reward_weights", "has \(weights.count) weights for \(rewards.names.count) rewards")
        }
        let hasProcess = rewards.names.contains("process")
        guard hasProcess == !rewards.command.isEmpty else {
            throw hasProcess
                ? refuse("reward_funcs", "names process, and there is no reward_command that it would run")
                : refuse("reward_command", "is run for the reward process only, which reward_funcs does not name")
        }
        try requireAboveZero("reward_timeout", rewards.timeout)
        if rewards.names.contains("soft_overlong_punishment"),
            rewards.overlongBuffer >= phase.rollouts.maxCompletionLength
        {
            throw refuse(
                "soft_punish_cache",
                "\(rewards.overlongBuffer) leaves nothing of max_completion_length, \(phase.rollouts.maxCompletionLength)"
            )
        }
    }
}
