import Foundation
import JSON
import Testing

@testable import Rewards

/// Which answers are equal, as trees that are written here and as those of scripts/make-equivalence-goldens.py.
@Suite struct EquivalenceTests {
    /// Whether two trees, as JSON, are equal.
    private func areEqual(
        _ gold: String, _ answer: String, _ mode: AnswerMode = .strict, steps: Int = 2_000_000
    ) throws -> Bool {
        var budget = StepBudget(steps: steps)
        return try ExpressionComparison(mode: mode).areEqual(
            gold: tree(gold), answer: tree(answer), budget: &budget)
    }

    private func tree(_ json: String) throws -> Rewards.Expression {
        try EquivalenceTree.expression(JSONNode(try JSONDocument.parsing(json).root))
    }

    @Test func agreesWithTheGoldens() throws {
        let url = try #require(
            Bundle.module.url(forResource: "equivalence", withExtension: "json", subdirectory: "Goldens"))
        let golden = JSONNode(try JSONDocument.parsing(String(contentsOf: url, encoding: .utf8)).root)
        guard case .array(let answers) = golden["answers"], case .array(let pairs) = golden["pairs"] else {
            Issue.record("the goldens have no answers or no pairs")
            return
        }
        #expect(pairs.count > 1_000)
        let trees = try answers.map { try EquivalenceTree.expression($0["tree"] ?? .null) }
        for pair in pairs {
            guard case .array(let row) = pair, row.count == 4 else { throw EquivalenceTree.Malformed() }
            let numbers = row.map { if case .int(let number) = $0 { Int(number) } else { 0 } }
            for (mode, wanted) in [(AnswerMode.strict, numbers[2]), (.compat, numbers[3])] {
                var budget = StepBudget(steps: AnswerChecker.defaultSteps)
                let equal = try ExpressionComparison(mode: mode).areEqual(
                    gold: trees[numbers[0]], answer: trees[numbers[1]], budget: &budget)
                #expect(
                    equal == (wanted == 1),
                    "\(mode): \(answers[numbers[0]]["text"] as Any), \(answers[numbers[1]]["text"] as Any)")
            }
        }
    }

    @Test func aDecimalMayBeARounding() throws {
        let third = #"["n","1/3"]"#
        #expect(try areEqual(third, #"["d","0.333333"]"#))
        #expect(try !areEqual(third, #"["d","0.333334"]"#))
        #expect(try !areEqual(third, #"["d","0.33333"]"#))
        #expect(try areEqual(#"["n","2/3"]"#, #"["d","0.666667"]"#))
        #expect(try !areEqual(#"["n","2/3"]"#, #"["d","0.666666"]"#))
        #expect(try areEqual(#"["d","0.0000333333"]"#, #"["n","1/30000"]"#))
        #expect(try areEqual(#"["c","pi"]"#, #"["d","3.14159"]"#))
        #expect(try !areEqual(#"["c","pi"]"#, #"["d","3.14160"]"#))
        #expect(try areEqual(#"["n","123456789/1000"]"#, #"["d","123456.8"]"#))
        var budget = StepBudget(steps: 10_000)
        let comparison = ExpressionComparison(mode: .strict, significantDigits: 3)
        #expect(try comparison.areEqual(gold: tree(#"["n","100/3"]"#), answer: tree(#"["d","33.3"]"#), budget: &budget))
        #expect(try !areEqual(#"["n","100/3"]"#, #"["d","33.3"]"#))
    }

    @Test func rootsAreRealWhereNothingIsComplex() throws {
        let root = #"["^",["n","-8"],["n","1/3"]]"#
        #expect(try areEqual(root, #"["n","-2"]"#))
        #expect(try !areEqual(root, #"["n","-2"]"#, .compat))
        #expect(try !areEqual(#"["^",["^",["s","x"],["n","2"]],["n","1/2"]]"#, #"["s","x"]"#))
        #expect(try areEqual(#"["^",["n","-4"],["n","1/2"]]"#, #"["*",["n","2"],["c","imaginaryUnit"]]"#))
        // Where both are defined: logarithms and square roots of positive numbers.
        #expect(
            try areEqual(
                #"["f","log",["^",["s","x"],["n","2"]],["c","e"]]"#, #"["*",["n","2"],["f","log",["s","x"],["c","e"]]]"#
            ))
    }

    @Test func digitsInABaseAreTheirValue() throws {
        #expect(try areEqual(#"["b","4210",5]"#, #"["b","04210",5]"#))
        #expect(try areEqual(#"["b","4210",5]"#, #"["n","555"]"#))
        #expect(try !areEqual(#"["b","2022",6]"#, #"["n","2022"]"#))
        #expect(try areEqual(#"["b","ff",16]"#, #"["n","255"]"#))
    }

    @Test func wordsHaveNoCaseAndNoSpaces() throws {
        #expect(try areEqual(#"["t","Even"]"#, #"["t","even"]"#))
        #expect(try areEqual(#"["t","C"]"#, #"["s","c"]"#))
        #expect(try areEqual(#"["t","ab"]"#, #"["*",["s","a"],["s","b"]]"#))
        #expect(try !areEqual(#"["t","even"]"#, #"["t","odd"]"#))
        #expect(try !areEqual(#"["t","B"]"#, #"["t","C"]"#))
    }

    @Test func inequalitiesAreTheirSolutions() throws {
        let both = #"["{}",false,["r","less",["s","x"],["n","1"]],["r","greater",["s","x"],["n","2"]]]"#
        let union =
            #"["o","union",["i",true,true,["n","2"],["c","infinity"]],["i",true,true,["c","negativeInfinity"],["n","1"]]]"#
        #expect(try areEqual(both, union))
        #expect(
            try areEqual(
                #"["r","unequal",["s","x"],["n","0"]]"#, #"["o","difference",["S","reals"],["{}",true,["n","0"]]]"#))
        #expect(
            try areEqual(
                #"["r","less",["*",["n","-2"],["s","x"]],["n","4"]]"#, #"["r","greater",["s","x"],["n","-2"]]"#))
        #expect(
            try !areEqual(#"["r","less",["*",["n","-2"],["s","x"]],["n","4"]]"#, #"["r","less",["s","x"],["n","-2"]]"#))
        #expect(try !areEqual(#"["r","less",["s","x"],["n","1"]]"#, #"["r","lessOrEqual",["s","x"],["n","1"]]"#))
    }

    @Test func severalAnswersInOrderAreATuple() throws {
        let tuple = #"["()",["n","2"],["n","1"]]"#
        #expect(try areEqual(tuple, #"["{}",false,["n","2"],["n","1"]]"#))
        #expect(try !areEqual(tuple, #"["{}",true,["n","1"],["n","2"]]"#))
        #expect(try areEqual(tuple, #"["m",2,1,["n","2"],["n","1"]]"#))
        #expect(try areEqual(tuple, #"["i",true,true,["n","2"],["n","1"]]"#))
        #expect(try !areEqual(tuple, #"["i",false,false,["n","2"],["n","1"]]"#))
    }

    @Test func sumsAndDeterminantsAreComputed() throws {
        #expect(try areEqual(#"["f","summation",["s","i"],["s","i"],["n","1"],["n","100"]]"#, #"["n","5050"]"#))
        #expect(
            try areEqual(
                #"["f","determinant",["m",2,2,["s","a"],["s","b"],["s","c"],["s","d"]]]"#,
                #"["+",["*",["s","a"],["s","d"]],["*",["n","-1"],["s","b"],["s","c"]]]"#))
        #expect(try areEqual(#"["f","norm",["()",["n","3"],["n","4"]]]"#, #"["f","norm",["()",["n","3"],["n","4"]]]"#))
        #expect(try areEqual(#"["f","norm",["m",2,1,["n","3"],["n","4"]]]"#, #"["n","5"]"#))
    }

    /// Towers, factorials and binomials that no memory holds, poles and infinities: an answer, or the end of the budget.
    @Test(arguments: [
        #"["^",["n","9"],["^",["n","9"],["^",["n","9"],["n","9"]]]]"#, #"["f","factorial",["n","1000000000"]]"#,
        #"["f","factorial",["f","factorial",["n","100000"]]]"#,
        #"["f","binomial",["n","1000000000"],["n","500000000"]]"#,
        #"["f","exp",["f","exp",["f","exp",["n","100"]]]]"#, #"["f","sin",["^",["n","10"],["n","300"]]]"#,
        #"["f","sin",["^",["n","10"],["^",["n","10"],["n","10"]]]]"#, #"["^",["n","0"],["n","-1"]]"#,
        #"["+",["c","infinity"],["c","negativeInfinity"]]"#, #"["^",["n","2"],["n","1000000000000000000"]]"#,
        #"["f","maximum"]"#, #"["+"]"#, #"["m",2,2,["n","1"]]"#, #"["r","less less",["n","1"]]"#, #"["b","zz",5]"#,
        #"["f","summation",["^",["s","i"],["s","i"]],["s","i"],["n","1"],["n","1000"]]"#,
    ])
    func whatIsTooLargeEnds(_ text: String) throws {
        let expression = try tree(text)
        for mode in AnswerMode.allCases {
            for other in [Rewards.Expression.number(Rational(5)), .sum([expression, .symbol("x")])] {
                var budget = StepBudget(steps: 300_000)
                do throws(StepBudgetError) {
                    let equal = try ExpressionComparison(mode: mode)
                        .areEqual(gold: expression, answer: other, budget: &budget)
                    #expect(!equal)
                } catch {
                    #expect(budget.remaining == 0)
                }
            }
        }
    }

    @Test func matchingDoesNotDependOnTheOrder() throws {
        // 9 % is 9 and 0.09: the only pairing crosses.
        #expect(try areEqual(#"["{}",true,["%",["n","9"]],["n","9"]]"#, #"["{}",true,["n","9"],["n","9/100"]]"#))
        #expect(try !areEqual(#"["{}",true,["n","1"],["n","1"]]"#, #"["{}",true,["n","1"],["n","2"]]"#))
    }
}
