/// A word of LaTeX: what it is and where it stands.
struct LatexToken {
    /// What brackets are written as.
    enum Bracket: Equatable {
        case parenthesis, square, brace, braceVisual, braceCommand
        case parenthesisVisual, squareCommand, group
        case vertical, angle, floor, ceiling, lowerCorner, upperCorner
        case matrix, array, determinant

        /// Ends of intervals and tuples, which may differ: [1, 2).
        var boundsIntervals: Bool {
            switch self {
            case .parenthesis, .square, .parenthesisVisual, .squareCommand, .group: true
            default: false
            }
        }

        /// Those of an open end.
        var isRound: Bool { self == .parenthesis || self == .parenthesisVisual || self == .group }
    }

    enum Kind: Equatable {
        case add, subtract, multiply, divide, colon, modulo
        case open(Bracket), close(Bracket)
        case bar, vert, norm
        case phantom, boxed
        case limit, approach, integral, summation, productOver, root
        case function(Expression.Function), logarithm, naturalLogarithm, gamma, determinant
        case functionOfMany(Expression.Function)
        case operatorName, functionWord
        case fraction, binomial, choose
        case column, row, underscore, caret, semicolon, comma, period
        /// A letter, a Greek letter, another symbol or an accent, with its name.
        case name(String)
        /// Words in \text and the like, in strict mode.
        case words(String)
        case differential, exponential, capitalE
        case number, scientific, percentNumber, percent
        /// Digits with a bar over those that repeat; how many those are.
        case repeating(Int)
        case assignment, memberOf, notMemberOf
        case comparison(Expression.Comparison)
        case bang, infinity, partial
        case namedSet(Expression.NamedSet), primes
        case union, intersection, setMinus, subset, superset
        /// With the upper sign of ± or of ∓.
        case plusMinus(isPlus: Bool)
        case transpose, degree, prime
        /// \pmod, in strict mode.
        case congruenceModulus
        case unsupported
        case end
    }

    let kind: Kind
    /// Where it begins and ends in the text, in bytes.
    let start: Int
    let end: Int
    /// Of a bracket: the index of the other one.
    var partner = -1
    /// Of an opening bracket: commas, semicolons, set operations and \choose that are not in a bracket inside.
    var commas = 0
    var semicolons = 0
    var setOperations = 0
    var hasChoose = false

    init(_ kind: Kind, _ start: Int, _ end: Int) {
        self.kind = kind
        self.start = start
        self.end = end
    }
}

/// Why an answer was not read.
enum ReadingError: Error {
    case unreadable
    case budget
}

extension StepBudget {
    /// Takes steps while reading.
    mutating func spendReading(_ steps: Int = 1) throws(ReadingError) {
        do throws(StepBudgetError) { try spend(steps) } catch { throw .budget }
    }
}
