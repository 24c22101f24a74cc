/// Integers modulo a prime of at most 62 bits.
struct PrimeField {
    let prime: UInt64

    /// Two primes that no fraction that a person writes has in its denominator: 2^61 - 1 and 2^62 - 57.
    static let large = [PrimeField(prime: (1 << 61) - 1), PrimeField(prime: (1 << 62) - 57)]

    func add(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let sum = a + b
        return sum >= prime ? sum - prime : sum
    }

    func negate(_ a: UInt64) -> UInt64 { a == 0 ? 0 : prime - a }

    func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        prime.dividingFullWidth(a.multipliedFullWidth(by: b)).remainder
    }

    func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
        var (result, square, rest): (UInt64, UInt64, UInt64) = (1, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            rest >>= 1
        }
        return result
    }

    /// By Fermat's theorem; nil of 0.
    func inverse(_ a: UInt64) -> UInt64? {
        a == 0 ? nil : a == 1 ? 1 : power(a, prime - 2)
    }
}
