/// An exact fraction in lowest terms; its denominator is positive.
///
/// Fractions of two words are computed in words; longer ones by GMP. GMP ends the process where memory ends, so whatever may
/// be long takes a budget, and is counted before it is computed.
struct Rational: Sendable {
    /// Where the digits are.
    enum Storage: Sendable {
        /// Neither is Int.min, so that both can be negated.
        case short(Int, Int)
        /// Only what does not fit ``short``.
        case long(LongFraction)
    }

    let storage: Storage

    /// An integer.
    init(_ value: Int) {
        storage = value == Int.min ? LongFraction(value, 1).storage : .short(value, 1)
    }

    init(_ storage: Storage) { self.storage = storage }

    /// A fraction; nil where the denominator is 0 or a part is Int.min.
    init?(_ numerator: Int, _ denominator: Int) {
        guard denominator != 0, numerator != Int.min, denominator != Int.min else { return nil }
        self.init(lowering: numerator, denominator)
    }

    /// A fraction whose parts can be negated and whose denominator is not 0.
    private init(lowering numerator: Int, _ denominator: Int) {
        let divisor = Rational.divisor(numerator, denominator)
        let sign = denominator < 0 ? -1 : 1
        storage = .short(sign * (numerator / divisor), sign * (denominator / divisor))
    }

    static let zero = Rational(0)
    static let one = Rational(1)

    /// The greatest common divisor, 1 or more where a part is not 0.
    private static func divisor(_ a: Int, _ b: Int) -> Int {
        var (x, y) = (a.magnitude, b.magnitude)
        while y != 0 { (x, y) = (y, x % y) }
        return Int(x)
    }

    /// How long the parts together are, in words of 64 bits; 2 or more.
    var words: Int {
        switch storage {
        case .short: 2
        case .long(let value): value.words
        }
    }

    /// -1, 0 or 1.
    var sign: Int {
        switch storage {
        case .short(let numerator, _): numerator.signum()
        case .long(let value): value.sign
        }
    }

    var isZero: Bool { sign == 0 }

    var isInteger: Bool {
        switch storage {
        case .short(_, let denominator): denominator == 1
        case .long(let value): value.isInteger
        }
    }

    /// The value, where it is an integer of one word.
    var integer: Int? {
        guard case .short(let numerator, 1) = storage else { return nil }
        return numerator
    }

    /// The nearest double, or one beside it; infinite where none is near.
    var double: Double {
        switch storage {
        case .short(let numerator, let denominator): Double(numerator) / Double(denominator)
        case .long(let value): value.double
        }
    }

    /// In GMP's form.
    var long: LongFraction {
        switch storage {
        case .short(let numerator, let denominator): LongFraction(numerator, denominator)
        case .long(let value): value
        }
    }

    static prefix func - (value: Rational) -> Rational {
        switch value.storage {
        case .short(let numerator, let denominator): Rational(.short(-numerator, denominator))
        case .long(let value): Rational(value.negated().storage)
        }
    }

    /// The distance from 0.
    var magnitude: Rational { sign < 0 ? -self : self }
}

extension Rational {
    /// Digits, times a power of ten; nil where there are more than 10,000 digits or the exponent is beyond 10,000.
    ///
    /// - Parameter digits: ASCII digits, with any number of zeros before them; one or more.
    static func reading(
        digits: some Collection<UInt8>, exponent10: Int, budget: inout StepBudget
    ) throws(StepBudgetError) -> Rational? {
        let limit = 10_000
        try budget.spend(1 + digits.count / 16)
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        guard !digits.isEmpty, significant.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            significant.count <= limit, (-limit...limit).contains(exponent10)
        else { return nil }
        if significant.count <= 18, (-18...0).contains(exponent10) {
            let numerator = significant.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            let denominator = (0..<(-exponent10)).reduce(1) { power, _ in power * 10 }
            return Rational(lowering: numerator, denominator)
        }
        try budget.spend((significant.count + exponent10.magnitude.asInt) / 2)
        guard let integer = LongFraction(digits: Array(significant)) else { return nil }
        let value = Rational(integer.storage)
        guard let scale = try Rational(10).power(exponent10, budget: &budget) else { return nil }
        return try value.multiplying(scale, budget: &budget)
    }

