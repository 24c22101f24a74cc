/// A response to a prompt of the data, and what it is worth.
public struct Rollout: Sendable {
    /// The number of the prompt's group in its batch.
    public var group: Int
    /// The row of the data whose prompt, answer and prefix it has.
    public var row: Int
    /// What the data calls the row.
    public var id: String
    /// The problem's text.
    public var problem: String
    /// The expected answer.
    public var answer: String
    /// The prompt's tokens.
    public var prompt: [Int32]
    /// The tokens of the expert's trace that it begins with.
    public var prefix: [Int32] = []
    /// The tokens that the policy wrote.
    public var completion: [Int32] = []
    /// For each token of the completion its log-probability under the model as it was sampled, at temperature 1.
    var modelLogProbs: [Float] = []
    /// The same under the distribution that it was drawn from.
    var samplingLogProbs: [Float] = []
    /// The micro-group that it was sampled with, from 0.
    public var microGroup = 0
    /// The share of the expert's thought that its prefix was to hold; 0 for none.
    public var ratio = 0.0
    /// Whether its prefix carries TRAPO's supervised loss.
    public var carriesLoss = false
    /// Whether it was cut at its greatest length.
    public var isTruncated = false
    /// Its text, prefix included.
    public var text = ""
    /// What each reward function gave, in their order.
    public var rewardParts: [Double?] = []
    /// The reward: the weighted sum of the parts.
    public var reward = 0.0
    /// The advantage, once the batch is whole.
    public var advantage: Double?

    /// Tokens of the response.
    public var length: Int { prefix.count + completion.count }
}

/// The rollouts of some prompts, group after group.
public struct RolloutBatchRecord: Sendable {
    /// The number of the update that they are first used in.
    public var step: Int
    /// The number of updates that they are used in.
    public var updates = 1
    /// The rollouts.
    public var rollouts: [Rollout]
    /// The names of the reward functions.
    public var rewardNames: [String]
}
