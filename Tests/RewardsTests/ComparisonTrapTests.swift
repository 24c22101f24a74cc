import Testing

@testable import Rewards

/// Pairs that are nearly equal, or equal where one does not look.
@Suite struct ComparisonTrapTests {
    private func isEqual(_ gold: String, _ answer: String, _ mode: AnswerMode = .strict) -> Bool {
        let checker = AnswerChecker(mode: mode)
        return checker.score("\\boxed{\(answer)}", gold: GoldAnswer(gold, mode: mode)).reward == 1
    }

    @Test(arguments: [
        ("1", "1+e^{-1000}"), ("1", "\\tanh(1000)"), ("\\frac{\\pi}{2}", "\\arctan(e^{1000})"), ("x", "x+e^{-200}"),
        ("(0,1+e^{-1000})", "(0,1)"), ("1", "\\lfloor 1-e^{-200} \\rfloor"),
    ])
    func whatIsSmallIsNotLost(gold: String, answer: String) {
        #expect(!isEqual(gold, answer))
        #expect(isEqual(gold, gold))
    }

    @Test func whatIsLargeIsComparedToTheLastPlace() {
        #expect(isEqual("e^{1000}+\\sqrt{2}", "\\sqrt{2}+e^{1000}"))
        #expect(isEqual("\\sqrt{2}^{3000}+1", "2^{1500}+1"))
        #expect(!isEqual("\\sqrt{2}^{3000}+1", "2^{1500}+2"))
    }

    @Test(arguments: [("100", "\\max(x,100)"), ("0", "|x-100|+x-100"), ("x", "\\min(x,500)")])
    func pointsLieFarAwayToo(gold: String, answer: String) {
        #expect(!isEqual(gold, answer))
    }

    @Test(arguments: [
        ("\\gcd(n,1000000007)", "\\gcd(n,1000000008)"), ("f(\\sqrt{2})", "f(\\sqrt{2}+10^{-10})"),
        ("\\int_0^{1000000001} f(x) dx", "\\int_0^{1000000000} f(x) dx"),
    ])
    func argumentsOfWhatIsNotKnownAreCompared(gold: String, answer: String) {
        #expect(!isEqual(gold, answer))
        #expect(!isEqual(gold, answer, .compat))
    }

    @Test func aMultipleOfThePrimesIsNotZero() {
        #expect(!isEqual("0", "2305843009213693951 \\cdot 4611686018427387847 x"))
        #expect(!isEqual("x", "x + 2305843009213693951 \\cdot 4611686018427387847"))
        #expect(isEqual("2305843009213693951 x + x", "2305843009213693952 x"))
    }

    @Test func wordsThatMultiplyAreNoUnits() {
        #expect(isEqual("5\\text{ million}", "5000000"))
        #expect(isEqual("1.5\\text{ million dollars}", "1500000"))
        #expect(isEqual("3\\text{ dozen eggs}", "36"))
        for other in ["5", "5\\text{ thousand}", "5\\text{ billion}"] { #expect(!isEqual("5\\text{ million}", other)) }
        #expect(!isEqual("5", "5\\text{ squared}"))
        #expect(isEqual("5", "5\\text{ meters squared}"))
    }

    @Test func twoAnswersAreNoSeparatorOfThousands() {
        for two in ["1\\text{ or }200", "1\\text{ and }200", "1\\ and\\ 200"] {
            #expect(!isEqual("1200", two))
            #expect(isEqual("\\{1, 200\\}", two))
        }
        let checker = AnswerChecker(mode: .strict)
        let response = "The final answer is $\\boxed{1}, \\boxed{200}$."
        #expect(checker.score(response, gold: GoldAnswer("1200", mode: .strict)).reward == 0)
    }

    @Test(arguments: [
        "The answer is 3 million", "The answer is 3 squared", "The answer is 3 or 4", "The answer is \u{2212} 3",
    ])
    func aNumberThatGoesOnIsNoAnswer(response: String) {
        let gold = GoldAnswer("3", mode: .strict)
        #expect(AnswerChecker(mode: .strict).score(response, gold: gold).reward == 0)
        #expect(AnswerChecker(mode: .strict).score("The answer is 3 apples", gold: gold).reward == 1)
    }

    @Test func theGammaFunctionIsNotTakenToThousandsOfDigits() throws {
        var budget = StepBudget(steps: 100_000_000)
        let third = Expression.number(try #require(Rational(1, 3)))
        for (precision, isKnown) in [(1_024, true), (30_000, false)] {
            var evaluation = NumericEvaluation(
                precision: precision, symbols: SymbolValues(point: 0), hasRealRoots: true)
            let value = try evaluation.value(of: .function(.gamma, [third]), budget: &budget)
            #expect((value != nil) == isKnown)
        }
    }
}
