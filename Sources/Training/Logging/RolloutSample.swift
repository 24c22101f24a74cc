public import JSON

/// A rollout as it is written down to be looked at.
public struct RolloutSample: Sendable, Equatable {
    /// The update that it was sampled for, from 1.
    public var step: Int
    /// The group of the update, from 0: rollouts of a group have the same prompt.
    public var group: Int
    /// The rollout in its group, from 0, in the order of sampling.
    public var rollout: Int
    /// The prompt's text.
    public var prompt: String
    /// The text of the expert's prefix; empty where it has none.
    public var prefix: String
    /// The text that the policy wrote on.
    public var continuation: String
    /// The share of the expert's thought that is the prefix; 0 where there is none.
    public var prefixRatio: Double
    /// The prefix's length in tokens.
    public var prefixTokens: Int
    /// The continuation's length in tokens.
    public var continuationTokens: Int
    /// Why the continuation ended: `stop` or `length`; nil where the policy wrote nothing.
    public var finishReason: String?
    /// The reward, its parts weighted and summed; nil where there is none.
    public var reward: Double?
    /// The parts of the reward by name, before their weights; nil where one could not be told.
    public var rewards: [(name: String, value: Double?)]
    /// The advantage; nil where there is none.
    public var advantage: Double?

    /// Makes a sample.
    public init(
        step: Int, group: Int, rollout: Int, prompt: String, prefix: String = "", continuation: String,
        prefixRatio: Double = 0, prefixTokens: Int = 0, continuationTokens: Int, finishReason: String? = nil,
        reward: Double? = nil, rewards: [(name: String, value: Double?)] = [], advantage: Double? = nil
    ) {
        self.step = step
        self.group = group
        self.rollout = rollout
        self.prompt = prompt
        self.prefix = prefix
        self.continuation = continuation
        self.prefixRatio = prefixRatio
        self.prefixTokens = prefixTokens
        self.continuationTokens = continuationTokens
        self.finishReason = finishReason
        self.reward = reward
        self.rewards = rewards
        self.advantage = advantage
    }

    /// Whether all parts are equal, texts as Swift compares them.
    public static func == (left: Self, right: Self) -> Bool { left.node == right.node }

    /// A line of samples.jsonl; a number that is not finite is null.
    public var node: JSONNode {
        [
            "step": .int(Int64(step)), "group": .int(Int64(group)), "rollout": .int(Int64(rollout)),
            "prompt": .string(prompt), "prefix": .string(prefix), "continuation": .string(continuation),
            "prefix_ratio": .finite(prefixRatio), "prefix_tokens": .int(Int64(prefixTokens)),
            "continuation_tokens": .int(Int64(continuationTokens)),
            "finish_reason": finishReason.map { .string($0) } ?? .null, "reward": .finite(reward),
            "rewards": .object(rewards.map { ($0.name, .finite($0.value)) }), "advantage": .finite(advantage),
        ]
    }

    /// Reads a line of samples.jsonl; nil where a part is missing or of another kind.
    public init?(_ node: JSONNode) {
        guard let step = node["step"]?.whole, let group = node["group"]?.whole, let rollout = node["rollout"]?.whole,
            let prompt = node["prompt"]?.text, let prefix = node["prefix"]?.text,
            let continuation = node["continuation"]?.text, let ratio = node["prefix_ratio"]?.real,
            let prefixTokens = node["prefix_tokens"]?.whole,
            let continuationTokens = node["continuation_tokens"]?.whole, case .object(let parts)? = node["rewards"]
        else { return nil }
        self.init(
            step: step, group: group, rollout: rollout, prompt: prompt, prefix: prefix, continuation: continuation,
            prefixRatio: ratio, prefixTokens: prefixTokens, continuationTokens: continuationTokens,
            finishReason: node["finish_reason"]?.text, reward: node["reward"]?.real,
            rewards: parts.map { ($0.key, $0.value.real) }, advantage: node["advantage"]?.real)
    }
}

extension JSONNode {
    /// A number, or null where there is none that JSON can write.
    static func finite(_ value: Double?) -> JSONNode {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }
}
