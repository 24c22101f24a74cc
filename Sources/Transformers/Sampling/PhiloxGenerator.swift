/// Random numbers that are a function of a key and a counter: Philox 4x32 with ten rounds (Salmon, Moraes, Dror and Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
///
/// There is no state to hand on, so that a number does not depend on which others were asked for before it.
public struct PhiloxGenerator: Sendable, Hashable {
    /// The key: numbers of different keys have nothing to do with each other.
    public let key: SIMD2<UInt32>

    /// Numbers of a seed.
    public init(seed: UInt64) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// The four words at a counter.
    public func words(at counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var block = counter
        var key = key
        for _ in 0..<10 {
            let first = UInt64(block[0]) * 0xD251_1F53
            let second = UInt64(block[2]) * 0xCD9E_8D57
            block = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ block[1] ^ key[0], UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ block[3] ^ key[1], UInt32(truncatingIfNeeded: first))
            key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
        }
        return block
    }

    /// A number in [0, 1), a multiple of 2^-53, for a step of a rollout.
    public func uniform(rollout: UInt64, step: UInt64) -> Double {
        let words = words(
            at: SIMD4(
                UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32),
                UInt32(truncatingIfNeeded: rollout), UInt32(truncatingIfNeeded: rollout >> 32)))
        return Double(UInt64(words[0]) << 21 | UInt64(words[1]) >> 11) * 0x1p-53
    }
}
