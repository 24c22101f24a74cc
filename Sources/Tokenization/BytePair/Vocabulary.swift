/// The token strings of a model and their ids.
///
/// All strings lie end to end in one buffer. Looking up either way costs O(length).
struct Vocabulary: Sendable {
    /// Ids are kept in 28 bits: the pretoken cache packs a count beside the first of them.
    static let maximumID = 1 << 28

    private var bytes: [UInt8] = []
    /// Entry i is `bytes[offsets[i] ..< offsets[i + 1]]`.
    private var offsets: [Int] = [0]
    private var entryIDs: [Int32] = []
    /// Open addressing over entries; -1 is free.
    private var slots: [Int32]
    /// The entry of each id, or -1.
    private var entryOfID: [Int32] = []
    private let seed = ByteHash.seed

    /// An empty vocabulary with room for `capacity` entries.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        entryIDs.reserveCapacity(capacity)
        offsets.reserveCapacity(capacity + 1)
    }

    /// How many different strings the vocabulary holds.
    var count: Int { entryIDs.count }

    /// Whether two strings have the same id, so that an id does not tell the string.
    private(set) var hasSharedIDs = false

    /// One more than the greatest id.
    var idLimit: Int { entryOfID.count }

    /// Adds a token; of a repeated string the last id counts. Returns false when `id` is out of range.
    mutating func insert(_ token: UnsafeBufferPointer<UInt8>, id: Int) -> Bool {
        guard id >= 0, id < Self.maximumID, id < 65_536 + 64 * (entryIDs.count + slots.count) else { return false }
        let slot = slot(of: token)
        let entry: Int32
        if slots[slot] >= 0 {
            entry = slots[slot]
            let previous = Int(entryIDs[Int(entry)])
            if entryOfID[previous] == entry { entryOfID[previous] = -1 }
            entryIDs[Int(entry)] = Int32(id)
        } else {
            entry = Int32(entryIDs.count)
            slots[slot] = entry
            bytes.append(contentsOf: token)
            offsets.append(bytes.count)
            entryIDs.append(Int32(id))
            if entryIDs.count * 2 > slots.count { grow() }
        }
        if id >= entryOfID.count {
            entryOfID.append(contentsOf: repeatElement(-1, count: id + 1 - entryOfID.count))
        }
        if entryOfID[id] >= 0 { hasSharedIDs = true }
        entryOfID[id] = entry
        return true
    }

    /// The id of a token, or nil.
    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        let entry = slots[slot(of: token)]
        return entry < 0 ? nil : entryIDs[Int(entry)]
    }

    /// The id of a token, or nil.
    func id(of token: [UInt8]) -> Int32? {
        token.withUnsafeBufferPointer { id(of: $0) }
    }

    /// The UTF-8 of a token, or nil when no token has this id.
    func token(_ id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < entryOfID.count, case let entry = entryOfID[Int(id)], entry >= 0 else { return nil }
        return bytes[offsets[Int(entry)]..<offsets[Int(entry) + 1]]
    }

    /// Every entry.
    func forEach(_ body: (ArraySlice<UInt8>, Int32) -> Void) {
        for entry in entryIDs.indices { body(bytes[offsets[entry]..<offsets[entry + 1]], entryIDs[entry]) }
    }

    private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: ByteHash.hash(token, seed: seed)) & mask
        while slots[slot] >= 0 {
            let entry = Int(slots[slot])
            let start = offsets[entry]
            if offsets[entry + 1] - start == token.count, matches(token, at: start) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func matches(_ token: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        for index in 0..<token.count where bytes[start + index] != token[index] { return false }
        return true
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        var larger = [Int32](repeating: -1, count: mask + 1)
        bytes.withUnsafeBufferPointer { all in
            for entry in entryIDs.indices {
                let token = UnsafeBufferPointer(rebasing: all[offsets[entry]..<offsets[entry + 1]])
                var slot = Int(truncatingIfNeeded: ByteHash.hash(token, seed: seed)) & mask
                while larger[slot] >= 0 { slot = (slot + 1) & mask }
                larger[slot] = Int32(entry)
            }
        }
        slots = larger
    }
}
