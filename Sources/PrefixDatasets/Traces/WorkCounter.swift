import Synchronization

/// Hands out stretches of 0..<count to whoever asks, each once.
final class WorkCounter: Sendable {
    private let count: Int
    private let next = Atomic<Int>(0)

    init(_ count: Int) {
        self.count = count
    }

    /// The next stretch of at most `size`, or nil when all are taken.
    func take(_ size: Int) -> Range<Int>? {
        let start = next.add(size, ordering: .relaxed).oldValue
        return start < count ? start..<min(count, start + size) : nil
    }
}
