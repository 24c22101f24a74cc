extension Rational {
    /// Results of more bits are not computed.
    static let maximumBits = 1 << 18

    /// The greatest integer not above.
    func floor(budget: inout StepBudget) throws(StepBudgetError) -> Rational {
        guard case .short(let numerator, let denominator) = storage else {
            try budget.spend(Rational.cost(words))
            return Rational(long.floor().storage)
        }
        let quotient = numerator / denominator
        return Rational(numerator % denominator < 0 ? quotient - 1 : quotient)
    }

    /// The remainder by a modulus, of its sign; nil by zero.
    func modulo(_ modulus: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard let quotient = try dividing(modulus, budget: &budget) else { return nil }
        let whole = try quotient.floor(budget: &budget).multiplying(modulus, budget: &budget)
        return try subtracting(whole, budget: &budget)
    }

    /// The greatest common divisor of two integers; nil of other numbers.
    func divisor(_ other: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard isInteger, other.isInteger else { return nil }
        try budget.spend(Rational.cost(words + other.words))
        return Rational(long.divisor(other.long).storage)
    }

    /// n!; nil where it is not a positive integer or 0, or the result is longer than ``maximumBits``.
    func factorial(budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard let number = integer, (0...20_000).contains(number) else { return nil }
        // log2 n! is at most n log2 n.
        let length = number * (Int.bitWidth - number.leadingZeroBitCount)
        guard length <= Rational.maximumBits else { return nil }
        try budget.spend(Rational.cost(2 + length / 64))
        return Rational(LongFraction.factorial(UInt(number)).storage)
    }

    /// How many ways there are to choose; nil where they are not integers or the result is longer than ``maximumBits``.
    func choosing(_ other: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        guard isInteger, other.isInteger else { return nil }
        guard other.sign >= 0 else { return .zero }
        var count = other
        if sign >= 0 {
            let rest = try subtracting(other, budget: &budget)
            guard rest.sign >= 0 else { return .zero }
            count = Swift.min(other, rest)
        }
        guard let number = count.integer, number < Rational.maximumBits, number * bits <= Rational.maximumBits else {
            return nil
        }
        try budget.spend(Rational.cost(2 + number * bits / 64) + number)
        return Rational(long.choosing(UInt(number)).storage)
    }

    /// The power where it is a fraction and not longer than ``maximumBits``; nil where not. Roots are of positive numbers.
    func exactPower(_ exponent: Rational, budget: inout StepBudget) throws(StepBudgetError) -> Rational? {
        if let integer = exponent.integer {
            if self == .one { return .one }
            if isZero { return integer >= 0 ? (integer == 0 ? .one : .zero) : nil }
            let (length, overflow) = bits.multipliedReportingOverflow(by: Int(clamping: integer.magnitude))
            guard bits == 1 || (!overflow && length <= Rational.maximumBits) else { return nil }
            return try power(integer, budget: &budget)
        }
        guard sign >= 0, case .short(let numerator, let denominator) = exponent.storage, denominator <= 64 else {
            return nil
        }
        if isZero { return numerator > 0 ? .zero : nil }
        try budget.spend(Rational.cost(words) * 4)
        guard let root = long.root(UInt(denominator)) else { return nil }
        return try Rational(root.storage).exactPower(Rational(numerator), budget: &budget)
    }

    /// Modulo a prime; nil where the denominator is a multiple of it.
    func residue(_ field: PrimeField) -> UInt64? {
        if case .short(let numerator, 1) = storage {
            let residue = UInt64(numerator.magnitude) % field.prime
            return numerator < 0 ? field.negate(residue) : residue
        }
        let parts = long.remainders(by: UInt(field.prime))
        return field.inverse(UInt64(parts.denominator)).map { field.multiply(UInt64(parts.numerator), $0) }
    }
}
