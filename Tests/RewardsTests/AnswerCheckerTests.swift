import Testing

@testable import Rewards

@Suite struct AnswerCheckerTests {
    private func score(_ response: String, gold: String, _ mode: AnswerMode = .strict) -> AnswerScore {
        AnswerChecker(mode: mode).score(response, gold: GoldAnswer(gold, mode: mode))
    }

    private func reward(_ answer: String, gold: String, _ mode: AnswerMode = .strict) -> Double? {
        score("The answer is $\\boxed{\(answer)}$.", gold: gold, mode).reward
    }

    /// What Math-Verify takes for right and is wrong.
    @Test(arguments: [
        (#"\frac{1}{2^{99}}"#, #"\frac{1}{2^{98}}"#), ("4", #"4\sqrt(2)"#), (#"4\sqrt(2)"#, "4"), ("1e-7", "2e-7"),
        ("2022", "2022_6"), ("2022_6", "2022"), (#"\{1,2\}"#, "(2,1)"), ("(2,1)", #"\{1,2\}"#),
        ("x>3", "y>3"), ("2k", "k2"), ("12:00 \\text{ PM}", "12:00 \\text{ AM}"), ("x=1, y=2", "x=2, y=1"),
        (#"x \equiv 3 \pmod{7}"#, #"x \equiv 3 \pmod{8}"#), (#"\sin 30^\circ"#, #"\sin 30"#),
    ])
    func strictRefusesWhatIsWrong(gold: String, answer: String) {
        #expect(reward(answer, gold: gold) == 0)
    }

    /// The same as Math-Verify says.
    @Test(arguments: [
        (#"\frac{1}{2^{99}}"#, #"\frac{1}{2^{98}}"#, 1.0), ("4", #"4\sqrt(2)"#, 0), ("1e-7", "2e-7", 0),
        ("2022", "2022_6", 1), ("2022_6", "2022", 1), (#"\{1,2\}"#, "(2,1)", 1), ("(2,1)", #"\{1,2\}"#, 0),
    ])
    func compatCopiesIt(gold: String, answer: String, expected: Double) {
        #expect(reward(answer, gold: gold, .compat) == expected)
    }

    /// What Math-Verify misses.
    @Test(arguments: [
        ("12:00", "12:00"), ("12:00", "12 : 00"), ("100000", "1.0e5"), (#"\frac{1}{3}"#, "0.333333"),
        (#"4\sqrt{2}"#, #"4\sqrt(2)"#),
        ("9\\%", "9"), ("9\\%", "0.09"), ("2022_6", "446"), (#"\frac{1}{6}"#, #"0.1\overline{6}"#),
        ("137.5", "137 1/2"),
        ("x_1", "x1"), (#"\binom{10}{3}"#, "_{10}C_3"), ("x>3", #"x \in (3,\infty)"#),
        (#"x \in [0,1)"#, #"0 \le x < 1"#),
        (#"\frac{1}{2}"#, #"\sin 30^\circ"#), ("36", #"\text{\$36}"#),
    ])
    func strictAcceptsWhatIsRight(gold: String, answer: String) {
        #expect(reward(answer, gold: gold) == 1)
    }

    @Test func aPercentageIsNotAnyNumber() {
        #expect(reward("0.09", gold: "9") == 0)
        #expect(reward("9", gold: "0.09") == 0)
    }

    @Test(arguments: AnswerMode.allCases)
    func aGoldThatCannotBeReadHasNoReward(mode: AnswerMode) {
        for gold in ["\\frac{1}{", "", "\\foo", "\\begin{tabular}"] {
            #expect(!GoldAnswer(gold, mode: mode).isReadable, "\(gold)")
            let result = score("The answer is $\\boxed{\(gold)}$.", gold: gold, mode)
            #expect(result.reward == nil && result.reason == .unreadableGold, "\(gold)")
            #expect(score("Nothing.", gold: gold, mode).reward == nil)
        }
    }

    @Test(arguments: AnswerMode.allCases)
    func reasonsAndExtractedText(mode: AnswerMode) {
        #expect(
            score("So $\\boxed{\\frac12}$.", gold: "0.5", mode)
                == AnswerScore(reward: 1, extracted: "\\frac12", reason: .equal))
        #expect(
            score("So $\\boxed{\\frac13}$.", gold: "0.5", mode)
                == AnswerScore(reward: 0, extracted: "\\frac13", reason: .different))
        #expect(
            score("I do not know.", gold: "0.5", mode)
                == AnswerScore(reward: 0, extracted: nil, reason: .noAnswer))
        #expect(
            score("So $\\boxed{\\foo{}}$.", gold: "0.5", mode)
                == AnswerScore(reward: 0, extracted: "\\foo{}", reason: .unreadableAnswer))
    }

    @Test(arguments: AnswerMode.allCases)
    func theBudgetEndsTheWork(mode: AnswerMode) {
        let gold = GoldAnswer("(x+1)(x+2)", mode: mode)
        let response = "So $\\boxed{x^2+3x+2}$."
        #expect(AnswerChecker(mode: mode).score(response, gold: gold).reward == 1)
        for steps in [1, 40] {
            let result = AnswerChecker(mode: mode, steps: steps).score(response, gold: gold)
            #expect(result.reward == 0 && result.reason == .stepBudget, "\(steps)")
        }
    }

    @Test func roundingsHaveSoManyDigits() {
        let gold = GoldAnswer("\\frac{100}{3}", mode: .strict)
        let response = "About $\\boxed{33.3}$."
        #expect(AnswerChecker().score(response, gold: gold).reward == 0)
        #expect(AnswerChecker(significantDigits: 3).score(response, gold: gold).reward == 1)
        #expect(AnswerChecker(significantDigits: 3).score("$\\boxed{33.4}$", gold: gold).reward == 0)
        #expect(AnswerChecker(significantDigits: 3).score("$\\boxed{33}$", gold: gold).reward == 0)
    }
}
