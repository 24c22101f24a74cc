@testable import Rewards

/// Reads as the checker does, with its budget.
enum Parsing {
    static func compat(_ text: String) throws -> Expression? { try read(text, .compat) }
    static func strict(_ text: String) throws -> Expression? { try read(text, .strict) }

    static func read(_ text: String, _ mode: AnswerMode, form: AnswerCandidate.Form = .latex) throws -> Expression? {
        var budget = StepBudget(steps: AnswerChecker.defaultSteps)
        return try ExpressionParser(mode: mode).parse(text, form: form, budget: &budget)
    }

    static func number(_ numerator: Int, _ denominator: Int = 1) -> Expression {
        .number(Rational(numerator, denominator) ?? .zero)
    }

    static func decimal(_ numerator: Int, _ denominator: Int, digits: Int) -> Expression {
        .decimal(Decimal(value: Rational(numerator, denominator) ?? .zero, significantDigits: digits))
    }

    static let x = Expression.symbol("x")
    static let y = Expression.symbol("y")
}
