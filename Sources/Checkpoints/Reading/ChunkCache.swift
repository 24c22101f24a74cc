import Synchronization

/// Decoded chunks of which only a part was wanted, of all readers together; the oldest make room.
///
/// Large chunks are kept apart: there the two that were used last stay, so that two readers that take turns, as comparisons
/// do, decode each chunk once, even where the two are larger than the limit.
final class ChunkCache: Sendable {
    static let shared = ChunkCache(limit: 96 << 20)
    /// Chunks above this many bytes are large.
    static let largestSmallChunk = 8 << 20
    /// How many large chunks stay whatever their size.
    private static let leastLarge = 2

    struct Key: Hashable {
        let reader: UInt64
        let chunk: Int
    }

    /// A chunk that is decoded by the first who wants it, while others who do wait.
    final class Entry: Sendable {
        let bytes = Mutex<[UInt8]?>(nil)
    }

    private struct Large {
        let key: Key
        let entry: Entry
        let byteCount: Int
    }

    private struct State {
        var entries: [Key: (entry: Entry, byteCount: Int)] = [:]
        /// The keys of ``entries`` in the order of their making; those before ``first`` are gone.
        var order: [Key] = []
        var first = 0
        var byteCount = 0
        /// The one used last is the last; there are only a few.
        var large: [Large] = []
        var largeByteCount = 0
        var lastReader: UInt64 = 0

        mutating func makeRoom(limit: Int) {
            while byteCount > limit, first < order.count {
                if let gone = entries.removeValue(forKey: order[first]) { byteCount -= gone.byteCount }
                first += 1
            }
            if first > order.count / 2 {
                order.removeFirst(first)
                first = 0
            }
        }

        /// Large chunks leave at least a third of the limit to the others.
        func smallLimit(_ limit: Int) -> Int { max(limit / 3, limit - largeByteCount) }
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    func makeReader() -> UInt64 {
        state.withLock {
            $0.lastReader += 1
            return $0.lastReader
        }
    }

    /// The place of a chunk, which is decoded where it holds bytes.
    func entry(_ key: Key, byteCount: Int) -> Entry {
        state.withLock { state in
            if byteCount > Self.largestSmallChunk { return large(key, byteCount: byteCount, &state) }
            if let known = state.entries[key] { return known.entry }
            state.makeRoom(limit: state.smallLimit(limit) - byteCount)
            let entry = Entry()
            state.entries[key] = (entry, byteCount)
            state.order.append(key)
            state.byteCount += byteCount
            return entry
        }
    }

    private func large(_ key: Key, byteCount: Int, _ state: inout State) -> Entry {
        if let place = state.large.firstIndex(where: { $0.key == key }) {
            let known = state.large.remove(at: place)
            state.large.append(known)
            return known.entry
        }
        while state.large.count >= Self.leastLarge, state.largeByteCount + byteCount > limit {
            state.largeByteCount -= state.large.removeFirst().byteCount
        }
        let entry = Entry()
        state.large.append(Large(key: key, entry: entry, byteCount: byteCount))
        state.largeByteCount += byteCount
        state.makeRoom(limit: state.smallLimit(limit))
        return entry
    }

    /// Forgets the chunks of a reader.
    func remove(reader: UInt64) {
        state.withLock { state in
            state.large.removeAll { $0.key.reader == reader }
            state.largeByteCount = state.large.reduce(0) { $0 + $1.byteCount }
            guard state.entries.keys.contains(where: { $0.reader == reader }) else { return }
            state.order = state.order[state.first...].filter { $0.reader != reader }
            state.first = 0
            for (key, value) in state.entries where key.reader == reader {
                state.entries.removeValue(forKey: key)
                state.byteCount -= value.byteCount
            }
        }
    }
}
