import Objectives
import Transformers

/// Samples groups of rollouts, micro-group by micro-group, all prompts of a batch together.
///
/// A completion depends on the weights, the seed and the number that it is drawn with, which the run counts.
final class RolloutSampler {
    /// The most completions that are in work at a time: 256, or, down to 64, as many as have keys and values of 1 GiB.
    ///
    /// - Parameter cacheBytes: of one completion of full length.
    static func batchLimit(cacheBytes: Double) -> Int {
        Int(max(64, min(256, Double(1 << 30) / max(cacheBytes, 1))))
    }

    private let generator: Generator
    private let data: any TrainingData
    private let phase: TrainingPhase
    private let schedule: MicroGroupSchedule
    private let sampling: SamplingSettings
    private let scorer: RewardScorer
    private let endOfSequence: Set<Int32>
    private let vocabularySize: Int
    private let isStopped: () -> Bool
    /// How long the model has sampled since somebody set it to zero.
    var generationTime = Duration.zero

    /// - Parameter isStopped: asked for each token: whether to give up.
    /// - Throws: ``TrainingError`` where the data lacks the prefixes that the schedule wants, or a setting is out of range.
    init(
        _ policy: TrainedPolicy, _ data: any TrainingData, _ phase: TrainingPhase, scorer: RewardScorer, seed: UInt64,
        isStopped: @escaping () -> Bool = { false }
    ) throws {
        self.isStopped = isStopped
        self.data = data
        self.phase = phase
        self.scorer = scorer
        schedule = try Self.schedule(phase)
        let rollouts = phase.rollouts
        sampling = try SamplingSettings(
            temperature: Float(rollouts.temperature), topK: rollouts.topK > 0 ? rollouts.topK : nil,
            topP: rollouts.topP,
            minP: Float(rollouts.minP ?? 0), seed: seed)
        endOfSequence = Set(policy.weights.configuration.endOfSequence)
        vocabularySize = policy.vocabularySize
        let model = policy.weights.configuration
        let cacheBytes = 8 * Double(model.layerCount) * Double(model.keyWidth) * Double(rollouts.maxCompletionLength)
        generator = try Generator(
            policy.weights, adapter: policy.adapter, team: policy.team,
            batchLimit: Self.batchLimit(cacheBytes: cacheBytes))
        try Self.requirePrefixes(phase, data)
    }

    /// - Throws: ``TrainingError`` where the data lacks the prefixes that the schedule of a phase wants.
    static func requirePrefixes(_ phase: TrainingPhase, _ data: any TrainingData) throws {
        for group in try schedule(phase).microGroups where group.ratio > 0 && group.ratio < 1 {
            guard data.prefixRatios.contains(group.ratio) else {
                let known = data.prefixRatios.map { "\($0)" }.joined(separator: ", ")
                throw TrainingError(
                    .unusableData, data.name,
                    "has no prefixes of the ratio \(group.ratio), but of \(known); make it with kedge tokenize --prefix-ratios"
                )
            }
        }
    }

    /// The rollouts of a prompt.
    var groupSize: Int { schedule.rolloutCount }
    /// The micro-groups of a prompt.
    var microGroupCount: Int { schedule.microGroups.count }

    /// Who starts from what: TRAPO's micro-groups; LUFFY's own rollouts and one whole trace; else all from the prompt.
    static func schedule(_ phase: TrainingPhase) throws -> MicroGroupSchedule {
        let size = phase.rollouts.groupSize
        switch phase.method {
        case .trapo, .trapoCode: return try phase.rollouts.schedule.schedule()
        case .luffy:
            guard size >= 2 else {
                throw TrainingError(
                    .invalidSetting, "num_generations", "wants 2 or more: one rollout of LUFFY's is the expert's")
            }
            // Some return always is below infinity: the last of a group is the expert's trace.
            var expert = MicroGroupSchedule.MicroGroup(size: 1, ratio: 1, condition: .sumBelow(.infinity))
            expert.continuesPrefix = false
            return try MicroGroupSchedule([.init(size: size - 1, ratio: 0, condition: .never), expert])
        default: return try MicroGroupSchedule([.init(size: size, ratio: 0, condition: .never)])
        }
    }

