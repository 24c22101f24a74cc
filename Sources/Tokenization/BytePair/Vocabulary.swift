import Files
import Glibc

/// The token strings of a model and their ids.
///
/// All strings lie end to end in one buffer. Looking up either way costs O(length).
struct Vocabulary: Sendable {
    /// Ids are kept in 28 bits: the pretoken cache packs a count beside the first of them.
    static let maximumID = 1 << 28

    /// A place in a table of open addressing. All that a look-up compares lies together, for a large vocabulary is read
    /// in no order and every array costs a miss of the cache.
    private struct Slot {
        var offset: UInt32
        var length: UInt32
        /// The upper half of the hash.
        var tag: UInt32
        /// -1 where the slot is free.
        var id: Int32

        static let free = Slot(offset: 0, length: 0, tag: 0, id: -1)
    }

    /// Where the string of an id lies; nowhere when `offset` is the greatest number.
    private struct Place: Equatable {
        var offset: UInt32
        var length: UInt32

        static let none = Place(offset: .max, length: 0)
    }

    private var bytes: [UInt8] = []
    private var slots: [Slot]
    private var places: [Place] = []
    private let seed = ByteHash.seed

    /// How many different strings the vocabulary holds.
    private(set) var count = 0

    /// Whether two strings have the same id, so that an id does not tell the string.
    private(set) var hasSharedIDs = false

    /// An empty vocabulary with room for `capacity` entries.
    init(capacity: Int) {
        var size = 16
        while Self.isFull(capacity, of: size) { size *= 2 }
        slots = Self.freeSlots(size)
        places.reserveCapacity(capacity)
    }

    private static func freeSlots(_ size: Int) -> [Slot] {
        [Slot](unsafeUninitializedCapacity: size) { slots, count in
            LargeMemory.willUse(UnsafeMutableRawBufferPointer(slots))
            slots.initialize(repeating: .free)
            count = size
        }
    }

    /// One more than the greatest id.
    var idLimit: Int { places.count }

    /// Adds a token; of a repeated string the last id counts. Returns false when `id` is out of range.
    mutating func insert(_ token: UnsafeBufferPointer<UInt8>, id: Int) -> Bool {
        guard id >= 0, id < Self.maximumID, id < 65_536 + 64 * (count + slots.count),
            let offset = UInt32(exactly: bytes.count), let length = UInt32(exactly: token.count)
        else { return false }
        let hash = ByteHash.hash(token, seed: seed)
        let slot = slot(of: token, hash)
        let place: Place
        if slots[slot].id >= 0 {
            place = Place(offset: slots[slot].offset, length: slots[slot].length)
            let previous = Int(slots[slot].id)
            if places[previous] == place { places[previous] = .none }
            slots[slot].id = Int32(id)
        } else {
            place = Place(offset: offset, length: length)
            slots[slot] = Slot(offset: offset, length: length, tag: Self.tag(hash), id: Int32(id))
            bytes.append(contentsOf: token)
            count += 1
            if Self.isFull(count, of: slots.count) { grow() }
        }
        if id >= places.count {
            places.append(contentsOf: repeatElement(.none, count: id + 1 - places.count))
        }
        if places[id] != .none { hasSharedIDs = true }
        places[id] = place
        return true
    }

    /// The id of a token, or nil.
    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        let id = slots[slot(of: token, ByteHash.hash(token, seed: seed))].id
        return id < 0 ? nil : id
    }

    /// The id of a token, or nil.
    func id(of token: [UInt8]) -> Int32? {
        token.withUnsafeBufferPointer { id(of: $0) }
    }

    /// Whether an id is that of the token that two strings make together. Quicker than searching for the token.
    func token(
        _ id: Int32, is left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard id >= 0, Int(id) < places.count, case let place = places[Int(id)], place != .none,
            Int(place.length) == left.count + right.count
        else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            Self.isEqual(bytes, Int(place.offset), left)
                && Self.isEqual(bytes, Int(place.offset) + left.count, right)
        }
    }

    /// The id of the token that two strings make together, or nil.
    func id(ofJoined left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int32? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: left.count + right.count) { joined in
            let middle = joined[...].initialize(fromContentsOf: left)
            _ = joined[middle...].initialize(fromContentsOf: right)
            return id(of: UnsafeBufferPointer(joined))
        }
    }

    /// Calls `body` with the UTF-8 of every id that has a token, in the order of the ids.
    func forEachByID(_ body: (UnsafeBufferPointer<UInt8>, Int32) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            for (id, place) in places.enumerated() where place != .none {
                let start = Int(place.offset)
                body(
                    UnsafeBufferPointer(rebasing: bytes[start..<(start + Int(place.length))]),
                    Int32(truncatingIfNeeded: id))
            }
        }
    }

    /// The UTF-8 of a token, or nil when no token has this id.
    func token(_ id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < places.count, case let place = places[Int(id)], place != .none else { return nil }
        return bytes[Int(place.offset)..<(Int(place.offset) + Int(place.length))]
    }

    /// Every entry, in no order.
    func forEach(_ body: (ArraySlice<UInt8>, Int32) -> Void) {
        for slot in slots where slot.id >= 0 {
            body(bytes[Int(slot.offset)..<(Int(slot.offset) + Int(slot.length))], slot.id)
        }
    }

    /// The slot that holds the token, or the free one where it would go.
    private func slot(of token: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        let tag = Self.tag(hash)
        return bytes.withUnsafeBufferPointer { bytes in
            slots.withUnsafeBufferPointer { slots in
                let mask = slots.count - 1
                var index = Int(truncatingIfNeeded: hash) & mask
                while slots[index].id >= 0 {
                    let slot = slots[index]
                    if slot.tag == tag, Int(slot.length) == token.count,
                        Self.isEqual(bytes, Int(slot.offset), token)
                    {
                        return index
                    }
                    index = (index + 1) & mask
                }
                return index
            }
        }
    }

    private static func isEqual(
        _ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, _ token: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard let base = bytes.baseAddress, let start = token.baseAddress else { return token.isEmpty }
        return memcmp(base + offset, start, token.count) == 0
    }

    private static func tag(_ hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: hash >> 32)
    }

    /// Whether so many entries are too many for a table of this size.
    private static func isFull(_ count: Int, of size: Int) -> Bool {
        count > size / 4 * 3
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        var larger = Self.freeSlots(mask + 1)
        bytes.withUnsafeBufferPointer { all in
            for slot in slots where slot.id >= 0 {
                let start = Int(slot.offset)
                let token = UnsafeBufferPointer(rebasing: all[start..<(start + Int(slot.length))])
                var index = Int(truncatingIfNeeded: ByteHash.hash(token, seed: seed)) & mask
                while larger[index].id >= 0 { index = (index + 1) & mask }
                larger[index] = slot
            }
        }
        slots = larger
    }
}
