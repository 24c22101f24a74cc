import Demonstration
import Evaluation
import JSON
import Testing
import Tokenization

/// The model's words, and the settings of the runs.
struct PlanTests {
    private func tokenizer() throws -> Tokenizer {
        let text = try JSONWriter().string(ModelDescription.tokenizer)
        return try Tokenizer(json: Array(text.utf8), name: "tokenizer.json")
    }

    @Test func everyWordIsAToken() throws {
        let encoder = TokenEncoder(try tokenizer())
        let problem = ListProblem(digits: [4, 7, 1, 9], operations: [.increment, .reverse, .triple])
        // 4 digits, an operation each, and the question mark.
        #expect(try encoder.encode(problem.text).count == 4 + 3 + 1)
        // The opening, an operation and 4 digits each, the box, 4 digits and its end; a leap lacks the digits.
        #expect(try encoder.encode(problem.trace()).count == 1 + 3 * 5 + 6)
        #expect(try encoder.encode(problem.trace(hiding: [1])).count == 1 + 3 * 5 + 6 - 4)
    }

    @Test func wordsAreReadBack() throws {
        let tokenizer = try tokenizer()
        var settings = ProblemSettings()
        settings.heterogeneity = 0.4
        for element in ProblemSequence(settings).prefix(50) {
            for text in [element.problem.text, element.trace] {
                let ids = try TokenEncoder(tokenizer).encode(text)
                #expect(try tokenizer.decode(ids, skippingSpecialTokens: false) == text)
                #expect(ids.allSatisfy { (0..<Int32(ModelDescription.vocabularySize - 2)).contains($0) })
            }
        }
    }

    @Test func theLongestTraceFitsIntoTheLimits() throws {
        let longest = ListProblem(
            digits: [0, 0, 0, 0], operations: Array(repeating: .complement, count: DemonstrationPlan.operations))
        let ids = try TokenEncoder(try tokenizer()).encode(longest.trace())
        #expect(ids.count + 1 <= DemonstrationPlan.mostTokens)
    }

    @Test func comparedRunsHaveTheSameBudget() {
        let plan = DemonstrationPlan()
        for runs in [plan.comparison, plan.reuse] {
            #expect(Set(runs.map(\.updates)).count == 1)
            #expect(Set(runs.map { $0["per_device_train_batch_size"] }).count == 1)
        }
    }

    @Test func scoresArePairedByProblem() throws {
        // The same mean gain of 2 of 8 on every problem has no spread; other problems have no gain at all.
        let before = PolicyScore(correct: [0, 2, 6, 4], samples: 8)
        let after = PolicyScore(correct: [2, 4, 8, 6], samples: 8)
        let gain = try #require(after.gain(over: before))
        #expect(gain.mean == 0.25 && gain.lower == 0.25 && gain.upper == 0.25)
        #expect(before.mean?.mean == 12.0 / 32 && before.pass?.mean == 0.75)
        #expect(after.gain(over: PolicyScore(correct: [1], samples: 8)) == nil)
    }
}
