import Kernels
import Objectives
import Transformers

/// One phase of a run, from where the state says.
struct PhaseRun {
    let trainer: Trainer
    let phase: TrainingPhase
    let number: Int
    let steps: Int
    let data: any TrainingData
    let seed: UInt64
    private let objective: any Objective
    private let schedule: LearningRateSchedule
    private let accumulation: GradientAccumulation
    /// The rewards; nil where nothing is sampled.
    let scorer: RewardScorer?
    private let evaluation: PolicyEvaluation?

    init(_ trainer: Trainer, number: Int, steps: Int, data: any TrainingData) throws {
        self.trainer = trainer
        self.number = number
        self.steps = steps
        self.data = data
        phase = trainer.configuration.phases[number]
        // Each phase draws from numbers of its own, so that two over the same data do not repeat one order.
        let base = UInt64(bitPattern: Int64(phase.data.seed ?? trainer.configuration.run.seed))
        seed = base &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        objective = try phase.objective()
        schedule = LearningRateSchedule(phase.optimization, steps: steps)
        let passes = try GradientAccumulation(trainer.policy, phase, trainer.configuration.model)
        accumulation = passes
        let isEvaluated = phase.evaluation.isWanted
        let rewards = phase.isSupervised && !isEvaluated ? nil : try trainer.inputs.scorer(phase)
        scorer = rewards
        if let rewards, isEvaluated, let path = phase.evaluation.path {
            var heldOut = phase
            heldOut.data.path = path
            let observer = trainer.observer
            evaluation = PolicyEvaluation(
                trainer.policy, try trainer.inputs.data(heldOut), phase, scorer: rewards, accumulation: passes,
                seed: trainer.configuration.run.seed, isStopped: { observer.wantsStop })
        } else {
            evaluation = nil
        }
    }

    /// The most updates of a phase, as many as `max_steps` may say.
    private static let mostSteps = 1 << 40

    /// Updates of a phase over its data.
    ///
    /// - Throws: ``TrainingError`` for settings that make no whole groups or updates, and data without the prefixes that they
    ///   want; what reading throws.
    static func steps(_ phase: TrainingPhase, _ data: any TrainingData) throws -> Int {
        let optimization = phase.optimization
        if !phase.isSupervised {
            _ = try RolloutPlan(phase)
            try RolloutSampler.requirePrefixes(phase, data)
        }
        if let steps = optimization.maxSteps, steps >= 0 { return steps }
        let (items, window, updates): (Int, Int, Int)
        if phase.isSupervised {
            (items, window, updates) = (data.rowCount, optimization.sequencesPerUpdate, 1)
        } else {
            let plan = try RolloutPlan(phase)
            items = PromptTable(try data.promptNumbers()).rows.count
            (window, updates) = (plan.prompts, plan.updates)
        }
        let windows = Double((items + window - 1) / window) * Double(updates)
        // Settings may ask for more than there are integers.
        return max(1, Int(min(optimization.epochs * windows, Double(mostSteps)).rounded(.up)))
    }

    /// Runs to the end of the phase, or until the observer wants a stop.
    ///
    /// - Returns: whether it is done.
    func run() throws -> Bool {
        if trainer.state.step == 0, phase.evaluation.isAtStart, let evaluation {
            do {
                try trainer.observer.updated(0, of: trainer.totalSteps, evaluation.run())
            } catch is StoppedSampling {
                return false
            }
        }
        return phase.isSupervised ? try runSupervised() : try runRollouts()
    }

    var isDone: Bool { trainer.state.phaseStep >= steps }

    private func runSupervised() throws -> Bool {
        let rows = SupervisedSequences(data, phase.data, vocabularySize: trainer.policy.vocabularySize)
        var order = DataOrder(count: data.rowCount, seed: seed, shuffles: phase.data.isShuffled)
        while !isDone {
            if trainer.observer.wantsStop { return false }
            try Task.checkCancellation()
            let started = ContinuousClock.now
            var cursor = trainer.state.cursor
            let chosen = order.next(phase.optimization.sequencesPerUpdate, &cursor)
            let window = try trainer.savingBeforeFailure { try rows.sequences(chosen) }
            trainer.noteLoss(window)
            trainer.state.cursor = cursor
            let part = try WindowObjective(objective, window: window)
            let outcome = try update(window, part)
            try finish(outcome, extra: [], epoch: cursor, items: data.rowCount, started: started)
            try trainer.saveIfDue()
        }
        return true
    }

    // MARK: Updates

    /// What an update came to.
    struct Update {
        let outcome: GradientAccumulation.Outcome
        let gradientNorm: Double
        let learningRate: Double
    }

