/// The checks of a batch's fields against where its rollouts lie.
struct BatchShape {
    let offsets: [Int]

    private var rollouts: Int { offsets.count - 1 }
    private var tokens: Int { offsets[rollouts] }

    func checkTokens(_ field: String, _ count: Int?) throws(ObjectiveError) {
        guard let count, count != tokens else { return }
        throw ObjectiveError(.lengthMismatch, field, "has \(count) tokens; log_probs has \(tokens)")
    }

    func checkRollouts(_ field: String, _ count: Int?) throws(ObjectiveError) {
        guard let count, count != rollouts else { return }
        throw ObjectiveError(.lengthMismatch, field, "has \(count) entries; there are \(rollouts) rollouts")
    }

    func checkFinite(_ field: String, _ values: [Double]) throws(ObjectiveError) {
        guard let rollout = values.firstIndex(where: { !$0.isFinite }) else { return }
        throw ObjectiveError(.notFinite, field, rollout: rollout, "\(values[rollout]) is not finite")
    }

    func checkLogProbs(_ field: String, _ values: [Double], _ mask: [Bool]) throws(ObjectiveError) {
        for rollout in 0..<rollouts {
            for token in offsets[rollout]..<offsets[rollout + 1] {
                let value = values[token]
                if value <= RolloutBatch.tolerance, value.isFinite || !mask[token] { continue }
                let place = token - offsets[rollout]
                guard value.isFinite else {
                    throw ObjectiveError(
                        .notFinite, field, rollout: rollout, token: place,
                        value.isNaN
                            ? "is NaN" : "is \(value), where the mask is 1; a log-probability in the loss is finite")
                }
                throw ObjectiveError(
                    .positiveLogProb, field, rollout: rollout, token: place,
                    "\(value) is above 0; the logarithm of a probability is at most 0")
            }
        }
    }

    func checkEntropies(_ values: [Double], _ mask: [Bool]) throws(ObjectiveError) {
        for rollout in 0..<rollouts {
            for token in offsets[rollout]..<offsets[rollout + 1] where mask[token] {
                let value = values[token]
                if value.isFinite, value >= -RolloutBatch.tolerance { continue }
                throw ObjectiveError(
                    value.isFinite ? .negativeEntropy : .notFinite, BatchField.entropies, rollout: rollout,
                    token: token - offsets[rollout],
                    value.isFinite ? "\(value) is below 0; an entropy is at least 0" : "\(value) is not finite")
            }
        }
    }

    func counts(_ mask: [Bool]) -> [Int] {
        var counts = [Int](repeating: 0, count: rollouts)
        for rollout in 0..<rollouts {
            var count = 0
            for token in offsets[rollout]..<offsets[rollout + 1] where mask[token] { count += 1 }
            counts[rollout] = count
        }
        return counts
    }
}
