internal import CArithmetic

/// A complex number of two binary floating-point numbers of MPFR's, which does not change once it is made.
///
/// The sign of a zero is always positive, so that a number on a branch cut is on its upper side.
final class LongComplex {
    /// Functions of a real number.
    enum RealFunction { case exponential, logarithm, sine, cosine, arcsine, arccosine, arctangent, gamma, logGamma }

    /// Bits of either part.
    let precision: Int
    private let value: UnsafeMutablePointer<__mpc_struct>

    private init(precision: Int) {
        self.precision = precision
        value = .allocate(capacity: 1)
        mpc_init2(value, precision)
    }

    deinit {
        mpc_clear(value)
        value.deallocate()
    }

    private var real: mpfr_ptr { kedge_mpc_real(value) }
    private var imaginary: mpfr_ptr { kedge_mpc_imaginary(value) }

    private static func made(_ precision: Int, _ body: (LongComplex) -> Void) -> LongComplex {
        let result = LongComplex(precision: precision)
        body(result)
        if mpfr_zero_p(result.real) != 0 { mpfr_set_zero(result.real, 1) }
        if mpfr_zero_p(result.imaginary) != 0 { mpfr_set_zero(result.imaginary, 1) }
        return result
    }

    /// A real number of whose imaginary part is 0.
    private static func madeReal(_ precision: Int, _ body: (mpfr_ptr) -> Void) -> LongComplex {
        made(precision) {
            body($0.real)
            mpfr_set_zero($0.imaginary, 1)
        }
    }

    /// The nearest to a fraction.
    static func nearest(_ rational: Rational, precision: Int) -> LongComplex {
        madeReal(precision) { real in
            if case .short(let numerator, 1) = rational.storage {
                mpfr_set_si(real, numerator, MPFR_RNDN)
            } else {
                rational.long.withFraction { _ = mpfr_set_q(real, $0, MPFR_RNDN) }
            }
        }
    }

    /// The ratio of a circle's circumference to its diameter.
    static func pi(precision: Int) -> LongComplex { madeReal(precision) { mpfr_const_pi($0, MPFR_RNDN) } }

    /// The imaginary unit.
    static func imaginaryUnit(precision: Int) -> LongComplex {
        made(precision) {
            mpfr_set_zero($0.real, 1)
            mpfr_set_si($0.imaginary, 1, MPFR_RNDN)
        }
    }

    static func zero(precision: Int) -> LongComplex { madeReal(precision) { mpfr_set_zero($0, 1) } }

    /// Neither part is infinite or not a number.
    var isFinite: Bool { mpfr_number_p(real) != 0 && mpfr_number_p(imaginary) != 0 }
    var isReal: Bool { mpfr_zero_p(imaginary) != 0 }
    var isZero: Bool { isReal && mpfr_zero_p(real) != 0 }
    /// The sign of the real part: -1, 0 or 1.
    var sign: Int { mpfr_zero_p(real) != 0 ? 0 : mpfr_signbit(real) != 0 ? -1 : 1 }
    /// The real part is an integer.
    var isIntegral: Bool { mpfr_integer_p(real) != 0 }
    /// The parts as doubles.
    var doubles: (Double, Double) { (mpfr_get_d(real, MPFR_RNDN), mpfr_get_d(imaginary, MPFR_RNDN)) }

    /// About the first 24 decimal digits of both parts, and where they stand.
    var digits: String { "\(LongComplex.digits(real)) \(LongComplex.digits(imaginary))" }

    private static func digits(_ part: mpfr_ptr) -> String {
        guard mpfr_zero_p(part) == 0 else { return "0" }
        var exponent: mpfr_exp_t = 0
        guard let text = mpfr_get_str(nil, &exponent, 16, 20, part, MPFR_RNDN) else { return "" }
        defer { mpfr_free_str(text) }
        return "\(String(cString: text))@\(exponent)"
    }