    /// The sum.
    ///
    /// - Throws: where the budget ends; nothing was computed then. So do the others.
    func adding(_ other: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational {
        if case .short(let a, let b) = storage, case .short(let c, let d) = other.storage {
            try budget.spend(1)
            if b == 1, d == 1 {
                let (sum, overflow) = a.addingReportingOverflow(c)
                if !overflow, sum != Int.min { return Rational(.short(sum, 1)) }
            } else {
                let (ad, first) = a.multipliedReportingOverflow(by: d)
                let (cb, second) = c.multipliedReportingOverflow(by: b)
                let (bd, third) = b.multipliedReportingOverflow(by: d)
                let (sum, fourth) = ad.addingReportingOverflow(cb)
                if !(first || second || third || fourth), sum != Int.min, bd != Int.min {
                    return Rational(lowering: sum, bd)
                }
            }
        }
        try budget.spend(Rational.cost(words + other.words))
        return Rational(long.adding(other.long).storage)
    }

    /// The difference.
    func subtracting(_ other: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational {
        try adding(-other, budget: &budget)
    }

    /// The product.
    func multiplying(_ other: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational {
        if case .short(let a, let b) = storage, case .short(let c, let d) = other.storage {
            try budget.spend(1)
            let (ac, first) = a.multipliedReportingOverflow(by: c)
            let (bd, second) = b.multipliedReportingOverflow(by: d)
            if !(first || second), ac != Int.min, bd != Int.min { return Rational(lowering: ac, bd) }
        }
        try budget.spend(Rational.cost(words + other.words))
        return Rational(long.multiplying(other.long).storage)
    }

    /// The quotient; nil by zero.
    func dividing(_ other: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard let inverse = other.inverse else { return nil }
        return try multiplying(inverse, budget: &budget)
    }

    /// One divided by this; nil of 0.
    var inverse: Rational? {
        switch storage {
        case .short(0, _): nil
        case .short(let numerator, let denominator):
            Rational(.short(numerator.signum() * denominator, Int(numerator.magnitude)))
        case .long(let value): Rational(value.inverse().storage)
        }
    }

    /// An integral power; nil of 0 to a negative one. 0 to the power of 0 is 1.
    func power(_ exponent: Int, budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard exponent != 0 else { return .one }
        guard exponent > 0 else {
            guard exponent != Int.min else { throw StepBudgetError() }
            return try inverse?.power(-exponent, budget: &budget)
        }
        if case .short(let numerator, let denominator) = storage, numerator.magnitude <= 1, denominator == 1 {
            return numerator < 0 && exponent % 2 == 0 ? .one : self
        }
        let (length, overflow) = bits.multipliedReportingOverflow(by: exponent)
        try budget.spend(overflow ? Int.max : Rational.cost(2 + length / 64))
        return Rational(long.power(UInt(exponent)).storage)
    }

    /// How many bits the longer part has, or one more.
    var bits: Int {
        switch storage {
        case .short(let numerator, let denominator):
            64 - Swift.max(numerator.magnitude, denominator.magnitude).leadingZeroBitCount
        case .long(let value): value.bits
        }
    }

    /// Steps for an operation whose operands or result have so many words: GMP's multiplication and greatest common divisor
    /// take more than linear time.
    static func cost(_ words: Int) -> Int {
        guard words < 1 << 40 else { return Int.max }
        return words * (1 + (Int.bitWidth - words.leadingZeroBitCount) / 2)
    }
}

extension UInt {
    /// As a signed integer; the largest one where it is larger.
    fileprivate var asInt: Int { Int(clamping: self) }
}

extension Rational: Hashable {
    static func == (left: Rational, right: Rational) -> Bool {
        switch (left.storage, right.storage) {
        case (.short(let a, let b), .short(let c, let d)): a == c && b == d
        case (.long(let a), .long(let b)): a.isEqual(to: b)
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch storage {
        case .short(let numerator, let denominator):
            hasher.combine(numerator)
            hasher.combine(denominator)
        case .long(let value): value.hash(into: &hasher)
        }
    }
}

extension Rational: Comparable {
    static func < (left: Rational, right: Rational) -> Bool {
        if case .short(let a, let b) = left.storage, case .short(let c, let d) = right.storage {
            let first = a.multipliedFullWidth(by: d)
            let second = c.multipliedFullWidth(by: b)
            return first.high != second.high ? first.high < second.high : first.low < second.low
        }
        return left.long.isLess(than: right.long)
    }
}
