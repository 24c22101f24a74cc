import Kernels
import Objectives
import Transformers

extension PhaseRun {
    /// Batches of rollouts, and the updates that each is used for.
    func runRollouts() throws -> Bool {
        let plan = try RolloutPlan(phase)
        guard let scorer else { return true }
        let observer = trainer.observer
        let sampler = try RolloutSampler(
            trainer.policy, data, phase, scorer: scorer, seed: seed, isStopped: { observer.wantsStop })
        let prompts = PromptTable(try data.promptNumbers()).rows
        var order = DataOrder(count: prompts.count, seed: seed, shuffles: phase.data.isShuffled)
        let reference = needsReference ? try trainer.savingBeforeFailure(makeReference) : nil
        let review = try makeReview()
        let keepsOld = phase.rollouts.measuresOldDivergence || review?.needsOldPolicy ?? false
        let old = keepsOld ? try makeOldPolicy() : nil
        while !isDone {
            if trainer.observer.wantsStop { return false }
            let started = ContinuousClock.now
            sampler.generationTime = .zero
            let groups: [[Rollout]]
            do {
                groups = try trainer.savingBeforeFailure { try sample(sampler, prompts, plan, &order) }
            } catch is StoppedSampling {
                return false
            }
            trainer.note("missing rewards", scorer.warning(about: groups))
            try use(groups, plan, sampler, scorer, reference, old, review, items: prompts.count, started: started)
            try trainer.saveIfDue()
        }
        return true
    }

    private func makeReference() throws -> TransformerPass {
        let settings = GradientAccumulation.passSettings(phase, trainer.configuration.model)
        let reference = try trainer.reference(phase: number)
        return try TransformerPass(
            reference.weights, adapter: reference.adapter, team: trainer.policy.team, settings: settings)
    }

    private func makeOldPolicy() throws -> OldPolicy {
        try OldPolicy(
            trainer.policy, settings: GradientAccumulation.passSettings(phase, trainer.configuration.model))
    }

    // MARK: Sampling

    /// Whole groups for a batch; with dynamic sampling only those whose rewards differ.
    private func sample(
        _ sampler: RolloutSampler, _ prompts: [[Int]], _ plan: RolloutPlan, _ order: inout DataOrder
    ) throws -> [[Rollout]] {
        let rollouts = phase.rollouts
        var groups: [[Rollout]] = []
        var (tried, empty) = (0, 0)
        while groups.count < plan.prompts {
            let before = trainer.state.cursor
            var cursor = before
            let chosen = order.next(plan.prompts - groups.count, &cursor)
            var drawn = trainer.state.drawn
            let found = try sampler.sample(chosen.map { prompts[$0] }, drawn: &drawn)
            trainer.state.cursor = cursor
            trainer.state.drawn = drawn
            empty = found.isEmpty ? empty + chosen.count : 0
            // What is left of one epoch and most of the next may be without the one prompt that is short enough.
            guard empty < 2 * prompts.count else {
                throw TrainingError(
                    .unusableData, data.name,
                    "has no prompt of at most \(rollouts.maxPromptLength ?? .max) tokens (max_prompt_length)")
            }
            guard rollouts.isSamplingDynamic else {
                groups += found
                // The last batch of an epoch may be smaller.
                if cursor.position >= prompts.count, !groups.isEmpty { break }
                continue
            }
            groups += found.filter { group in group.contains { $0.reward != group[0].reward } }
            tried += chosen.count
            guard tried / plan.prompts < rollouts.maxGenerationBatches || groups.count >= plan.prompts else {
                throw TrainingError(
                    .noInformativePrompts, data.name,
                    "\(tried) prompts have \(groups.count) groups of unequal rewards, and \(plan.prompts) are wanted; raise max_num_gen_batches, take other problems, or look at the reward"
                )
            }
        }
        trainer.state.batches += 1
        return groups.enumerated().map { number, group in
            group.map { rollout in
                var rollout = rollout
                rollout.group = number
                return rollout
            }
        }
    }

    // MARK: Updates

