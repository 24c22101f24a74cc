/// Threads that work on one thing after the other together; the caller is one of them.
public final class ThreadTeam: Sendable {
    /// How many threads there are, the caller's included.
    public let count: Int

    /// - Parameter count: from 1 to 1,024.
    public init(count: Int) {
        precondition((1...1024).contains(count), "a team has a size")
        self.count = count
    }

    /// Calls once on every thread with the thread's number, and returns when all are done.
    ///
    /// One call at a time: a body must not call it again.
    public func run(_ body: @Sendable (Int) -> Void) {
        for thread in 0..<count { body(thread) }
    }

    /// Divides a range among the threads in runs of the same length, rounded up to a multiple; which numbers a thread gets
    /// depends on the range, the multiple and ``count`` alone.
    public func divide(_ total: Int, multipleOf multiple: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        let share = (total + count * multiple - 1) / (count * multiple) * multiple
        run { thread in
            let range = min(thread * share, total)..<min((thread + 1) * share, total)
            if !range.isEmpty { body(range) }
        }
    }
}
