/// Responses near the limit of their length are punished: the soft overlong punishment of DAPO (arXiv 2503.14476, equation 13),
/// open-r1's and TRL's `get_soft_overlong_punishment`.
///
/// With a buffer of `soft_punish_cache` before `max_completion_len`: 0 up to the buffer, then linearly down to -penalty_factor at
/// the limit, and as much beyond it. Lengths are tokens in the sources.
public struct SoftOverlongReward: Sendable, Equatable {
    /// The limit; setting `max_completion_len`.
    public var maxCompletionLength = 16384
    /// The length of the buffer, from 0 to the limit; setting `soft_punish_cache`.
    public var softPunishCache = 4096
    /// The greatest punishment, 0 or more; setting `penalty_factor`, verl's name.
    public var penaltyFactor = 1.0
    /// Whether there is a greatest punishment; setting `bounded`. In verl's reward manager there is none, for nothing is sampled
    /// beyond the limit.
    public var isBounded = true

    /// The reward with the settings of open-r1's scripts.
    public init() {}

    /// 0 or less. Constant time.
    ///
    /// - Parameter length: 0 or more.
    public func reward(length: Int) -> Double {
        let excess = Double(length) - (Double(maxCompletionLength) - Double(softPunishCache))
        guard excess > 0 else { return 0 }
        if length <= maxCompletionLength || (!isBounded && softPunishCache > 0) {
            return 0 - excess / Double(softPunishCache) * penaltyFactor
        }
        return 0 - penaltyFactor
    }
}