    /// Gradient, clipping, and a step of the optimiser.
    ///
    /// - Parameter beginsBatch: whether it is the first of those that a batch of rollouts is used for.
    /// - Throws: ``TrainingError`` with code `notFinite`, before the weights have changed, and with the batch written.
    func update(
        _ window: [TrainingSequence], _ objective: WindowObjective, beginsBatch: Bool = true
    ) throws -> Update {
        let policy = trainer.policy
        let outcome: GradientAccumulation.Outcome
        do {
            outcome = try accumulation.add(window, objective)
        } catch let error as ObjectiveError where error.code == .notFinite || error.code == .overflow {
            throw stop(window, "\(error)")
        }
        guard outcome.loss.isFinite else { throw stop(window, "the loss is \(outcome.loss)") }
        let norm = policy.gradientNorm()
        guard norm.isFinite else { throw stop(window, "the norm of the gradient is \(norm)") }
        let limit = phase.optimization.maxGradientNorm
        if limit > 0 { policy.clipGradient(norm: norm, limit: limit) }
        let learningRate = schedule.learningRate(after: trainer.state.phaseStep)
        step(norm, learningRate, beginsBatch: beginsBatch)
        trainer.state.step += 1
        trainer.state.phaseStep += 1
        trainer.state.tokens += outcome.tokens
        return Update(outcome: outcome, gradientNorm: norm, learningRate: learningRate)
    }

    /// A step of the optimiser.
    private func step(_ norm: Double, _ learningRate: Double, beginsBatch: Bool) {
        if norm == 0, let quatro = objective as? QUATROObjective, quatro.stopping != .never {
            // All queries are at their radius: what the optimiser remembers would carry them on.
            return trainer.policy.rest()
        }
        switch phase.optimization.optimizer {
        case .adamW:
            var rule = phase.optimization.adamW(learningRate)
            if phase.optimization.freezesSecondMoment {
                if beginsBatch { trainer.state.secondMomentSteps += 1 }
                rule.secondMomentSteps = trainer.state.secondMomentSteps
                rule.keepsSecondMoment = !beginsBatch
            }
            trainer.policy.step(rule)
        case .sgd: trainer.policy.step(phase.optimization.momentumSGD(learningRate))
        }
    }

    /// The error of an update that cannot be made, with the batch written.
    func stop(_ window: [TrainingSequence], _ reason: String) -> TrainingError {
        let step = trainer.state.step + 1
        let place: String
        do {
            let directory = trainer.inputs.store.directory
            place = "is in " + (try BatchDump.write(window, step: step, reason: reason, directory: directory))
        } catch {
            place = "cannot be written (\(error))"
        }
        return TrainingError(
            .notFinite, "update \(step)",
            "\(reason); the weights of the last checkpoint are sound, and the batch \(place); lower the learning rate")
    }

    /// Gives out the metrics of an update, with those of an evaluation where one is due.
    ///
    /// - Parameter isBetweenBatches: whether no rollouts are in flight any more.
    func finish(
        _ update: Update, extra: [Metric], epoch cursor: DataOrder.Cursor, items: Int,
        started: ContinuousClock.Instant, isBetweenBatches: Bool = true
    ) throws {
        var metrics = [Metric("loss", update.outcome.loss)]
        metrics += update.outcome.metrics.metrics.filter { $0.name != "loss" }
        metrics += extra
        metrics.append(Metric("grad_norm", update.gradientNorm))
        metrics.append(Metric("learning_rate", update.learningRate))
        metrics.append(Metric("num_tokens", Double(trainer.state.tokens)))
        metrics.append(Metric("epoch", Double(cursor.epoch) + Double(cursor.position) / Double(items)))
        if trainer.configuration.phases.count > 1 { metrics.append(Metric("phase", Double(number))) }
        metrics.append(Metric("step_time", (ContinuousClock.now - started) / .seconds(1)))
        if let evaluation, isDone || phase.evaluation.steps.map({ trainer.state.step % max(1, $0) == 0 }) ?? false {
            do {
                metrics += try isBetweenBatches ? trainer.savingBeforeFailure(evaluation.run) : evaluation.run()
            } catch is StoppedSampling {
                trainer.observer.warned(
                    "the evaluation after update \(trainer.state.step) is given up, since the run is to stop")
            } catch {
                try? trainer.finishUpdate(metrics)
                throw error
            }
        }
        try trainer.finishUpdate(metrics)
    }

    func windowObjective(_ window: [TrainingSequence]) throws -> WindowObjective {
        try WindowObjective(objective, window: window)
    }

    /// What is done about trust regions between the updates of a batch; nil for nothing.
    func makeReview() throws -> TrustRegionReview? { try TrustRegionReview(objective) }

    func advantages(_ rollouts: [Rollout]) throws -> RolloutAdvantages { try RolloutAdvantages(objective, rollouts) }

    /// Whether the objective has a KL term.
    var needsReference: Bool { objective.needsReference }

    func logProbs(_ window: [TrainingSequence]) throws -> [[Double]] { try accumulation.logProbs(window) }

    var pass: TransformerPass { accumulation.pass }

    func parts(_ window: [TrainingSequence]) -> [Range<Int>] { accumulation.parts(window) }
}

extension Objective {
    /// Whether there is a KL term.
    var needsReference: Bool {
        settings.contains { setting in
            if setting.name == "beta", case .number(let beta) = setting.value { beta > 0 } else { false }
        }
    }
}
