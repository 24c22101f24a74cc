import Synchronization

/// Decoded chunks of which only a part was wanted, of all readers together; the oldest make room.
final class ChunkCache: Sendable {
    static let shared = ChunkCache(limit: 128 << 20)

    struct Key: Hashable {
        let reader: UInt64
        let chunk: Int
    }

    /// A chunk that is decoded by the first who wants it, while others who do wait.
    final class Entry: Sendable {
        let bytes = Mutex<[UInt8]?>(nil)
    }

    private struct State {
        var entries: [Key: (entry: Entry, byteCount: Int)] = [:]
        var order: [Key] = []
        var byteCount = 0
        var lastReader: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    func makeReader() -> UInt64 {
        state.withLock {
            $0.lastReader += 1
            return $0.lastReader
        }
    }

    func entry(_ key: Key, byteCount: Int) -> Entry {
        state.withLock { state in
            if let known = state.entries[key] { return known.entry }
            while state.byteCount + byteCount > limit, !state.order.isEmpty {
                if let gone = state.entries.removeValue(forKey: state.order.removeFirst()) {
                    state.byteCount -= gone.byteCount
                }
            }
            let entry = Entry()
            state.entries[key] = (entry, byteCount)
            state.order.append(key)
            state.byteCount += byteCount
            return entry
        }
    }

    /// Forgets the chunks of a reader.
    func remove(reader: UInt64) {
        state.withLock { state in
            state.order.removeAll { $0.reader == reader }
            for (key, value) in state.entries where key.reader == reader {
                state.entries.removeValue(forKey: key)
                state.byteCount -= value.byteCount
            }
        }
    }
}
