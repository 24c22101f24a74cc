/// A seeded generator, so that every run of the property tests sees the same texts.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A number from 0 up to `limit`, which is left out.
    mutating func below(_ limit: Int) -> Int {
        Int.random(in: 0..<limit, using: &self)
    }

    /// One of `values`.
    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[below(values.count)]
    }
}

/// How many random cases a property test tries: the full count when optimised, a tenth of it otherwise.
func caseCount(_ full: Int) -> Int {
    #if DEBUG
        full / 10
    #else
        full
    #endif
}
