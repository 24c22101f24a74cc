/// What an answer says, as a tree.
///
/// Trees are as they were written: nothing is simplified, but for a fraction of two integers, a mixed number and a minus sign
/// before a number, which are numbers at once. They are no deeper than ``maximumDepth``.
indirect enum Expression: Hashable, Sendable {
    /// An exact integer or fraction.
    case number(Rational)
    /// A number written with a decimal point or a power of ten: exactly that number.
    case decimal(Decimal)
    /// A hundredth of what stands before a percent sign.
    case percentage(Expression)
    case constant(Constant)
    /// A variable, with its subscript: "x", "x_1", "alpha".
    case symbol(String)
    /// Words: "even", "C", "Evelyn". Compared without regard to case.
    case text(String)
    /// Two or more.
    case sum([Expression])
    /// Two or more.
    case product([Expression])
    /// Also roots, and quotients: a/b is a · b^(-1).
    case power(base: Expression, exponent: Expression)
    case function(Function, [Expression])
    /// A function without a meaning here: f(x).
    case application(name: String, [Expression])
    /// Row by row.
    case matrix(rows: Int, columns: Int, [Expression])
    /// a op b op c: one operator fewer than sides.
    case relation(sides: [Expression], operators: [Comparison])
    /// A finite set, or several answers: order does not count.
    case set([Expression], braces: Bool)
    /// Order counts.
    case tuple([Expression])
    case interval(lower: Expression, upper: Expression, opensBelow: Bool, opensAbove: Bool)
    case setOperation(SetOperation, [Expression])
    case namedSet(NamedSet)
    /// Digits in a base that is written as a subscript: 4210_5.
    case digits(String, base: Int)

    /// How deep trees may be.
    static let maximumDepth = 200

    /// Numbers with a name.
    enum Constant: String, Hashable, Sendable { case pi, e, imaginaryUnit, infinity, negativeInfinity, complexInfinity }

    /// Functions with a meaning. Arguments stand as in their usual notation; `log` has the argument and the base.
    enum Function: String, Hashable, Sendable {
        case sin, cos, tan, cot, sec, csc, arcsin, arccos, arctan, arccot, arcsec, arccsc
        case sinh, cosh, tanh, coth, arsinh, arcosh, artanh
        case exp, log, abs, floor, ceiling, factorial, binomial, gcd, lcm, maximum, minimum, modulo, gamma
        case real, imaginary, conjugate, argument, determinant, transpose, trace, norm
        /// Kept as written, and equal where their arguments are: bounds and variables are among those.
        case summation, productOver, integral, limit, derivative
    }

    /// Relations.
    enum Comparison: String, Hashable, Sendable {
        case equal, unequal, less, lessOrEqual, greater, greaterOrEqual, approximately, memberOf, notMemberOf, subset
    }

    /// Operations on sets.
    enum SetOperation: String, Hashable, Sendable { case union, intersection, difference }

    /// Sets with a name.
    enum NamedSet: String, Hashable, Sendable { case empty, naturals, integers, rationals, reals, complexes }
}

/// A number with a finite number of decimal places, and how many were written.
struct Decimal: Hashable, Sendable {
    /// Exactly what is written.
    let value: Rational
    /// Digits from the first that is not 0 to the last that is written; at least 1.
    let significantDigits: Int
}
