/// A complex number that is known to be near another: ball arithmetic (Joris van der Hoeven, "Ball arithmetic", 2009) with
/// radii that are powers of two.
///
/// Operations are nil where the result is not defined for all numbers of the ball, or is too large or too small. Parts that
/// cannot be told from 0 become 0, so that a number that may lie on a branch cut lies there.
struct ComplexBall {
    let value: LongComplex
    /// The number is nearer to ``value`` than 2 to this power.
    let error: Int

    /// An exponent below all others: of 0.
    static let none = -1 << 40
    /// Exponents are not beyond this.
    private static let limit = 1 << 30

    private init(value: LongComplex, error: Int) {
        self.value = value
        self.error = error
    }

    /// Adds the error of one rounding, and takes parts that may be 0 for 0.
    private static func rounded(_ value: LongComplex, error: Int) -> ComplexBall? {
        guard value.isFinite else { return nil }
        let (real, imaginary) = (value.realExponent ?? none, value.imaginaryExponent ?? none)
        let size = Swift.max(real, imaginary)
        guard size < limit, size == none || size > -limit, error < limit else { return nil }
        let bound = Swift.max(error, size - value.precision + 1) + 1
        guard imaginary != none, imaginary <= bound || real <= bound else {
            return imaginary == none && real <= bound && real != none
                ? ComplexBall(value: .zero(precision: value.precision), error: bound + 1)
                : ComplexBall(value: value, error: bound)
        }
        let zero = LongComplex.zero(precision: value.precision)
        let kept = LongComplex.joining(
            real <= bound ? zero : value.realPart(), imaginary <= bound ? zero : value.imaginaryPart())
        return ComplexBall(value: kept, error: bound + 1)
    }

    init(_ rational: Rational, precision: Int) {
        let value = LongComplex.nearest(rational, precision: precision)
        self.init(value: value, error: (value.realExponent ?? ComplexBall.none) - precision)
    }

    static func pi(precision: Int) -> ComplexBall {
        ComplexBall(value: .pi(precision: precision), error: 3 - precision)
    }

    static func imaginaryUnit(precision: Int) -> ComplexBall {
        ComplexBall(value: .imaginaryUnit(precision: precision), error: none)
    }

    var precision: Int { value.precision }
    /// The modulus is below 2 to this power.
    var size: Int {
        let larger = Swift.max(value.realExponent ?? ComplexBall.none, value.imaginaryExponent ?? ComplexBall.none)
        return value.isReal ? larger : larger + 1
    }
    /// The modulus of ``value`` is 2 to this power or more.
    private var lowerSize: Int {
        Swift.max(value.realExponent ?? ComplexBall.none, value.imaginaryExponent ?? ComplexBall.none) - 1
    }
    var isReal: Bool { value.isReal }
    /// The number may be 0.
    var containsZero: Bool { value.isZero || lowerSize <= error + 1 }
    /// The exponent of the error beside the number.
    private var relativeError: Int { error - lowerSize }

    func negated() -> ComplexBall { ComplexBall(value: value.negated(), error: error) }
    func conjugated() -> ComplexBall { ComplexBall(value: value.conjugated(), error: error) }
    func realPart() -> ComplexBall { ComplexBall(value: value.realPart(), error: error) }
    func imaginaryPart() -> ComplexBall { ComplexBall(value: value.imaginaryPart(), error: error) }
    func modulus() -> ComplexBall? { .rounded(value.modulus(), error: error + 1) }

    func adding(_ other: ComplexBall) -> ComplexBall? {
        .rounded(value.adding(other.value), error: Swift.max(error, other.error) + 1)
    }

    func subtracting(_ other: ComplexBall) -> ComplexBall? { adding(other.negated()) }

    func multiplying(_ other: ComplexBall) -> ComplexBall? {
        let errors = [size + other.error, other.size + error, error + other.error]
        return .rounded(
            value.multiplying(other.value), error: Swift.max(errors[0], errors[1], errors[2], ComplexBall.none) + 2)
    }

    func inverse() -> ComplexBall? {
        guard !containsZero else { return nil }
        let one = LongComplex.nearest(.one, precision: precision)
        let quotient = one.dividing(value)
        return .rounded(quotient, error: relativeError - lowerSize + 2)
    }

    func dividing(_ other: ComplexBall) -> ComplexBall? { other.inverse().flatMap { multiplying($0) } }

    /// An integral power, of at most 20 bits.
    func power(_ exponent: Int) -> ComplexBall? {
        guard exponent != 0 else { return ComplexBall(.one, precision: precision) }
        guard exponent.magnitude < 1 << 20 else { return nil }
        if containsZero {
            guard exponent > 0, Swift.max(size, error) < 1 << 9 else { return nil }
            let bound = Swift.max(Swift.max(size, error) + 1, ComplexBall.none / (exponent + 1)) * exponent
            return ComplexBall(value: .zero(precision: precision), error: bound)
        }
        guard size < 1 << 9, lowerSize > -1 << 9 else { return nil }
        let result = value.power(exponent)
        let bits = Int.bitWidth - exponent.magnitude.leadingZeroBitCount
        guard relativeError + bits < 0 else { return nil }
        return .rounded(result, error: ComplexBall.exponent(result) + relativeError + bits + 2)
    }

