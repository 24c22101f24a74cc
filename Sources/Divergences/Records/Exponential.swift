import Glibc

/// exp and what is left of it when its first terms are taken away, without loss of digits near 0.
public enum Exponential {
    /// exp(x).
    public static func of(_ x: Double) -> Double { exp(x) }

    /// The natural logarithm; -infinity of 0.
    static func log(_ x: Double) -> Double { Glibc.log(x) }

    /// exp(x) - 1.
    public static func minusOne(_ x: Double) -> Double { expm1(x) }

    /// exp(x) - 1 - x: at least 0, and exactly 0 at 0. For -infinity: infinity.
    public static func minusOneMinus(_ x: Double) -> Double {
        guard abs(x) < 0.5 else { return x == -.infinity ? .infinity : expm1(x) - x }
        // x^2 / 2 + x^3 / 6 + ..., whose terms behind the sixteenth are below 1e-17 of the first.
        var (term, sum, n) = (x * x / 2, 0.0, 2.0)
        while n < 18 {
            sum += term
            n += 1
            term *= x / n
        }
        return sum
    }
}
