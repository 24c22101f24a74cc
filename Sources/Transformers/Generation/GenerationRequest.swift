/// Completions that are wanted of one prompt.
public struct GenerationRequest: Sendable {
    /// The ids that they continue: the prompt, and a prefix of an expert's trace where there is one. Not empty.
    public var prompt: [Int32]
    /// How many completions.
    public var count: Int
    /// The most tokens of a completion, the end of sequence included; 1 or more.
    public var maximumTokens: Int
    /// How tokens are chosen.
    public var sampling: SamplingSettings
    /// Completion i draws the random numbers of rollout `firstRollout + i` of the settings' seed; give requests of one seed
    /// ranges that do not overlap.
    public var firstRollout: UInt64 = 0
    /// The ids that end a completion; they are part of it.
    public var endOfSequence: Set<Int32>
    /// Makes what is asked, for each token of one completion, whether the completion ends with it: for stop strings. Given the
    /// number of the completion.
    public var makeStopCheck: (@Sendable (_ completion: Int) -> StopCheck)?

    /// Asked for each token of a completion in turn, whether the completion ends with it.
    public typealias StopCheck = (Int32) -> Bool

    /// Completions of a prompt.
    public init(
        prompt: [Int32], count: Int = 1, maximumTokens: Int, sampling: SamplingSettings,
        endOfSequence: Set<Int32> = []
    ) {
        self.prompt = prompt
        self.count = count
        self.maximumTokens = maximumTokens
        self.sampling = sampling
        self.endOfSequence = endOfSequence
    }
}

/// A completion, or what there is of it.
public struct Completion: Sendable, Equatable {
    /// Why it ended.
    public enum FinishReason: String, Sendable {
        /// An end of sequence.
        case stop
        /// A stop string.
        case stopSequence = "stop_sequence"
        /// As many tokens as asked for.
        case length
    }

    /// Its tokens, the end of sequence included.
    public internal(set) var ids: [Int32] = []
    /// The log-probability of each under the model, at temperature 1 and before any cut.
    public internal(set) var logProbs: [Float] = []
    /// The log-probability of each under the distribution that it was drawn from; 0 at temperature 0.
    public internal(set) var samplingLogProbs: [Float] = []
    /// Why it ended.
    public internal(set) var finishReason = FinishReason.length
}

/// A token that has just been chosen.
public struct GeneratedToken: Sendable {
    /// The place of the request.
    public let request: Int
    /// Which of its completions.
    public let completion: Int
    /// The token.
    public let id: Int32
    /// Its log-probability under the model.
    public let logProb: Float
    /// Why the completion ends with it; nil if it goes on.
    public let finishReason: Completion.FinishReason?
}
