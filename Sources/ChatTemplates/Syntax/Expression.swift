/// An expression of a template and the line that it begins on.
struct Expression: Sendable {
    var kind: ExpressionKind
    var line: Int
    /// How many levels of expressions it has.
    var height: Int
}

indirect enum ExpressionKind: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(Text)
    /// A name before the resolver has seen it.
    case name(String)
    /// A variable of this function's frame (`hops` 0) or of one that encloses it.
    case variable(hops: Int, slot: Int, name: String)
    /// What a block with a filter has rendered.
    case captured
    case tuple([Expression])
    case list([Expression])
    case dictionary([(key: Expression, value: Expression)])
    case not(Expression)
    case negative(Expression)
    case positive(Expression)
    case binary(BinaryOperator, Expression, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case concatenation([Expression])
    case comparison(Expression, [(relation: ComparisonOperator, operand: Expression)])
    case conditional(test: Expression, value: Expression, otherwise: Expression?)
    case attribute(Expression, AttributeName)
    case item(Expression, Expression)
    case slice(Expression, start: Expression?, stop: Expression?, step: Expression?)
    case call(Expression, CallArguments)
    case filter(Expression, Filter, CallArguments)
    case test(Expression, TemplateTest, CallArguments)
}

enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}

/// The arguments of a call, a filter or a test.
struct CallArguments: Sendable {
    var positional: [Expression] = []
    var keywords: [(name: Text, value: Expression)] = []
    var unpackedPositional: Expression?
    var unpackedKeywords: Expression?

    var isEmpty: Bool {
        positional.isEmpty && keywords.isEmpty && unpackedPositional == nil && unpackedKeywords == nil
    }

    /// All expressions in it.
    var expressions: [Expression] {
        positional + keywords.map(\.value) + [unpackedPositional, unpackedKeywords].compactMap { $0 }
    }
}

extension ExpressionKind {
    /// The expressions right below this one.
    var children: [Expression] {
        switch self {
        case .none, .bool, .int, .float, .string, .name, .variable, .captured: []
        case .tuple(let elements), .list(let elements), .concatenation(let elements): elements
        case .dictionary(let members): members.flatMap { [$0.key, $0.value] }
        case .not(let operand), .negative(let operand), .positive(let operand), .attribute(let operand, _): [operand]
        case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right),
            .item(let left, let right):
            [left, right]
        case .comparison(let first, let rest): [first] + rest.map(\.operand)
        case .conditional(let test, let value, let otherwise): [test, value] + (otherwise.map { [$0] } ?? [])
        case .slice(let operand, let start, let stop, let step): [operand] + [start, stop, step].compactMap { $0 }
        case .call(let operand, let arguments), .filter(let operand, _, let arguments),
            .test(let operand, _, let arguments):
            [operand] + arguments.expressions
        }
    }

    /// Whether it comes to the same in every rendering.
    var isConstant: Bool {
        switch self {
        case .name, .variable, .captured, .call: false
        default: children.allSatisfy { $0.kind.isConstant }
        }
    }
}
