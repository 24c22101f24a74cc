/// An exact fraction in lowest terms; its denominator is positive.
struct Rational: Hashable, Sendable {
    let numerator: Int
    let denominator: Int

    /// An integer.
    init(_ value: Int) {
        numerator = value
        denominator = 1
    }
}