    /// Groups for some prompts.
    ///
    /// - Parameters:
    ///   - prompts: for each prompt the rows that hold its traces.
    ///   - drawn: how many completions the run has drawn before; counted on.
    /// - Returns: group after group, those of prompts that are too long left out; groups are numbered from 0.
    /// - Throws: ``StoppedSampling``; ``TrainingError``; what data, generation and rewards throw.
    func sample(_ prompts: [[Int]], drawn: inout UInt64) throws -> [[Rollout]] {
        var groups: [Group] = []
        for rows in prompts {
            try stopIfWanted()
            let row = try data.row(rows[0])
            if let limit = phase.rollouts.maxPromptLength, row.prompt.count > limit { continue }
            guard !row.prompt.isEmpty else {
                throw TrainingError(
                    .unusableData, data.name, "row \(rows[0]) has an empty prompt; a model continues at least one token"
                )
            }
            try SupervisedSequences.check(row.prompt, row: rows[0], data: data.name, vocabularySize: vocabularySize)
            groups.append(Group(rows: rows, first: row))
        }
        for number in schedule.microGroups.indices {
            try Task.checkCancellation()
            try sample(microGroup: number, &groups, &drawn)
        }
        return groups.enumerated().map { index, group in
            group.rollouts.map { rollout in
                var rollout = rollout
                rollout.group = index
                return rollout
            }
        }
    }

    private struct Group {
        let rows: [Int]
        let first: TrainingRow
        var rollouts: [Rollout] = []
        var returns: [Double] { rollouts.map(\.reward) }
    }

    private func sample(microGroup: Int, _ groups: inout [Group], _ drawn: inout UInt64) throws {
        var requests: [GenerationRequest] = []
        // For each rollout of the micro-group its group, and the completion that it gets.
        var fresh: [(group: Int, completion: (request: Int, number: Int)?, rollout: Rollout)] = []
        for (index, group) in groups.enumerated() {
            guard let starts = try schedule.next(after: group.returns), let start = starts.first else { continue }
            var rollout = Rollout(
                group: index, row: group.rows[0], id: group.first.id, problem: group.first.problem,
                answer: group.first.answer, prompt: group.first.prompt)
            rollout.microGroup = microGroup
            rollout.ratio = start.ratio
            if start.ratio > 0 {
                (rollout.row, rollout.prefix) = try prefix(group, start)
            }
            let limit = phase.rollouts.maxCompletionLength
            let continues = start.continuesPrefix && rollout.prefix.count < limit
            if rollout.prefix.count > limit { rollout.prefix.removeLast(rollout.prefix.count - limit) }
            if continues {
                var request = GenerationRequest(
                    prompt: rollout.prompt + rollout.prefix, count: starts.count,
                    maximumTokens: limit - rollout.prefix.count, sampling: sampling, endOfSequence: endOfSequence)
                request.firstRollout = drawn
                drawn += UInt64(starts.count)
                requests.append(request)
            }
            for (number, start) in starts.enumerated() {
                rollout.carriesLoss = start.carriesLoss
                fresh.append((index, continues ? (requests.count - 1, number) : nil, rollout))
            }
        }
        let started = ContinuousClock.now
        let completions = try generator.generate(requests) { _ in try stopIfWanted() }
        generationTime += ContinuousClock.now - started
        var rollouts = fresh.map { entry in
            var rollout = entry.rollout
            if let place = entry.completion {
                let completion = completions[place.request][place.number]
                rollout.completion = completion.ids
                rollout.modelLogProbs = completion.logProbs
                rollout.samplingLogProbs = completion.samplingLogProbs
                rollout.isTruncated = completion.finishReason == .length
            } else {
                rollout.isTruncated = rollout.prefix.last.map { !endOfSequence.contains($0) } ?? false
            }
            return rollout
        }
        do {
            try scorer.score(&rollouts)
        } catch {
            // A reward process that is told to stop gives no rewards, and that is no failure of its own.
            try stopIfWanted()
            throw error
        }
        try stopIfWanted()
        for (entry, rollout) in zip(fresh, rollouts) { groups[entry.group].rollouts.append(rollout) }
    }

    private func stopIfWanted() throws(StoppedSampling) {
        if isStopped() { throw StoppedSampling() }
    }

    /// The row that a prefix is of, and its tokens.
    private func prefix(_ group: Group, _ start: MicroGroupSchedule.Start) throws -> (row: Int, tokens: [Int32]) {
        let number = group.rows[min(start.trace, group.rows.count - 1)]
        let row = number == group.rows[0] ? group.first : try data.row(number)
        try SupervisedSequences.check(row.expert, row: number, data: data.name, vocabularySize: vocabularySize)
        var end = row.expert.count
        if start.ratio < 1, let place = data.prefixRatios.firstIndex(of: start.ratio), place < row.prefixEnds.count {
            end = min(row.prefixEnds[place], end)
        }
        var tokens = Array(row.expert.prefix(end))
        // A trace that has ended cannot be continued: the policy decides what follows it.
        if start.continuesPrefix, let last = tokens.last, endOfSequence.contains(last) { tokens.removeLast() }
        return (number, tokens)
    }
}

/// Sampling was given up, since the run is to stop.
struct StoppedSampling: Error {}
