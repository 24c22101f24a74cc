import Objectives

/// A prompt and a response, as an update sees them.
struct TrainingSequence: Sendable {
    /// The prompt's tokens, then the response's.
    var tokens: [Int32]
    /// How many of them are the prompt's; at least 1.
    var promptLength: Int
    /// How many tokens of the response, from its beginning, an expert wrote.
    var expertLength = 0
    /// Whether expert tokens carry TRAPO's supervised loss.
    var carriesLoss = true
    /// Whether the response counts in the loss.
    var counts = true
    /// The response's reward.
    var reward = 0.0
    /// The number of its group.
    var group = 0
    /// Its advantage, which the whole batch of rollouts decides; nil for supervised objectives.
    var advantage: Double?
    /// QUATRO's trust region, which its whole group decides; nil for other objectives.
    var region: TrustRegion?
    /// For each token of the response its log-probability before the first update; nil where there is one update only.
    var oldLogProbs: [Double]?
    /// The same under the reference; nil where there is none.
    var refLogProbs: [Double]?

    /// Tokens of the response.
    var responseLength: Int { tokens.count - promptLength }
    /// Tokens that count in the loss.
    var countedLength: Int { counts ? responseLength : 0 }
}