    func squareRoot() -> ComplexBall? {
        guard !containsZero else {
            return ComplexBall(value: .zero(precision: precision), error: (Swift.max(error, size) + 3) / 2 + 1)
        }
        let result = value.squareRoot()
        return .rounded(result, error: ComplexBall.exponent(result) + relativeError + 1)
    }

    func exponential() -> ComplexBall? {
        guard error <= 0, (value.realExponent ?? 0) <= 29 else { return nil }
        let modulus = value.applying(.exponential)
        guard !value.isReal else { return .rounded(modulus, error: ComplexBall.exponent(modulus) + error + 2) }
        let angle = value.imaginaryPart()
        let direction = LongComplex.joining(angle.applying(.cosine), angle.applying(.sine))
        let result = modulus.multiplying(direction)
        return .rounded(
            result,
            error: Swift.max(ComplexBall.exponent(modulus), ComplexBall.exponent(result)) + Swift.max(error, -precision)
                + 3)
    }

    /// The principal logarithm.
    func logarithm() -> ComplexBall? {
        guard !containsZero else { return nil }
        let radius = value.modulus().applying(.logarithm)
        let error = Swift.max(relativeError + 1, 1 - precision) + 1
        return .rounded(value.isReal && value.sign > 0 ? radius : .joining(radius, value.argument()), error: error)
    }

    func argument() -> ComplexBall? {
        guard !containsZero else { return nil }
        return .rounded(value.argument(), error: relativeError + 1)
    }

    func sine() -> ComplexBall? { circular(.sine) }
    func cosine() -> ComplexBall? { circular(.cosine) }

    private func circular(_ function: LongComplex.RealFunction) -> ComplexBall? {
        guard error <= 0 else { return nil }
        guard !value.isReal else { return .rounded(value.applying(function), error: error + 1) }
        let unit = ComplexBall.imaginaryUnit(precision: precision)
        guard let turned = multiplying(unit), let first = turned.exponential(),
            let second = turned.negated().exponential()
        else { return nil }
        let half = ComplexBall(Rational(1, 2) ?? .one, precision: precision)
        if function == .cosine { return first.adding(second)?.multiplying(half) }
        return first.subtracting(second)?.multiplying(half)?.multiplying(unit.negated())
    }

    func arcsine() -> ComplexBall? {
        let one = ComplexBall(.one, precision: precision)
        guard let complement = multiplying(self).flatMap({ one.subtracting($0) }) else { return nil }
        if value.isReal, complement.value.sign >= 0 {
            if complement.containsZero {
                // The derivative is infinite at the ends.
                guard let right = ComplexBall.pi(precision: precision).half() else { return nil }
                let end = value.sign < 0 ? right.negated() : right
                return ComplexBall(value: end.value, error: (Swift.max(complement.error, -precision) + 3) / 2 + 2)
            }
            let error = error - (complement.lowerSize - 1) / 2 + 1
            return .rounded(value.applying(.arcsine), error: error)
        }
        let unit = ComplexBall.imaginaryUnit(precision: precision)
        guard let turned = multiplying(unit), let root = complement.squareRoot() else { return nil }
        return turned.adding(root)?.logarithm()?.multiplying(unit)?.negated()
    }

    func arccosine() -> ComplexBall? {
        arcsine().flatMap { sine in ComplexBall.pi(precision: precision).half()?.subtracting(sine) }
    }

    func arctangent() -> ComplexBall? {
        guard !value.isReal else { return .rounded(value.applying(.arctangent), error: error) }
        let unit = ComplexBall.imaginaryUnit(precision: precision)
        let one = ComplexBall(.one, precision: precision)
        guard let turned = multiplying(unit), let below = one.subtracting(turned)?.logarithm(),
            let above = one.adding(turned)?.logarithm()
        else { return nil }
        return below.subtracting(above)?.half()?.multiplying(unit)
    }

    /// The gamma function of a real number that is neither too large nor a pole.
    func gamma() -> ComplexBall? {
        guard value.isReal, size <= 60, error < -8 else { return nil }
        if value.sign <= 0 {
            guard size <= 10, let distance = subtracting(ComplexBall(value: value.rounded(), error: ComplexBall.none)),
                !distance.containsZero
            else { return nil }
            let result = value.applying(.gamma)
            return .rounded(
                result, error: ComplexBall.exponent(result) + error - 2 * Swift.min(0, distance.lowerSize) + 8)
        }
        guard size > 10 else {
            let result = value.applying(.gamma)
            return .rounded(result, error: ComplexBall.exponent(result) + error - 2 * Swift.min(0, lowerSize) + 8)
        }
        let logarithm = value.applying(.logGamma)
        return ComplexBall.rounded(logarithm, error: error + 7)?.exponential()
    }

    /// The integer that the ball holds, or else the greatest one below all of it; of a real number.
    func floor() -> ComplexBall? {
        guard value.isReal, error < -2, size < precision else { return nil }
        let nearest = value.rounded()
        let distance = value.subtracting(nearest)
        let isNear = distance.isZero || ComplexBall.exponent(distance) <= error + 1
        return ComplexBall(value: isNear ? nearest : value.floor(), error: ComplexBall.none)
    }

    func half() -> ComplexBall? { Rational(1, 2).flatMap { multiplying(ComplexBall($0, precision: precision)) } }

    /// Of the larger part.
    private static func exponent(_ value: LongComplex) -> Int {
        Swift.max(value.realExponent ?? none, value.imaginaryExponent ?? none)
    }
}
