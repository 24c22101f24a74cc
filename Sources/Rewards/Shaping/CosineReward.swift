import Glibc

/// Right responses are better when short, wrong ones less bad when long: open-r1's and TRL's `get_cosine_scaled_reward`, from
/// Demystifying Long Chain-of-Thought Reasoning (arXiv 2502.03373, appendix C.1).
///
///     long + (short - long) / 2 (1 + cos(pi length / max_len))
///
/// where `short` is the reward at length 0 and `long` that at length max_len: `max_value_correct` and `min_value_correct` for right
/// responses, `min_value_wrong` and `max_value_wrong` for wrong ones.
public struct CosineReward: Sendable, Equatable {
    /// The reward of a wrong response of length 0; setting `min_value_wrong`. open-r1's scripts set 0 here and -0.5 for
    /// ``maxValueWrong``; the default is that of its function, as of TRL's.
    public var minValueWrong = -1.0
    /// The reward of a wrong response of length ``maxLength``; setting `max_value_wrong`.
    public var maxValueWrong = -0.5
    /// The reward of a right response of length ``maxLength``; setting `min_value_correct`.
    public var minValueCorrect = 0.5
    /// The reward of a right response of length 0; setting `max_value_correct`.
    public var maxValueCorrect = 1.0
    /// The length of half a period, more than 0; setting `max_len`. open-r1 counts characters, that is Unicode scalars; TRL tokens.
    public var maxLength = 1000
    /// Whether longer responses count as of ``maxLength``, as in TRL; setting `clamp`. In open-r1 the cosine goes on, and a right
    /// response of twice the length is as good as one of none.
    public var clampsLength = false

    /// The reward with open-r1's settings.
    public init() {}

    /// The reward of one response. Constant time.
    ///
    /// - Parameter length: 0 or more.
    public func reward(length: Int, isCorrect: Bool) -> Double {
        var progress = Double(length) / Double(maxLength)
        if clampsLength { progress = min(progress, 1) }
        let cosine = cos(progress * .pi)
        let (long, short) = isCorrect ? (minValueCorrect, maxValueCorrect) : (maxValueWrong, minValueWrong)
        return long + 0.5 * (short - long) * (1 + cosine)
    }
}
