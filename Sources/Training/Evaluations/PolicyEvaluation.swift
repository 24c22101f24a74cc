import Objectives
import Transformers

/// Answers the prompts of a dataset that is held out, and says how well.
///
/// The random numbers are its own and the same each time. Memory is that of rollouts: completions of some prompts at a time.
struct PolicyEvaluation {
    /// Completions that are asked for at a time: some rounds of those that are in work together.
    private static let chunk = 4 * RolloutSampler.batchLimit(cacheBytes: 0)

    private let policy: TrainedPolicy
    private let data: any TrainingData
    private let phase: TrainingPhase
    private let scorer: RewardScorer
    private let accumulation: GradientAccumulation
    private let seed: UInt64
    private let isStopped: () -> Bool
    /// Completions of a prompt.
    private var count: Int { phase.rollouts.groupSize }

    /// - Parameters:
    ///   - phase: with a dataset to evaluate on.
    ///   - accumulation: the passes of the phase, whose temperature entropies are taken at.
    ///   - isStopped: asked for each token: whether to give up.
    init(
        _ policy: TrainedPolicy, _ data: any TrainingData, _ phase: TrainingPhase, scorer: RewardScorer,
        accumulation: GradientAccumulation, seed: Int, isStopped: @escaping () -> Bool = { false }
    ) {
        self.isStopped = isStopped
        self.policy = policy
        self.data = data
        self.scorer = scorer
        self.accumulation = accumulation
        // Nobody gets a prefix, whatever the objective.
        var plain = TrainingPhase(.grpo)
        plain.rollouts = phase.rollouts
        plain.rollouts.groupSize = phase.evaluation.generations ?? phase.rollouts.groupSize
        plain.rollouts.temperature = phase.evaluation.temperature ?? phase.rollouts.temperature
        self.phase = plain
        // Another key than that of rollouts and of the data's order, so that no number is drawn for both.
        self.seed = UInt64(bitPattern: Int64(seed)) ^ 0xD1B5_4A32_D192_ED03
    }

    /// Answers all prompts.
    ///
    /// - Throws: ``StoppedSampling``; ``TrainingError`` where no prompt is short enough; what data and rewards throw; `CancellationError`.
    func run() throws -> [Metric] {
        let started = ContinuousClock.now
        let sampler = try RolloutSampler(policy, data, phase, scorer: scorer, seed: seed, isStopped: isStopped)
        let prompts = PromptTable(try data.promptNumbers()).rows
        var drawn: UInt64 = 0
        var totals = EvaluationTotals(rewards: scorer.names, count: count)
        let size = max(1, Self.chunk / count)
        for start in stride(from: 0, to: prompts.count, by: size) {
            let groups = try sampler.sample(Array(prompts[start..<min(start + size, prompts.count)]), drawn: &drawn)
            for group in groups { totals.add(group) }
            let sequences = groups.flatMap { $0 }.map {
                TrainingSequence(tokens: $0.prompt + $0.completion, promptLength: $0.prompt.count)
            }
            let entropies = try accumulation.entropies(sequences)
            totals.add(entropies: entropies)
        }
        guard totals.prompts > 0 else {
            throw TrainingError(
                .unusableData, data.name,
                "has no prompt of at most \(phase.rollouts.maxPromptLength ?? .max) tokens to evaluate on (max_prompt_length)"
            )
        }
        return totals.metrics + [Metric("eval_runtime", (ContinuousClock.now - started) / .seconds(1))]
    }
}

/// Sums over completions, so that these need not be kept.
private struct EvaluationTotals {
    private let names: [String]
    /// Completions of a prompt.
    private let count: Int
    /// The reward that decides whether a completion is right.
    private let deciding: Int
    private(set) var prompts = 0
    private var reward = 0.0
    private var parts: [(sum: Double, count: Int)]
    private var right = 0
    private var solved = 0
    private var length = 0
    private var truncated = 0
    private var entropy = (sum: 0.0, count: 0)

    init(rewards names: [String], count: Int) {
        self.names = names
        self.count = count
        deciding = names.firstIndex(of: "accuracy") ?? 0
        parts = [(sum: Double, count: Int)](repeating: (0, 0), count: names.count)
    }

    mutating func add(_ group: [Rollout]) {
        prompts += 1
        var correct = 0
        for rollout in group {
            reward += rollout.reward
            for (index, part) in rollout.rewardParts.enumerated() {
                guard let part else { continue }
                parts[index].sum += part
                parts[index].count += 1
            }
            if let part = rollout.rewardParts[deciding], part > 0 { correct += 1 }
            length += rollout.completion.count
            if rollout.isTruncated { truncated += 1 }
        }
        right += correct
        if correct > 0 { solved += 1 }
    }

    mutating func add(entropies: [Float]) {
        for value in entropies { entropy.sum += Double(value) }
        entropy.count += entropies.count
    }

    var metrics: [Metric] {
        let completions = Double(prompts * count)
        var metrics = [
            Metric("eval/mean@\(count)", Double(right) / completions),
            Metric("eval/pass@\(count)", Double(solved) / Double(prompts)),
            Metric("eval_reward", reward / completions),
        ]
        for (name, part) in zip(names, parts) where part.count > 0 {
            metrics.append(Metric("eval_rewards/\(name)/mean", part.sum / Double(part.count)))
        }
        if entropy.count > 0 { metrics.append(Metric("eval_entropy", entropy.sum / Double(entropy.count))) }
        metrics.append(Metric("eval_completions/mean_length", Double(length) / completions))
        metrics.append(Metric("eval_completions/clipped_ratio", Double(truncated) / completions))
        return metrics
    }
}
