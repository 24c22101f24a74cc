/// A bonus for entropy: minus a coefficient times the mean entropy of the tokens that count, added to the loss.
///
/// The mean is over tokens whatever the normaliser of the policy's loss, as in TRL and in the public code of LUFFY and TRAPO;
/// verl takes the policy's normaliser. It is a function of the entropies, so its gradient is by them,
/// ``ObjectiveResult/entropyGradients``.
public struct EntropyBonus: Sendable, Hashable {
    /// The coefficient, finite; nil for ``standard``, and only where the batch has entropies.
    public var coefficient: Double?
    /// What the method's paper or code sets.
    public let standard: Double

    /// Makes a bonus.
    public init(coefficient: Double? = nil, standard: Double = 0) {
        self.coefficient = coefficient
        self.standard = standard
    }

    /// The coefficient in force for a batch.
    public func coefficient(for batch: RolloutBatch) -> Double {
        coefficient ?? (batch.entropies == nil ? 0 : standard)
    }

    /// Adds the bonus to a result, and the metric `entropy`, the mean entropy of the tokens that count. O(tokens).
    ///
    /// - Throws: ``ObjectiveError`` where a coefficient is given and the batch has no entropies.
    public func add(
        to result: inout ObjectiveResult, _ batch: RolloutBatch, window: UpdateWindow
    ) throws(ObjectiveError) {
        let coefficient = coefficient(for: batch)
        guard let entropies = batch.entropies else {
            guard coefficient == 0 else {
                throw .missing(BatchField.entropies, "an entropy bonus (entropy_coef \(coefficient))")
            }
            return
        }
        var sum = 0.0
        for token in entropies.indices where batch.mask[token] { sum += entropies[token] }
        if batch.tokenCount > 0 { result.report("entropy", sum / Double(batch.tokenCount)) }
        guard coefficient != 0 else { return }
        let weight = coefficient / (window.tokens ?? Double(max(batch.tokenCount, 1)))
        result.loss -= weight * sum
        result.entropyGradients = batch.mask.map { $0 ? -weight : 0 }
    }
}
