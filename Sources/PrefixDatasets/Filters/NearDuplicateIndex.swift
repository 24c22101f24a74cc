/// The problems seen so far, by which a near duplicate of one of them is recognised.
///
/// The first of several near duplicates is kept. What is found depends on the order of insertion only.
///
/// A problem kept takes 16 bytes, 4 for each distinct shingle (at most 512), and 16 for each slot of the tables: with
/// 16 bands 320 to 480 bytes. A problem of 50 words takes about 600 bytes, any problem at most 1,008. While tables
/// grow, the old ones are held too. Near duplicates take nothing.
///
/// An insertion takes time linear in the number of bands, whatever was inserted before: a bucket holds at most
/// ``bucketLimit`` problems. Where more problems than that share a bucket and are not near duplicates, the later ones
/// are not put there, and their near duplicates have to be found by another band, or are kept.
struct NearDuplicateIndex: Sendable {
    enum Outcome: Hashable, Sendable {
        /// The problem is unlike all before. Ids count the problems kept, from 0.
        case new(id: Int)
        /// The problem is a near duplicate of the one with this id, the earliest of those found.
        case nearDuplicate(of: Int)
    }

    static let bucketLimit = 16

    let settings: NearDuplicateSettings
    private var buckets = BucketTable()
    private var sketches: [UInt32] = []
    /// Twice the end of each problem's sketch in `sketches`, plus one where the sketch is whole.
    private var ends: [Int] = []

    init(_ settings: NearDuplicateSettings = NearDuplicateSettings()) {
        self.settings = settings
    }

    /// How many problems were kept.
    var count: Int { ends.count }

    /// Looks a problem up, and keeps it when it is new. Signatures must be made with the index's settings. A text
    /// without words is always new.
    mutating func insert(_ signature: NearDuplicateSignature) -> Outcome {
        if let id = match(for: signature) { return .nearDuplicate(of: id) }
        let id = ends.count
        sketches.append(contentsOf: signature.sketch.hashes)
        ends.append(sketches.count << 1 | (signature.sketch.isWhole ? 1 : 0))
        if let id = UInt32(exactly: id), id < .max {
            for key in signature.bandKeys { buckets.insert(id, into: key, limit: Self.bucketLimit) }
        }
        return .new(id: id)
    }

    private func match(for signature: NearDuplicateSignature) -> Int? {
        var candidates: [UInt32] = []
        for key in signature.bandKeys { buckets.appendMembers(of: key, to: &candidates) }
        candidates.sort()
        var last: UInt32?
        for candidate in candidates where candidate != last {
            last = candidate
            if similarity(of: Int(candidate), to: signature.sketch) >= settings.threshold { return Int(candidate) }
        }
        return nil
    }

    private func similarity(of id: Int, to sketch: ShingleSketch) -> Double {
        let start = id == 0 ? 0 : ends[id - 1] >> 1
        return ShingleSketch.similarity(
            sketches[start..<(ends[id] >> 1)], isWhole: ends[id] & 1 == 1, sketch.hashes[...], isWhole: sketch.isWhole)
    }
}

/// A hash table of (key, id) pairs in two flat arrays, in which a key may stand several times.
private struct BucketTable: Sendable {
    private struct Slot {
        var key: UInt64 = 0
        /// One more than the id; 0 where the slot is free.
        var mark: UInt32 = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 64)
    private var used = 0

    func appendMembers(of key: UInt64, to ids: inout [UInt32]) {
        var index = home(of: key)
        while slots[index].mark != 0 {
            if slots[index].key == key { ids.append(slots[index].mark - 1) }
            index = index + 1 == slots.count ? 0 : index + 1
        }
    }

    /// Adds an id below `UInt32.max`, unless `limit` stand under the key already.
    mutating func insert(_ id: UInt32, into key: UInt64, limit: Int) {
        if used >= slots.count / 5 * 4 { grow() }
        var members = 0
        var index = home(of: key)
        while slots[index].mark != 0 {
            if slots[index].key == key { members += 1 }
            if members == limit { return }
            index = index + 1 == slots.count ? 0 : index + 1
        }
        slots[index] = Slot(key: key, mark: id + 1)
        used += 1
    }

    /// The high bits of the key choose the slot, so that the table need not have a power of two of them.
    private func home(of key: UInt64) -> Int {
        Int(key.multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count / 2 * 3)
        for slot in old where slot.mark != 0 {
            var index = home(of: slot.key)
            while slots[index].mark != 0 { index = index + 1 == slots.count ? 0 : index + 1 }
            slots[index] = slot
        }
    }
}
