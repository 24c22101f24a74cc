/// Which rewards a response gets, and what they add up to.
public struct RewardRecipe: Sendable {
    /// One of the rewards.
    public struct Part: Sendable, Equatable {
        /// Which.
        public var name: RewardName
        /// What it is multiplied by in the sum; finite.
        public var weight: Double

        /// A part of a recipe.
        public init(_ name: RewardName, weight: Double = 1) {
            self.name = name
            self.weight = weight
        }
    }

    /// The rewards, each at most once. The reward of a response is the sum of these times their weights, and null where one of
    /// them is.
    public var parts: [Part]
    /// How answers are compared.
    public var checker: AnswerChecker
    /// The settings of `format`.
    public var format = FormatReward()
    /// The settings of `cosine`.
    public var cosine = CosineReward()
    /// The settings of `repetition`.
    public var repetition = RepetitionReward()
    /// The settings of `soft_overlong_punishment`.
    public var softOverlong = SoftOverlongReward()

    /// A recipe with the settings of the sources.
    public init(_ parts: [Part] = [Part(.accuracy)], checker: AnswerChecker = AnswerChecker()) {
        self.parts = parts
        self.checker = checker
    }

    /// Whether a reward is one of the parts.
    public func contains(_ name: RewardName) -> Bool { parts.contains { $0.name == name } }

    var needsAnswer: Bool { parts.contains { $0.name.needsAnswer } }
    var needsLength: Bool { parts.contains { $0.name.needsLength } }

    /// The weighted sum; nil where a value is, or the sum is not finite.
    func total(_ values: [Double?]) -> Double? {
        var sum = 0.0
        for (part, value) in zip(parts, values) {
            guard let value else { return nil }
            sum += part.weight * value
        }
        return sum.isFinite ? sum : nil
    }
}