    /// The real part, where it is an integer of one word.
    var integer: Int? { isIntegral && mpfr_fits_slong_p(real, MPFR_RNDN) != 0 ? mpfr_get_si(real, MPFR_RNDN) : nil }

    /// The part is below 2 to this power, and not below half of that; nil of 0.
    var realExponent: Int? { mpfr_zero_p(real) != 0 ? nil : mpfr_get_exp(real) }
    /// The same of the imaginary part.
    var imaginaryExponent: Int? { mpfr_zero_p(imaginary) != 0 ? nil : mpfr_get_exp(imaginary) }

    func adding(_ other: LongComplex) -> LongComplex {
        .made(precision) { mpc_add($0.value, value, other.value, kedge_mpc_nearest()) }
    }
    func subtracting(_ other: LongComplex) -> LongComplex {
        .made(precision) { mpc_sub($0.value, value, other.value, kedge_mpc_nearest()) }
    }
    func multiplying(_ other: LongComplex) -> LongComplex {
        .made(precision) { mpc_mul($0.value, value, other.value, kedge_mpc_nearest()) }
    }
    /// - Parameter other: not 0.
    func dividing(_ other: LongComplex) -> LongComplex {
        .made(precision) { mpc_div($0.value, value, other.value, kedge_mpc_nearest()) }
    }
    func power(_ exponent: Int) -> LongComplex {
        .made(precision) { mpc_pow_si($0.value, value, exponent, kedge_mpc_nearest()) }
    }
    func negated() -> LongComplex { .made(precision) { mpc_neg($0.value, value, kedge_mpc_nearest()) } }
    func conjugated() -> LongComplex { .made(precision) { mpc_conj($0.value, value, kedge_mpc_nearest()) } }
    func squareRoot() -> LongComplex { .made(precision) { mpc_sqrt($0.value, value, kedge_mpc_nearest()) } }
    func realPart() -> LongComplex {
        .madeReal(precision) { mpfr_set4($0, real, MPFR_RNDN, mpfr_signbit(real) != 0 ? -1 : 1) }
    }
    func imaginaryPart() -> LongComplex {
        .madeReal(precision) { mpfr_set4($0, imaginary, MPFR_RNDN, mpfr_signbit(imaginary) != 0 ? -1 : 1) }
    }
    func modulus() -> LongComplex { .madeReal(precision) { mpfr_hypot($0, real, imaginary, MPFR_RNDN) } }
    /// The angle, above -pi and not above pi.
    func argument() -> LongComplex { .madeReal(precision) { mpfr_atan2($0, imaginary, real, MPFR_RNDN) } }
    /// The nearest integer to the real part.
    func rounded() -> LongComplex { .madeReal(precision) { mpfr_rint($0, real, MPFR_RNDN) } }
    /// The greatest integer not above the real part.
    func floor() -> LongComplex { .madeReal(precision) { mpfr_rint($0, real, MPFR_RNDD) } }

    /// The number whose parts are the real parts of two.
    static func joining(_ real: LongComplex, _ imaginary: LongComplex) -> LongComplex {
        made(real.precision) { _ = mpc_set_fr_fr($0.value, real.real, imaginary.real, kedge_mpc_nearest()) }
    }

    /// A function of the real part.
    func applying(_ function: RealFunction) -> LongComplex {
        .madeReal(precision) {
            switch function {
            case .exponential: mpfr_exp($0, real, MPFR_RNDN)
            case .logarithm: mpfr_log($0, real, MPFR_RNDN)
            case .sine: mpfr_sin($0, real, MPFR_RNDN)
            case .cosine: mpfr_cos($0, real, MPFR_RNDN)
            case .arcsine: mpfr_asin($0, real, MPFR_RNDN)
            case .arccosine: mpfr_acos($0, real, MPFR_RNDN)
            case .arctangent: mpfr_atan($0, real, MPFR_RNDN)
            case .gamma: mpfr_gamma($0, real, MPFR_RNDN)
            case .logGamma: mpfr_lngamma($0, real, MPFR_RNDN)
            }
        }
    }
}
