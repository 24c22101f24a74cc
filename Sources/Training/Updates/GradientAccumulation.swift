import Objectives
import Transformers

/// Forward and backward passes of an update.
final class GradientAccumulation {
    /// What the passes of an update came to.
    struct Outcome {
        /// The loss of the update.
        var loss = 0.0
        /// Numbers about it.
        var metrics = MetricMeans()
        /// Tokens that went through the model.
        var tokens = 0
        /// For each token of the responses its log-probability before the update, where they are scored as whole rollouts.
        var logProbs: [Float] = []
    }

    private let policy: TrainedPolicy
    /// The pass of the policy.
    let pass: TransformerPass
    private let settings: OptimizationSettings
    /// The most tokens of a pass, unless one sequence has more.
    private let tokenLimit: Int?

    init(_ policy: TrainedPolicy, _ phase: TrainingPhase, _ model: ModelSettings) throws(TransformerError) {
        self.policy = policy
        settings = phase.optimization
        tokenLimit = settings.maxTokensPerPass ?? Self.cachedTokens(policy.weights.configuration)
        pass = try TransformerPass(
            policy.weights, adapter: policy.adapter, team: policy.team, settings: Self.passSettings(phase, model))
    }

    /// The tokens of a pass where nobody limits them. Small models take a third less time where the activations of all layers
    /// stay in the processor's cache until the backward pass; nil for those whose activations do not in any case.
    static func cachedTokens(_ c: TransformerConfiguration) -> Int? {
        let (tokens, bytes) = (1024, 32 << 20)
        let layer = 2 * c.queryWidth + 2 * c.keyWidth + 2 * c.hiddenSize + 2 * c.intermediateSize
        return Double(c.layerCount) * Double(layer) <= Double(bytes / 4 / tokens) ? tokens : nil
    }

    static func passSettings(_ phase: TrainingPhase, _ model: ModelSettings) -> TransformerPass.Settings {
        var found = TransformerPass.Settings()
        found.isCheckpointed = model.isCheckpointed
        found.allowsRounding = model.isBFloat16
        if !phase.isSupervised { found.temperature = Float(phase.rollouts.temperature) }
        return found
    }

    /// Adds the gradient of an update's loss to the policy's.
    ///
    /// - Throws: ``ObjectiveError`` with code `notFinite` where the model gives no numbers; `CancellationError`.
    func add(_ window: [TrainingSequence], _ objective: WindowObjective) throws -> Outcome {
        var outcome = Outcome()
        for part in parts(window) {
            let sequences = window[part]
            let batch = try Self.pack(sequences, vocabularySize: policy.vocabularySize)
            outcome.tokens += batch.tokenCount
            guard !batch.targets.isEmpty else { continue }
            if objective.isTokenwise {
                try addTokenwise(batch, objective, &outcome)
            } else {
                let (scores, result) =
                    objective.hasTokenwiseGradient(sequences)
                    ? try addInOne(batch, sequences, objective) : try addInTwo(batch, sequences, objective)
                let own = sequences.reduce(0) { $0 + max(0, $1.countedLength - $1.expertLength) }
                outcome.loss += result.loss
                outcome.metrics.add(result, ownTokens: own)
                outcome.logProbs += scores.logProbs
            }
        }
        return outcome
    }

    /// Logits are computed once: each token's gradient follows from what is known when its logits are there.
    private func addInOne(
        _ batch: PackedSequences, _ sequences: ArraySlice<TrainingSequence>, _ objective: WindowObjective
    ) throws -> (TokenScores, ObjectiveResult) {
        // Tokens whose logits are not there yet stand where they stood, or anywhere: nobody looks at their gradients.
        var logProbs = sequences.flatMap { sequence in
            sequence.oldLogProbs?.map { Float($0) } ?? [Float](repeating: -1, count: sequence.responseLength)
        }
        var entropies = [Float](repeating: 0, count: logProbs.count)
        var failure: ObjectiveError?
        var whole: ObjectiveResult?
        let scores = try pass.forwardBackward(batch, into: policy.gradients) { targets, scores in
            logProbs.replaceSubrange(targets, with: scores.logProbs)
            entropies.replaceSubrange(targets, with: scores.entropies)
            do throws(ObjectiveError) {
                let result = try objective.evaluate(sequences, logProbs: logProbs, entropies: entropies)
                if targets.upperBound == logProbs.count { whole = result }
                return Self.weights(result, targets)
            } catch {
                failure = failure ?? error
                return TokenWeights(logProbs: [Float](repeating: 0, count: targets.count))
            }
        }
        if let failure { throw failure }
        let result = try whole ?? objective.evaluate(sequences, logProbs: logProbs, entropies: entropies)
        return (scores, result)
    }

