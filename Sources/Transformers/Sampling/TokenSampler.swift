public import Kernels

/// A token that was chosen, and how likely it was.
public struct SampledToken: Sendable, Hashable {
    /// The token.
    public let id: Int32
    /// Its log-probability under the model: of the logits as they are, at temperature 1, before any setting. It is what a
    /// trainer computes again.
    public let logProbability: Float
    /// Its log-probability in the distribution that it was drawn from; 0 where the most likely token is taken.
    public let samplingLogProbability: Float
}

/// Chooses tokens from rows of logits.
///
/// A token depends on its row, the history, the settings, and the numbers of the rollout and the step: not on what else is in
/// a batch, nor on what was chosen before, nor on the processor. The distribution is cumulated in the order of ids, in
/// doubles. Linear in the vocabulary and the history; takes no memory for a token. Not for several threads at once: make one
/// for each.
public final class TokenSampler {
    private let distribution: TokenDistribution
    private let row: Matrix

    /// - Parameter vocabulary: how many logits a row has, from 1 to 2^31 - 1.
    public init(vocabulary: Int) {
        distribution = TokenDistribution(vocabulary: vocabulary)
        row = FloatBuffer(count: vocabulary).row
    }

    /// Chooses the token that follows a history.
    ///
    /// - Parameters:
    ///   - logits: [V], one row.
    ///   - history: the ids of the prompt and of the completion so far, for the repetition penalty; others than the
    ///     vocabulary's are passed over.
    ///   - rollout: which completion it is; draws of different rollouts are independent.
    ///   - step: which token of the completion it is.
    /// - Throws: ``SamplingError/logits(_:rollout:step:)`` where a logit is NaN or +infinity, or all are -infinity.
    public func sample(
        _ logits: Matrix, settings: SamplingSettings, history: ArraySlice<Int32>, rollout: UInt64, step: UInt64
    ) throws(SamplingError) -> SampledToken {
        do throws(LogitError) {
            try distribution.load(logits)
            try distribution.penalise(history, by: settings.repetitionPenalty)
            guard !settings.isGreedy else { return chosen(distribution.mostLikely, 0) }
            try distribution.divide(by: settings.temperature)
        } catch {
            throw .logits(error, rollout: rollout, step: step)
        }
        if let count = settings.topK { distribution.keepLargest(count) }
        distribution.keepMass(settings.topP)
        distribution.keepShare(settings.minP)
        let point = PhiloxGenerator(seed: settings.seed).uniform(rollout: rollout, step: step)
        let drawn = distribution.draw(point)
        return chosen(drawn.token, drawn.logProbability)
    }

    /// Chooses the token that follows a history, from logits in an array.
    ///
    /// - Throws: as ``sample(_:settings:history:rollout:step:)-(Matrix,_,_,_,_)``.
    public func sample(
        _ logits: [Float], settings: SamplingSettings, history: ArraySlice<Int32>, rollout: UInt64, step: UInt64
    ) throws(SamplingError) -> SampledToken {
        row.set(row: 0, logits)
        return try sample(row, settings: settings, history: history, rollout: rollout, step: step)
    }

    private func chosen(_ token: Int, _ samplingLogProbability: Float) -> SampledToken {
        SampledToken(
            id: Int32(token), logProbability: distribution.loadedLogProbability(of: token),
            samplingLogProbability: samplingLogProbability)
    }
}
