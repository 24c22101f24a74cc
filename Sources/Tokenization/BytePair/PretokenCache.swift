import CScanners

/// The ids of pretokens seen before, in a flat table of 32-byte entries.
///
/// In reasoning traces 99.96 % of the pretokens have 15 bytes or fewer and nearly all of them have been seen before, so
/// this table decides the speed: a key is two machine words and a value up to four ids. A full neighbourhood forgets an
/// entry, so the memory is fixed. One cache belongs to one thread.
struct PretokenCache: ~Copyable {
    /// The longest pretoken that is kept, in bytes.
    static let maximumLength = 15
    /// The most ids that are kept for one pretoken.
    static let maximumCount = 4

    /// Up to 15 bytes, filled up with 0xFF, which does not occur in UTF-8; so never zero in a used entry.
    struct Key: Equatable {
        var low: UInt64
        var high: UInt64
    }

    private let entries: UnsafeMutablePointer<cscanners_entry>
    private var table: cscanners_cache
    private let level: VectorLevel

    /// - Parameter logCapacity: the base-2 logarithm of the number of entries, at least 2.
    init(logCapacity: Int, level: VectorLevel = .best) {
        self.level = level
        let capacity = 1 << logCapacity
        // Two entries to a line of the processor's cache, so that the first two places of a key cost one.
        let size = capacity * MemoryLayout<cscanners_entry>.stride
        entries = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
            .initializeMemory(as: cscanners_entry.self, repeating: cscanners_entry(), count: capacity)
        table = cscanners_cache(
            entries: entries, log_capacity: UInt32(logCapacity),
            multipliers: (ByteHash.seed | 1, ByteHash.mix(ByteHash.seed, 0x9E37_79B9_7F4A_7C15) | 1))
    }

    deinit {
        UnsafeMutableRawPointer(entries).deallocate()
    }

    /// The key of the `length` bytes at `p`, of which at least `readable` may be read. Requires 0 < length <= 15.
    @inline(__always)
    static func key(_ p: UnsafePointer<UInt8>, length: Int, readable: Int) -> Key {
        let raw = UnsafeRawPointer(p)
        var low: UInt64 = 0
        var high: UInt64 = 0
        if readable >= 16 {
            low = raw.loadUnaligned(as: UInt64.self)
            high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        } else {
            for index in 0..<length {
                let byte = UInt64(p[index])
                if index < 8 { low |= byte << UInt64(index * 8) } else { high |= byte << UInt64((index - 8) * 8) }
            }
        }
        // Shifting by 64 or more gives 0, which the smart shifts define.
        return Key(low: low | .max << UInt64(length * 8), high: high | .max << UInt64(max(0, length - 8) * 8))
    }

    /// Appends the ids of the pretokens of a batch from `first` on, up to one that is not here, and returns its index;
    /// some that are here count as not here, such as those at the very end of the text.
    @inline(__always)
    mutating func find(
        _ batch: borrowing PretokenBatch, from first: Int, readableTo limit: UnsafePointer<UInt8>,
        into ids: inout IDBuffer
    ) -> Int {
        let pretokens = batch.count - first
        return ids.appendFour(times: pretokens) { ids, written in
            cscanners_find(
                level.rawValue, &table, batch.origin, batch.start(of: first), batch.ends + first, pretokens, limit, ids,
                &written)
        } + first
    }

    /// The ids of `key`, their count in the top four bits of the first lane, or nil.
    func find(_ key: Key) -> SIMD4<UInt32>? {
        let home = index(of: key)
        for other in 0..<Int(CSCANNERS_PLACES) {
            let entry = entries[home ^ other]
            if entry.low == key.low, entry.high == key.high {
                return SIMD4(entry.ids.0, entry.ids.1, entry.ids.2, entry.ids.3)
            }
        }
        return nil
    }

    /// Keeps the ids of a pretoken, if they are few enough.
    func insert(_ key: Key, _ ids: [Int32]) {
        guard !ids.isEmpty, ids.count <= Self.maximumCount else { return }
        var packed = SIMD4<UInt32>(repeating: .max)
        for (lane, id) in ids.enumerated() { packed[lane] = UInt32(bitPattern: id) }
        packed[0] |= UInt32(ids.count) << 28
        // What comes first is mostly what comes often, and stays where it is found first. Where no place is free the
        // newcomer takes this one; what was here goes to the next, and what was there is forgotten.
        let home = index(of: key)
        let free = (0..<Int(CSCANNERS_PLACES)).first { isFree(home ^ $0) }
        if free == nil { entries[home ^ 1] = entries[home] }
        entries[home ^ (free ?? 0)] = cscanners_entry(
            low: key.low, high: key.high, ids: (packed[0], packed[1], packed[2], packed[3]))
    }

    private func isFree(_ place: Int) -> Bool {
        // The last byte of a key is 0xFF.
        entries[place].high == 0
    }

    private func index(of key: Key) -> Int {
        var table = table
        return cscanners_home(&table, key.low, key.high)
    }
}
