import JSON

@testable import Rewards

/// Expressions as JSON arrays: a tag, and what belongs to it. scripts/make-equivalence-goldens.py writes them.
struct EquivalenceTree {
    struct Malformed: Error {}

    /// Numbers and decimals are strings ("-2/3", "0.50"), of which the second kind keeps its digits.
    static func expression(_ node: JSONNode) throws -> Expression {
        guard case .array(let parts) = node, case .string(let tag)? = parts.first else { throw Malformed() }
        let rest = Array(parts.dropFirst())
        func text(_ index: Int) throws -> String {
            guard index < rest.count, case .string(let text) = rest[index] else { throw Malformed() }
            return text
        }
        func flag(_ index: Int) throws -> Bool {
            guard index < rest.count, case .bool(let flag) = rest[index] else { throw Malformed() }
            return flag
        }
        func number(_ index: Int) throws -> Int {
            guard index < rest.count, case .int(let number) = rest[index] else { throw Malformed() }
            return Int(number)
        }
        func all(from index: Int = 0) throws -> [Expression] { try rest.dropFirst(index).map(expression) }
        func named<Value: RawRepresentable>(_ type: Value.Type, _ index: Int = 0) throws -> Value
        where Value.RawValue == String {
            guard let value = Value(rawValue: try text(index)) else { throw Malformed() }
            return value
        }
        switch tag {
        case "n":
            let sides = try text(0).split(separator: "/")
            let top = try rational(String(sides[0]))
            guard sides.count == 2 else { return .number(top) }
            var budget = StepBudget(steps: 1_000_000)
            guard let quotient = try top.dividing(rational(String(sides[1])), budget: &budget) else {
                throw Malformed()
            }
            return .number(quotient)
        case "d":
            let digits = try text(0)
            let significant = digits.filter(\.isNumber).drop { $0 == "0" }.count
            return .decimal(Decimal(value: try rational(digits), significantDigits: max(1, significant)))
        case "%": return .percentage(try all()[0])
        case "c": return .constant(try named(Expression.Constant.self))
        case "s": return .symbol(try text(0))
        case "t": return .text(try text(0))
        case "+": return .sum(try all())
        case "*": return .product(try all())
        case "^":
            let parts = try all()
            guard parts.count == 2 else { throw Malformed() }
            return .power(base: parts[0], exponent: parts[1])
        case "f": return .function(try named(Expression.Function.self), try all(from: 1))
        case "a": return .application(name: try text(0), try all(from: 1))
        case "m": return .matrix(rows: try number(0), columns: try number(1), try all(from: 2))
        case "r":
            let operators = try text(0).split(separator: " ").compactMap { Expression.Comparison(rawValue: String($0)) }
            return .relation(sides: try all(from: 1), operators: operators)
        case "{}": return .set(try all(from: 1), braces: try flag(0))
        case "()": return .tuple(try all())
        case "i":
            let ends = try all(from: 2)
            guard ends.count == 2 else { throw Malformed() }
            return .interval(lower: ends[0], upper: ends[1], opensBelow: try flag(0), opensAbove: try flag(1))
        case "o": return .setOperation(try named(Expression.SetOperation.self), try all(from: 1))
        case "S": return .namedSet(try named(Expression.NamedSet.self))
        case "b": return .digits(try text(0), base: try number(1))
        default: throw Malformed()
        }
    }

    private static func rational(_ text: String) throws -> Rational {
        var budget = StepBudget(steps: 1_000_000)
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? Array(parts[1].utf8) : []
        let digits = Array(parts[0].utf8) + fraction
        guard let value = try Rational.reading(digits: digits, exponent10: -fraction.count, budget: &budget) else {
            throw Malformed()
        }
        return isNegative ? -value : value
    }
}
