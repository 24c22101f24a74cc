import Objectives

/// An objective for the parts of an update: normalised by the whole, with the advantages and trust regions of whole groups.
struct WindowObjective {
    private let objective: any Objective

    /// - Parameters:
    ///   - objective: with its settings; a window that they set is overridden.
    ///   - window: all sequences of the update; for QUATRO with their trust regions.
    init(_ objective: any Objective, window: [TrainingSequence]) throws(ObjectiveError) {
        var objective = objective
        let tokens = Double(max(1, window.reduce(0) { $0 + $1.countedLength }))
        let rollouts = Double(max(1, window.count))
        if var clipped = objective as? ClippedObjective {
            // BNPO takes no window by name: its batch at hand is the update.
            clipped.terms.normalization.window = UpdateWindow(tokens: tokens, rollouts: rollouts)
            objective = clipped
        } else {
            _ = try objective.set("window_tokens", to: .number(tokens))
            _ = try objective.set("window_rollouts", to: .number(rollouts))
        }
        // Without a length that is given, the longest response of the update is meant, not that of each part.
        if objective.settings.contains(where: { $0.name == "max_length" && $0.value == .null }) {
            let longest = window.reduce(1) { max($0, $1.responseLength) }
            _ = try objective.set("max_length", to: .number(Double(longest)))
        }
        self.objective = objective
    }

    /// Whether a token's loss depends on its own log-probability alone, and not even on the length of the rollout that it is in.
    var isTokenwise: Bool {
        guard let supervised = objective as? SupervisedObjective else { return false }
        return supervised.normalization.normalizer == .tokenMean || supervised.normalization.normalizer == .sum
    }

    /// Whether a token's gradient depends on no log-probability of another token of its rollout: not where a ratio is that of
    /// the whole rollout, nor where tokens that are left out change the normaliser of others.
    func hasTokenwiseGradient(_ sequences: ArraySlice<TrainingSequence>) -> Bool {
        if let luffy = objective as? LUFFYObjective, luffy.allMaxClip != nil { return false }
        // Without old log-probabilities every ratio is 1.
        if sequences.allSatisfy({ $0.oldLogProbs == nil }) { return true }
        if let clipped = objective as? ClippedObjective { return clipped.level == .token }
        if let quatro = objective as? QUATROObjective { return quatro.level == .token }
        return true
    }

    /// The loss of some expert tokens, for a tokenwise objective.
    func evaluate(logProbs: [Float]) throws(ObjectiveError) -> ObjectiveResult {
        try objective.evaluate(RolloutBatch(offsets: [0, logProbs.count], logProbs: logProbs.map { Double($0) }))
    }

    /// The loss of some sequences of the window, given the scores of all tokens of their responses.
    func evaluate(
        _ sequences: ArraySlice<TrainingSequence>, logProbs: [Float], entropies: [Float]
    ) throws(ObjectiveError) -> ObjectiveResult {
        var offsets = [0]
        var (old, reference): ([Double], [Double]) = ([], [])
        var (mask, prefix): ([Bool], [Bool]) = ([], [])
        for sequence in sequences {
            let count = sequence.responseLength
            offsets.append((offsets.last ?? 0) + count)
            mask += [Bool](repeating: sequence.counts, count: count)
            prefix += (0..<count).map { $0 < sequence.expertLength }
            old += sequence.oldLogProbs ?? []
            reference += sequence.refLogProbs ?? []
        }
        let advantages = sequences.compactMap(\.advantage)
        let batch = try RolloutBatch(
            offsets: offsets, logProbs: logProbs.map { Double($0) }, oldLogProbs: old.isEmpty ? nil : old,
            refLogProbs: reference.isEmpty ? nil : reference, mask: mask, prefixMask: prefix,
            prefixLossMask: sequences.map(\.carriesLoss), rewards: sequences.map(\.reward),
            groups: sequences.map(\.group), entropies: entropies.map { Double($0) },
            advantages: advantages.count == sequences.count ? advantages : nil)
        guard let quatro = objective as? QUATROObjective else { return try objective.evaluate(batch) }
        return try quatro.evaluate(batch, regions: sequences.compactMap(\.region))
    }
}
