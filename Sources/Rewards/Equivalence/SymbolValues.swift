/// Numbers that stand for symbols where expressions are compared.
///
/// A number follows from the name of the symbol and the number of the point alone, so that results are the same in every run.
struct SymbolValues {
    /// How many points there are.
    static let count = 24
    /// Which point.
    let point: Int

    /// A number for a symbol: a fraction whose denominator is a prime.
    func rational(_ name: String) -> Rational {
        let bits = hash(name)
        // Points are chosen so that square roots, logarithms and arcsines have some in their domains, and both signs occur.
        let (lowest, span, mayBeNegative): (Int, Int, Bool) =
            switch point % 8 {
            case 0: (200, 700, false)
            case 1: (1_200, 2_500, false)
            case 2: (100, 850, true)
            case 3: (300, 3_000, true)
            case 4: (5_000, 40_000, false)
            case 5: (1_100, 9_000, true)
            case 6: (150, 800, false)
            // Far away, for what is constant up to there.
            default: (1_000_000, 20_000_000, true)
            }
        let magnitude = lowest + Int(bits >> 8) % span
        // The third point is where all are negative.
        let isNegative = mayBeNegative && (point == 2 || bits & 1 == 1)
        return Rational(isNegative ? -magnitude : magnitude, 997) ?? .one
    }

    /// A number for something that has no meaning here: above 1 and below 2, and hardly ever the same for two.
    func opaque(_ name: String) -> Rational {
        Rational((1 << 60) + Int(hash(name) >> 3), 1 << 60) ?? .one
    }

    /// A number for a symbol, in a field.
    func residue(_ name: String, _ field: PrimeField) -> UInt64 { (hash(name) ^ field.prime) % field.prime }

    /// A number for something that has no meaning here, which follows from what it is made of.
    func residue(_ name: String, _ parts: [UInt64], _ field: PrimeField) -> UInt64 {
        parts.reduce(hash(name)) { SymbolValues.mix($0 ^ $1) } % field.prime
    }

    private func hash(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return SymbolValues.mix(hash &+ UInt64(point &+ 1) &* 0x9e37_79b9_7f4a_7c15) >> 1
    }

    /// The finaliser of splitmix64.
    static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    /// The symbol that words are where they stand among numbers.
    static func name(ofText words: String) -> String {
        "text " + words.lowercased().filter { !$0.isWhitespace }
    }
}
