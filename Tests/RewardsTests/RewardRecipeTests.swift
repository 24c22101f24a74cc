import JSON
import Testing

@testable import Rewards

@Suite struct RewardRecipeTests {
    private func result(_ recipe: RewardRecipe, gold: String? = nil, response: String) throws -> JSONNode {
        let line = try RewardStream(recipe).result(gold: gold, response: response).line
        let node = JSONNode(try JSONDocument.parsing(line).root)
        #expect(try RewardContracts.violations(node, "reward-result") == [])
        return node
    }

    @Test func weightsAddUp() throws {
        let recipe = RewardRecipe([.init(.tagCount, weight: 2), .init(.reasoningSteps, weight: -0.5)])
        let node = try result(recipe, response: "<think>\nFirst, Next, Finally,")
        #expect(node["reward"] == 0.0 && node["rewards"] == ["tag_count": 0.25, "reasoning_steps": 1.0])
        #expect(node["reason"] == .null && node["extracted"] == .null)
    }

    @Test func sumsBeyondNumbersAreNull() throws {
        let recipe = RewardRecipe([
            .init(.reasoningSteps, weight: .greatestFiniteMagnitude),
            .init(.tagCount, weight: .greatestFiniteMagnitude * 4),
        ])
        #expect(try result(recipe, response: "<think>\nFirst, Next, Finally,")["reward"] == .null)
    }

    /// Nothing is made of a gold answer that cannot be read.
    @Test func unreadableGold() throws {
        let recipe = RewardRecipe([.init(.accuracy), .init(.cosine), .init(.format)])
        let node = try result(recipe, gold: "", response: "1")
        #expect(node["reward"] == .null && node["reason"] == "unreadable_gold")
        #expect(node["rewards"] == ["accuracy": nil, "cosine": nil, "format": 0.0])
    }

    @Test func aMissingGoldIsABadRow() throws {
        let node = try result(RewardRecipe(), response: "1")
        guard case .string(let reason) = node["reason"] else { return #expect(Bool(false)) }
        #expect(reason.hasPrefix("bad_line: gold: is missing"))
    }

    @Test func settings() throws {
        var recipe = RewardRecipe([.init(.format), .init(.cosine), .init(.repetition), .init(.softOverlong)])
        for (name, value) in [
            ("format", "think"), ("max_len", "5"), ("clamp", "true"), ("min_value_wrong", "-3"), ("ngram_size", "2"),
            ("max_penalty", "-0.25"), ("max_completion_len", "10"), ("soft_punish_cache", "4"), ("penalty_factor", "2"),
            ("bounded", "false"), ("max_value_wrong", "-2"), ("min_value_correct", "0.25"), ("max_value_correct", "4"),
        ] {
            try recipe.set(name, to: value)
        }
        #expect(recipe.format.style == .think && recipe.cosine.maxLength == 5 && recipe.cosine.clampsLength)
        #expect(recipe.cosine.reward(length: 0, isCorrect: false) == -3)
        #expect(recipe.cosine.reward(length: 9, isCorrect: true) == 0.25)
        #expect(recipe.repetition.reward("a a a a") == -0.25 * (1 - 1.0 / 3))
        #expect(recipe.softOverlong.reward(length: 12) == -3 && recipe.problem == nil)
        try recipe.set("soft_punish_cache", to: "11")
        #expect(recipe.problem?.name == "soft_punish_cache")
    }

    @Test(arguments: [
        ("max_length", "5"), ("max_len", "0"), ("max_len", "1.5"), ("clamp", "yes"), ("max_value_wrong", "nan"),
        ("min_value_wrong", "inf"), ("ngram_size", "2"), ("format", "think"),
    ])
    func badSettings(_ name: String, _ value: String) {
        var recipe = RewardRecipe([.init(.cosine)])
        #expect(throws: RewardSettingError.self) { try recipe.set(name, to: value) }
    }
}
