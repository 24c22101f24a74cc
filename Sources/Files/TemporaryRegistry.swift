import Glibc
import Synchronization

/// The paths of unfinished outputs of this process, in a form that a signal handler may walk.
///
/// Slots are claimed and released by atomic exchange, so that a handler that interrupts a thread anywhere takes a path
/// either wholly or not at all. A path taken by a handler is never freed: the process is about to end.
enum TemporaryRegistry {
    private typealias Slot = Atomic<UnsafeMutablePointer<CChar>?>

    private struct Slots: @unchecked Sendable {
        static let count = 64
        let first: UnsafeMutablePointer<Slot>

        init() {
            first = .allocate(capacity: Slots.count)
            for index in 0..<Slots.count { (first + index).initialize(to: Slot(nil)) }
        }
    }

    private static let slots = Slots()

    /// Notes a path; nil when the table is full, and then the path is not removed by a signal.
    static func add(_ path: String) -> Int? {
        guard let copy = strdup(path) else { return nil }
        for index in 0..<Slots.count {
            let (claimed, _) = (slots.first + index).pointee
                .compareExchange(expected: nil, desired: copy, ordering: .acquiringAndReleasing)
            if claimed { return index }
        }
        free(copy)
        return nil
    }

    /// Forgets the path in a slot that ``add(_:)`` gave.
    static func remove(_ index: Int) {
        free((slots.first + index).pointee.exchange(nil, ordering: .acquiringAndReleasing))
    }

    static func unlinkAll() {
        for index in 0..<Slots.count {
            if let path = (slots.first + index).pointee.exchange(nil, ordering: .acquiringAndReleasing) {
                unlink(path)
            }
        }
    }
}
