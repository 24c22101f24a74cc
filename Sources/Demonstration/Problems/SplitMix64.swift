/// Random numbers of a seed (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
///
/// The same on every machine and with every version of Swift.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// A number below a bound from 1 to 2^32. Its bias is at most the bound's share of 2^32.
    mutating func next(below bound: Int) -> Int {
        Int(((next() >> 32) * UInt64(bound)) >> 32)
    }

    /// Whether something of a probability from 0 to 1 happens.
    mutating func happens(_ probability: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < probability }

    /// The generator's finisher: numbers that differ little become numbers that have nothing to do with each other.
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
