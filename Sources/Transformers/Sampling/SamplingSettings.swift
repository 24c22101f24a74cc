/// How a token is chosen from the logits of a model: transformers' logits processors, in its order, under its names.
///
/// The penalty comes first, then the temperature, then top-k, top-p and min-p; each sees what the one before left.
public struct SamplingSettings: Sendable, Hashable {
    /// Logits are divided by it; 0 takes the most likely token.
    public let temperature: Float
    /// Only so many of the most likely tokens stay, and those as likely as the last of them; nil for all.
    public let topK: Int?
    /// Only the fewest tokens stay that hold this share of the probability; 1 for all.
    public let topP: Double
    /// Only tokens stay that are at least this share as likely as the most likely; 0 for all.
    public let minP: Float
    /// Tokens of the prompt and the completion become less likely; 1 for no penalty.
    public let repetitionPenalty: Float
    /// What the random numbers of all rollouts come from.
    public let seed: UInt64

    /// Whether the most likely token is taken.
    public var isGreedy: Bool { temperature == 0 }

    /// The most likely token at every step.
    public static let greedy = SamplingSettings(trusted: 0)

    /// Settings.
    ///
    /// - Parameters:
    ///   - temperature: 0 or more.
    ///   - topK: 1 or more; nil for all.
    ///   - topP: in (0, 1].
    ///   - minP: in [0, 1].
    ///   - repetitionPenalty: above 0.
    /// - Throws: ``SamplingError/setting(name:value:range:)`` for the first that is out of its range.
    public init(
        temperature: Float = 1, topK: Int? = nil, topP: Double = 1, minP: Float = 0, repetitionPenalty: Float = 1,
        seed: UInt64 = 0
    ) throws(SamplingError) {
        func check(_ holds: Bool, _ name: String, _ value: String, _ range: String) throws(SamplingError) {
            guard holds else { throw .setting(name: name, value: value, range: range) }
        }
        try check(
            temperature == 0 || (temperature >= .leastNormalMagnitude && temperature < .infinity), "temperature",
            "\(temperature)", "0 for the most likely token, or positive and finite")
        try check((topK ?? 1) > 0, "top_k", "\(topK ?? 0)", "1 or more; leave it out for all tokens")
        try check(topP > 0 && topP <= 1, "top_p", "\(topP)", "above 0 and at most 1")
        try check(minP >= 0 && minP <= 1, "min_p", "\(minP)", "from 0 to 1")
        try check(
            repetitionPenalty > 0 && repetitionPenalty < .infinity, "repetition_penalty", "\(repetitionPenalty)",
            "above 0 and finite; 1 for none")
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.seed = seed
    }

    private init(trusted temperature: Float) {
        self.temperature = temperature
        topK = nil
        topP = 1
        minP = 0
        repetitionPenalty = 1
        seed = 0
    }
}
