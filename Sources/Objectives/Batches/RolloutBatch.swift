/// Rollouts of one update: log-probabilities, masks, rewards and groups.
///
/// Values of tokens lie flat, one rollout after the other: rollout i has the tokens `offsets[i] ..< offsets[i + 1]`. Rollouts
/// may differ in length; one without tokens, or with none that counts, has no loss, but its reward counts in its group.
/// Log-probabilities are natural logarithms.
public struct RolloutBatch: Sendable {
    /// What a log-probability may exceed 0 by: models compute in single precision.
    public static let tolerance = 1e-5

    /// Where each rollout begins, and the number of tokens at the end; one more than there are rollouts.
    public let offsets: [Int]
    /// For each token its log-probability under the policy being trained, at most ``tolerance``.
    public let logProbs: [Double]
    /// For each token its log-probability under the policy that sampled; nil says that it is the same policy.
    public let oldLogProbs: [Double]?
    /// For each token its log-probability under the reference of a KL penalty.
    public let refLogProbs: [Double]?
    /// For each token whether it counts in the loss.
    public let mask: [Bool]
    /// For each token whether an expert wrote it, of which LUFFY and TRAPO take notice, and no other method.
    public let prefixMask: [Bool]?
    /// For each rollout whether its expert tokens carry the supervised loss of TRAPO; nil says that all do.
    public let prefixLossMask: [Bool]?
    /// For each rollout its reward, finite.
    public let rewards: [Double]?
    /// Which rollouts belong to one query.
    public let groups: RolloutGroups?
    /// For each token the entropy of the policy's distribution, in nats.
    public let entropies: [Double]?
    /// For each rollout its advantage, where it is not to be computed from the rewards: a part of an update may not hold
    /// whole groups.
    public let advantages: [Double]?

    /// For each rollout the number of tokens that count.
    public let tokenCounts: [Int]
    /// The number of tokens that count.
    public let tokenCount: Int

    /// The number of rollouts.
    public var count: Int { offsets.count - 1 }

    /// The number of tokens of the longest rollout, those that do not count included.
    public var longest: Int {
        var longest = 0
        for rollout in 0..<count { longest = max(longest, offsets[rollout + 1] - offsets[rollout]) }
        return longest
    }

    /// The tokens of a rollout in the flat arrays.
    ///
    /// - Precondition: `rollout` is in `0..<count`.
    public func tokens(of rollout: Int) -> Range<Int> { offsets[rollout]..<offsets[rollout + 1] }

