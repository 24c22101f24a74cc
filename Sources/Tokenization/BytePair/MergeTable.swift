import Files

/// The merges of a BPE model: (left, right) -> (rank, id).
///
/// Rank is not id: SentencePiece-style lists produce the same token by several merges, in an order of their own.
/// Immutable once built, so that it is shared between threads without a lock.
final class MergeTable: @unchecked Sendable {
    struct Merge {
        var rank: UInt32
        var id: Int32

        /// What stands for "these two do not merge".
        static let none = Merge(rank: .max, id: -1)
    }

    private struct Slot {
        var pair: UInt64
        var merge: Merge
    }

    private static let free = UInt64.max

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int
    private let seed = ByteHash.seed

    /// Builds the table; of a repeated pair the last merge counts.
    init(_ merges: some Collection<(left: Int32, right: Int32, merge: Merge)>) {
        var size = 16
        while size / 3 * 2 < merges.count { size *= 2 }
        mask = size - 1
        slots = .allocate(capacity: size)
        LargeMemory.willUse(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: slots, count: size)))
        slots.initialize(repeating: Slot(pair: Self.free, merge: .none), count: size)
        for (left, right, merge) in merges {
            let pair = Self.pair(left, right)
            var slot = index(of: pair)
            while slots[slot].pair != Self.free, slots[slot].pair != pair { slot = (slot + 1) & mask }
            slots[slot] = Slot(pair: pair, merge: merge)
        }
    }

    deinit {
        slots.deallocate()
    }

    /// The merge of two neighbours, or ``Merge/none``. O(1).
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge {
        let pair = Self.pair(left, right)
        var slot = index(of: pair)
        while true {
            let candidate = slots[slot]
            if candidate.pair == pair { return candidate.merge }
            if candidate.pair == Self.free { return .none }
            slot = (slot + 1) & mask
        }
    }

    /// Calls `body` with the two sides and the result of every merge, in no order.
    func forEach(_ body: (_ left: Int32, _ right: Int32, _ id: Int32) -> Void) {
        for slot in 0...mask where slots[slot].pair != Self.free {
            let pair = slots[slot].pair
            body(Int32(truncatingIfNeeded: pair >> 32), Int32(truncatingIfNeeded: pair), slots[slot].merge.id)
        }
    }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func index(of pair: UInt64) -> Int {
        Int(truncatingIfNeeded: ByteHash.mix(pair ^ seed, 0x9E37_79B9_7F4A_7C15)) & mask
    }
}