    private func use(
        _ groups: [[Rollout]], _ plan: RolloutPlan, _ sampler: RolloutSampler, _ scorer: RewardScorer,
        _ reference: TransformerPass?, _ old: OldPolicy?, _ review: TrustRegionReview?, items: Int,
        started: ContinuousClock.Instant
    ) throws {
        var rollouts = groups.flatMap { $0 }
        let whole = try advantages(rollouts)
        for index in rollouts.indices { rollouts[index].advantage = whole.advantages[index] }
        try trainer.observer.sampled(
            RolloutBatchRecord(
                step: trainer.state.step + 1, updates: plan.updates, rollouts: rollouts, rewardNames: scorer.names))
        let shape = RolloutMetrics(rollouts)
        var (extra, ofRewards) = (
            shape.metrics(rewardNames: scorer.names, microGroups: sampler.microGroupCount), whole.metrics
        )
        var window = rollouts.map { sequence($0) }
        if let regions = whole.regions { for index in window.indices { window[index].region = regions[index] } }
        if plan.updates > 1 {
            let old = try logProbs(window)
            for index in window.indices { window[index].oldLogProbs = old[index] }
            extra += drift(shape, old)
        }
        if let reference {
            let found = try GradientAccumulation.logProbs(window, reference, parts: parts(window))
            for index in window.indices { window[index].refLogProbs = found[index] }
        }
        old?.renew()
        var (begun, count) = (started, 0)
        for iteration in 0..<plan.iterations {
            let parts = minibatches(window.count, plan, iteration: iteration)
            for (number, part) in parts.enumerated() where !isDone {
                if let review, review.isDue(update: count, isFirst: number == 0) {
                    let sums = review.needsOldPolicy ? try old.map { try self.sums($0, window) } : nil
                    do {
                        ofRewards = try review.renew(&window, logProbs: logProbs(window), sums: sums)
                    } catch let error as ObjectiveError {
                        guard error.code == .notFinite || error.code == .overflow else { throw error }
                        throw stop(window, "\(error)")
                    }
                }
                let chosen = part.map { window[$0] }
                let done = try update(chosen, try windowObjective(chosen), beginsBatch: count == 0)
                var metrics = ofRewards + extra
                if count == 0 {
                    metrics.append(Metric("timing_s/gen", sampler.generationTime / .seconds(1)))
                }
                count += 1
                if plan.updates == 1 { metrics += drift(shape, split(done.outcome.logProbs, window)) }
                let isLast = isDone || (iteration + 1 == plan.iterations && number + 1 == parts.count)
                if isLast, phase.rollouts.measuresOldDivergence, let old {
                    metrics += OldPolicyDivergence.Sums.metrics(try sums(old, window), groups: window.map(\.group))
                }
                try finish(
                    done, extra: metrics, epoch: trainer.state.cursor, items: items, started: begun,
                    isBetweenBatches: isLast)
                begun = .now
            }
        }
    }

    /// How far the updates of a batch have taken the policy from the one that sampled it.
    private func sums(_ old: OldPolicy, _ window: [TrainingSequence]) throws -> [OldPolicyDivergence.Sums] {
        try OldPolicyDivergence(old: old.pass, policy: pass).measure(window, parts: parts(window))
    }

    /// The rollouts of each update: all in their order, or a random division.
    private func minibatches(_ count: Int, _ plan: RolloutPlan, iteration: Int) -> [[Int]] {
        guard plan.minibatches > 1 else { return [Array(0..<count)] }
        // Epochs count from 0 up, and batches of rollouts have numbers that no run's epochs reach.
        let number = 1 << 40 + trainer.state.batches * plan.iterations + iteration
        let order = DataOrder.permutation(of: count, seed: seed, epoch: number)
        let size = (count + plan.minibatches - 1) / plan.minibatches
        return stride(from: 0, to: count, by: size).map { Array(order[$0..<min($0 + size, count)]) }
    }

    private func sequence(_ rollout: Rollout) -> TrainingSequence {
        var sequence = TrainingSequence(
            tokens: rollout.prompt + rollout.prefix + rollout.completion, promptLength: rollout.prompt.count)
        sequence.expertLength = rollout.prefix.count
        sequence.carriesLoss = rollout.carriesLoss
        sequence.counts = !(phase.rollouts.masksTruncated && rollout.isTruncated)
        sequence.reward = rollout.reward
        sequence.group = rollout.group
        sequence.advantage = rollout.advantage
        return sequence
    }

    private func split(_ logProbs: [Float], _ window: [TrainingSequence]) -> [[Double]] {
        var next = 0
        return window.map { sequence in
            defer { next += sequence.responseLength }
            return logProbs[next..<next + sequence.responseLength].map { Double($0) }
        }
    }

    /// Where tokens are cut before they are drawn, the sampler's distribution is another one than the trainer's.
    private func drift(_ shape: RolloutMetrics, _ trained: [[Double]]) -> [Metric] {
        let rollouts = phase.rollouts
        guard rollouts.topK == 0, rollouts.topP == 1, (rollouts.minP ?? 0) == 0 else { return [] }
        return shape.drift(trained)
    }
}
