import Testing

@testable import Rewards

/// Responses to one prompt, grouped by their answers.
@Suite struct AnswerGroupsTests {
    @Test func equalAnswersAreOne() {
        let checker = AnswerChecker(mode: .strict)
        let responses = [
            #"So \boxed{\frac{1}{2}}."#, #"\boxed{2}"#, "No answer.", #"\boxed{0.5}"#, #"\boxed{2.0}"#, #"\boxed{1/2}"#,
        ]
        let judged = checker.scores(responses, gold: GoldAnswer("0.5", mode: .strict))
        #expect(judged.firstAlike == [0, 1, nil, 0, 1, 0])
        #expect(judged.scores.map(\.reward) == [1, 0, 0, 1, 0, 1])
    }

    @Test func wordsThatCannotBeReadAreComparedAsTexts() {
        let checker = AnswerChecker(mode: .strict)
        let odd = #"\boxed{\frac{1}{} + }"#
        let judged = checker.scores(
            [odd, #"\boxed{\frac{1}{}  +  }"#, #"\boxed{\frac{2}{} + }"#], gold: GoldAnswer("1", mode: .strict))
        #expect(judged.scores.map(\.reason) == [.unreadableAnswer, .unreadableAnswer, .unreadableAnswer])
        #expect(judged.firstAlike == [0, 0, 2])
    }
}