    /// Checks a batch. O(tokens).
    ///
    /// - Parameters:
    ///   - offsets: ascending from 0 to the number of tokens.
    ///   - logProbs: for each token; where it counts finite and at most ``tolerance``, elsewhere also -infinity.
    ///   - oldLogProbs: the same of the policy that sampled; nil for the policy itself, whose ratios are 1.
    ///   - refLogProbs: the same of the reference.
    ///   - mask: for each token; nil for all.
    ///   - prefixMask: for each token.
    ///   - prefixLossMask: for each rollout.
    ///   - rewards: for each rollout, finite.
    ///   - groups: for each rollout a number that rollouts of the same query share.
    ///   - entropies: for each token; where it counts finite and at least 0, but for ``tolerance``.
    ///   - advantages: for each rollout, finite.
    /// - Throws: ``ObjectiveError`` with the field and, where they apply, the rollout and the token.
    public init(
        offsets: [Int], logProbs: [Double], oldLogProbs: [Double]? = nil, refLogProbs: [Double]? = nil,
        mask: [Bool]? = nil, prefixMask: [Bool]? = nil, prefixLossMask: [Bool]? = nil, rewards: [Double]? = nil,
        groups: [Int]? = nil, entropies: [Double]? = nil, advantages: [Double]? = nil
    ) throws(ObjectiveError) {
        guard offsets.count > 1 else {
            throw ObjectiveError(.emptyBatch, BatchField.logProbs, "there are no rollouts")
        }
        guard offsets.first == 0, offsets.last == logProbs.count, zip(offsets, offsets.dropFirst()).allSatisfy(<=)
        else {
            throw ObjectiveError(
                .lengthMismatch, BatchField.logProbs, "the offsets do not ascend from 0 to the \(logProbs.count) tokens"
            )
        }
        let shape = BatchShape(offsets: offsets)
        for (name, count) in [
            (BatchField.oldLogProbs, oldLogProbs?.count), (BatchField.refLogProbs, refLogProbs?.count),
            (BatchField.mask, mask?.count), (BatchField.prefixMask, prefixMask?.count),
            (BatchField.entropies, entropies?.count),
        ] {
            try shape.checkTokens(name, count)
        }
        for (name, count) in [
            (BatchField.rewards, rewards?.count), (BatchField.groups, groups?.count),
            (BatchField.advantages, advantages?.count), (BatchField.prefixLossMask, prefixLossMask?.count),
        ] {
            try shape.checkRollouts(name, count)
        }
        let mask = mask ?? [Bool](repeating: true, count: logProbs.count)
        try shape.checkLogProbs(BatchField.logProbs, logProbs, mask)
        if let oldLogProbs { try shape.checkLogProbs(BatchField.oldLogProbs, oldLogProbs, mask) }
        if let refLogProbs { try shape.checkLogProbs(BatchField.refLogProbs, refLogProbs, mask) }
        if let entropies { try shape.checkEntropies(entropies, mask) }
        if let rewards { try shape.checkFinite(BatchField.rewards, rewards) }
        if let advantages { try shape.checkFinite(BatchField.advantages, advantages) }

        self.offsets = offsets
        self.logProbs = logProbs
        self.oldLogProbs = oldLogProbs
        self.refLogProbs = refLogProbs
        self.mask = mask
        self.prefixMask = prefixMask
        self.prefixLossMask = prefixLossMask
        self.rewards = rewards
        self.groups = groups.map(RolloutGroups.init)
        self.entropies = entropies
        self.advantages = advantages
        tokenCounts = shape.counts(mask)
        tokenCount = tokenCounts.reduce(0, +)
    }

    /// The batch with fewer tokens that count.
    func masking(_ isKept: (Int) -> Bool) throws(ObjectiveError) -> RolloutBatch {
        try RolloutBatch(
            offsets: offsets, logProbs: logProbs, oldLogProbs: oldLogProbs, refLogProbs: refLogProbs,
            mask: mask.indices.map { mask[$0] && isKept($0) }, prefixMask: prefixMask, prefixLossMask: prefixLossMask,
            rewards: rewards, groups: groups.map { groups in groups.positions.map { groups.keys[$0] } },
            entropies: entropies, advantages: advantages)
    }

    /// The logarithm of the importance ratio of a token: log p - log p of the policy that sampled.
    func logRatio(_ token: Int) -> Double {
        guard let oldLogProbs else { return 0 }
        return logProbs[token] - oldLogProbs[token]
    }

    /// The sum over a rollout's tokens that count of the logarithm of the importance ratio.
    func logRatioSum(of rollout: Int) -> Double {
        guard oldLogProbs != nil else { return 0 }
        var sum = 0.0
        for token in tokens(of: rollout) where mask[token] { sum += logRatio(token) }
        return sum
    }

    /// The error for a token whose loss is not a number that double precision has.
    func overflow(_ token: Int, in rollout: Int, _ what: String) -> ObjectiveError {
        ObjectiveError(
            .overflow, BatchField.logProbs, rollout: rollout, token: token - offsets[rollout],
            "\(what) exceeds the range of double precision: the policies lie too far apart")
    }
}

/// The names of a batch's fields, as they stand in JSON.
enum BatchField {
    static let logProbs = "log_probs"
    static let oldLogProbs = "old_log_probs"
    static let refLogProbs = "ref_log_probs"
    static let mask = "mask"
    static let prefixMask = "prefix_mask"
    static let prefixLossMask = "prefix_loss_mask"
    static let rewards = "rewards"
    static let groups = "groups"
    static let entropies = "entropies"
    static let advantages = "advantages"
    static let settings = "settings"
    static let format = "format"
    static let version = "version"
}
