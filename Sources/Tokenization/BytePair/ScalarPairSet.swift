/// A set of pairs of neighbouring scalars, asked once or twice for every word of a text.
///
/// Open addressing over one block of memory: the standard library's set spends most of the time of a look-up on hashing
/// that withstands strangers, which the seed of ``ByteHash`` does here. Shared between threads once it is filled.
final class ScalarPairSet: @unchecked Sendable {
    // No pair: scalars have 21 bits.
    private static let free = UInt64.max

    private var slots: UnsafeMutablePointer<UInt64>
    /// A bit for each pair of scalars that have a code: those are nearly all of most texts.
    private let dense: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private var count = 0
    private let seed = ByteHash.seed

    private static let codes = 256

    init() {
        dense = .allocate(capacity: Self.codes * Self.codes / 64)
        dense.initialize(repeating: 0, count: Self.codes * Self.codes / 64)
        mask = 63
        slots = Self.allocated(mask + 1)
    }

    deinit {
        slots.deallocate()
        dense.deallocate()
    }

    /// The scalar itself, but that "▁", which marks the words of SentencePiece, changes places with U+0080.
    @inline(__always)
    private static func code(_ scalar: UInt32) -> UInt32 {
        if scalar == 0x2581 { return 0x80 }
        return scalar == 0x80 ? 0x2581 : scalar
    }

    /// Whether the set holds the pair. O(1).
    @inline(__always)
    func contains(_ left: UInt32, _ right: UInt32) -> Bool {
        let (row, column) = (Self.code(left), Self.code(right))
        if row | column < Self.codes {
            let bit = row << 8 | column
            return dense[Int(bit >> 6)] & (1 << UInt64(bit & 63)) != 0
        }
        return containsSparse(left, right)
    }

    private func containsSparse(_ left: UInt32, _ right: UInt32) -> Bool {
        let pair = Self.pair(left, right)
        var slot = index(of: pair)
        while true {
            let candidate = slots[slot]
            if candidate == pair { return true }
            if candidate == Self.free { return false }
            slot = (slot + 1) & mask
        }
    }

    /// Adds a pair. Amortised O(1). Only before the set is shared.
    func insert(_ left: UInt32, _ right: UInt32) {
        let (row, column) = (Self.code(left), Self.code(right))
        if row | column < Self.codes {
            let bit = row << 8 | column
            dense[Int(bit >> 6)] |= 1 << UInt64(bit & 63)
            return
        }
        if put(Self.pair(left, right)) { count += 1 }
        guard count * 2 > mask else { return }
        let old = slots
        let size = mask + 1
        mask = size * 2 - 1
        slots = Self.allocated(size * 2)
        for slot in 0..<size where old[slot] != Self.free { _ = put(old[slot]) }
        old.deallocate()
    }

    private func put(_ pair: UInt64) -> Bool {
        var slot = index(of: pair)
        while slots[slot] != Self.free {
            if slots[slot] == pair { return false }
            slot = (slot + 1) & mask
        }
        slots[slot] = pair
        return true
    }

    @inline(__always)
    private static func pair(_ left: UInt32, _ right: UInt32) -> UInt64 {
        UInt64(left) << 32 | UInt64(right)
    }

    @inline(__always)
    private func index(of pair: UInt64) -> Int {
        Int(truncatingIfNeeded: ByteHash.mix(pair ^ seed, 0x9E37_79B9_7F4A_7C15)) & mask
    }

    private static func allocated(_ size: Int) -> UnsafeMutablePointer<UInt64> {
        let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
        slots.initialize(repeating: free, count: size)
        return slots
    }
}