    /// For objectives that look at whole rollouts: scores of all tokens first, then the backward pass, with the logits again.
    private func addInTwo(
        _ batch: PackedSequences, _ sequences: ArraySlice<TrainingSequence>, _ objective: WindowObjective
    ) throws -> (TokenScores, ObjectiveResult) {
        let scores = try pass.forward(batch)
        let result = try objective.evaluate(sequences, logProbs: scores.logProbs, entropies: scores.entropies)
        try pass.backward(
            batch, weights: Self.weights(result, 0..<scores.logProbs.count), into: policy.gradients)
        return (scores, result)
    }

    private static func weights(_ result: ObjectiveResult, _ targets: Range<Int>) -> TokenWeights {
        TokenWeights(
            logProbs: result.gradients[targets].map { Float($0) },
            entropies: result.entropyGradients?[targets].map { Float($0) } ?? [])
    }

    private func addTokenwise(
        _ batch: PackedSequences, _ objective: WindowObjective, _ outcome: inout Outcome
    ) throws {
        var failure: ObjectiveError?
        var (loss, metrics) = (0.0, outcome.metrics)
        let scores = try pass.forwardBackward(batch, into: policy.gradients) { targets, scores in
            do throws(ObjectiveError) {
                let result = try objective.evaluate(logProbs: scores.logProbs)
                loss += result.loss
                metrics.add(result, ownTokens: 0)
                return TokenWeights(logProbs: result.gradients.map { Float($0) })
            } catch {
                failure = failure ?? error
                return TokenWeights(logProbs: [Float](repeating: 0, count: targets.count))
            }
        }
        if let failure { throw failure }
        var (entropy, hits) = (0.0, 0)
        for (index, target) in batch.targets.enumerated() {
            entropy += Double(scores.entropies[index])
            if scores.greedy[index] == batch.tokens[target] { hits += 1 }
        }
        let count = Double(batch.targets.count)
        metrics.add("entropy", entropy / count, weight: count)
        metrics.add("mean_token_accuracy", Double(hits) / count, weight: count)
        outcome.loss += loss
        outcome.metrics = metrics
    }

    /// For each sequence the log-probability of each token of its response under the policy as it is.
    func logProbs(_ window: [TrainingSequence]) throws -> [[Double]] {
        try Self.logProbs(window, pass, parts: parts(window))
    }

    /// The same under any model.
    static func logProbs(
        _ window: [TrainingSequence], _ pass: TransformerPass, parts: [Range<Int>]
    ) throws -> [[Double]] {
        var found: [[Double]] = []
        for part in parts {
            let sequences = window[part]
            let batch = try pack(sequences, vocabularySize: pass.weights.configuration.vocabularySize)
            let scores = batch.targets.isEmpty ? [] : try pass.score(batch).logProbs
            var next = 0
            for sequence in sequences {
                found.append(scores[next..<next + sequence.responseLength].map { Double($0) })
                next += sequence.responseLength
            }
        }
        return found
    }

    /// The entropies of the policy at all tokens of some responses, in their order.
    func entropies(_ window: [TrainingSequence]) throws -> [Float] {
        try parts(window).flatMap { part in
            let batch = try Self.pack(window[part], vocabularySize: policy.vocabularySize)
            return batch.targets.isEmpty ? [] : try pass.score(batch).entropies
        }
    }

    /// What each pass takes of a window.
    func parts(_ window: [TrainingSequence]) -> [Range<Int>] {
        MicroBatches.split(
            lengths: window.map(\.tokens.count), sequences: settings.batchSize, tokens: tokenLimit)
    }

    private static func pack(
        _ sequences: ArraySlice<TrainingSequence>, vocabularySize: Int
    ) throws(TransformerError) -> PackedSequences {
        try PackedSequences(
            sequences.map(\.tokens), targets: sequences.map { Array($0.promptLength..<$0.tokens.count) },
            vocabularySize: vocabularySize)
    }
}
