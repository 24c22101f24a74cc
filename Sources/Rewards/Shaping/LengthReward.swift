/// Shorter responses of a group are better: open-r1's `len_reward`, from Kimi k1.5 (arXiv 2501.12599).
///
///     lambda = 0.5 - (length - shortest) / (longest - shortest)
///
/// is the reward of right responses, min(0, lambda) that of wrong ones. Where all lengths are the same every reward is 0.
/// open-r1 counts characters, that is Unicode scalars.
public struct LengthReward: Sendable, Equatable {
    /// The reward, which has no settings.
    public init() {}

    /// The rewards of a group, the responses to one prompt. Linear in their number.
    ///
    /// - Parameters:
    ///   - lengths: of the responses, in any unit; 0 or more.
    ///   - isCorrect: for each response; nil where that cannot be said, since the gold answer cannot be read. open-r1 takes
    ///     those for right.
    /// - Returns: from -0.5 to 0.5 each; nil where correctness is nil. Such responses count among the lengths.
    public func rewards(lengths: [Int], isCorrect: [Bool?]) -> [Double?] {
        precondition(lengths.count == isCorrect.count, "every response has a length and a verdict")
        guard let shortest = lengths.min(), let longest = lengths.max() else { return [] }
        return zip(lengths, isCorrect).map { length, isCorrect in
            guard let isCorrect else { return nil }
            guard longest > shortest else { return 0 }
            let lambda = 0.5 - (Double(length) - Double(shortest)) / (Double(longest) - Double(shortest))
            return isCorrect ? lambda : min(0, lambda)
        }
    }
}
