internal import CArithmetic

/// A fraction of GMP's, which does not change once it is made.
///
/// Nothing here counts steps or bounds sizes: ``Rational`` does so before it calls.
final class LongFraction: @unchecked Sendable {
    private let value: UnsafeMutablePointer<__mpq_struct>

    private init() {
        value = .allocate(capacity: 1)
        __gmpq_init(value)
    }

    deinit {
        __gmpq_clear(value)
        value.deallocate()
    }

    private var numerator: mpz_ptr { kedge_mpq_numerator(value) }
    private var denominator: mpz_ptr { kedge_mpq_denominator(value) }

    /// A fraction in lowest terms with a positive denominator.
    convenience init(_ numerator: Int, _ denominator: Int) {
        self.init()
        __gmpz_set_si(self.numerator, numerator)
        __gmpz_set_si(self.denominator, denominator)
    }

    /// An integer of ASCII digits; nil where there is another byte.
    convenience init?(digits: [UInt8]) {
        self.init()
        guard !digits.isEmpty else { return }
        var text = digits.map { CChar(bitPattern: $0) }
        text.append(0)
        guard __gmpz_set_str(numerator, text, 10) == 0 else { return nil }
    }

    /// A fraction that a function of GMP writes; it is brought into lowest terms where asked.
    private static func made(lowering: Bool = false, _ body: (mpq_ptr) -> Void) -> LongFraction {
        let result = LongFraction()
        body(result.value)
        if lowering { __gmpq_canonicalize(result.value) }
        return result
    }

    /// Short where both parts fit a word.
    var storage: Rational.Storage {
        guard __gmpz_fits_slong_p(numerator) != 0, __gmpz_fits_slong_p(denominator) != 0 else { return .long(self) }
        let short = (__gmpz_get_si(numerator), __gmpz_get_si(denominator))
        return short.0 == Int.min ? .long(self) : .short(short.0, short.1)
    }

    var words: Int { Int(clamping: __gmpz_size(numerator)) + Int(clamping: __gmpz_size(denominator)) }
    var bits: Int { Swift.max(__gmpz_sizeinbase(numerator, 2), __gmpz_sizeinbase(denominator, 2)) }
    var sign: Int { Int(kedge_mpz_sign(numerator)) }
    var isInteger: Bool { __gmpz_cmp_ui(denominator, 1) == 0 }
    var double: Double { __gmpq_get_d(value) }

    func negated() -> LongFraction { .made { __gmpq_neg($0, value) } }
    func inverse() -> LongFraction { .made { __gmpq_inv($0, value) } }
    func adding(_ other: LongFraction) -> LongFraction { .made { __gmpq_add($0, value, other.value) } }
    func multiplying(_ other: LongFraction) -> LongFraction { .made { __gmpq_mul($0, value, other.value) } }

    func power(_ exponent: UInt) -> LongFraction {
        .made {
            __gmpz_pow_ui(kedge_mpq_numerator($0), numerator, exponent)
            __gmpz_pow_ui(kedge_mpq_denominator($0), denominator, exponent)
        }
    }

    func isEqual(to other: LongFraction) -> Bool { __gmpq_equal(value, other.value) != 0 }
    func isLess(than other: LongFraction) -> Bool { __gmpq_cmp(value, other.value) < 0 }

    /// The lowest words tell long numbers apart.
    func hash(into hasher: inout Hasher) {
        hasher.combine(sign)
        hasher.combine(__gmpz_getlimbn(numerator, 0))
        hasher.combine(__gmpz_getlimbn(denominator, 0))
    }

    /// Lends the fraction to MPFR.
    func withFraction(_ body: (mpq_srcptr) -> Void) { body(value) }

    /// The remainder of the parts by a number, neither of them negative.
    func remainders(by divisor: UInt) -> (numerator: UInt, denominator: UInt) {
        (__gmpz_fdiv_ui(numerator, divisor), __gmpz_fdiv_ui(denominator, divisor))
    }

    /// The greatest integer not above.
    func floor() -> LongFraction { .made { __gmpz_fdiv_q(kedge_mpq_numerator($0), numerator, denominator) } }

    /// The greatest common divisor of two integers.
    func divisor(_ other: LongFraction) -> LongFraction {
        .made { __gmpz_gcd(kedge_mpq_numerator($0), numerator, other.numerator) }
    }

    /// The root of both parts where it is exact; nil where not. Not of a negative number.
    func root(_ degree: UInt) -> LongFraction? {
        var isExact = true
        let root = LongFraction.made {
            isExact = __gmpz_root(kedge_mpq_numerator($0), numerator, degree) != 0
            isExact = __gmpz_root(kedge_mpq_denominator($0), denominator, degree) != 0 && isExact
        }
        return isExact ? root : nil
    }

    static func factorial(_ number: UInt) -> LongFraction {
        .made { __gmpz_fac_ui(kedge_mpq_numerator($0), number) }
    }

    /// How many ways there are to choose so many of this integer.
    func choosing(_ number: UInt) -> LongFraction {
        .made { __gmpz_bin_ui(kedge_mpq_numerator($0), numerator, number) }
    }
}
