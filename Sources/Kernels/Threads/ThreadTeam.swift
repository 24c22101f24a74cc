import CLayers
import COpenBLAS

/// Threads that work on one thing after the other together; the caller is one of them.
///
/// They are made once and stay: a call costs a few microseconds. Between calls they look for work for some microseconds and
/// sleep then. More threads than processors are slow, not wrong.
///
/// The first team sets OpenBLAS, in the whole process, to work on the thread that calls it.
public final class ThreadTeam: @unchecked Sendable {
    /// How many threads there are, the caller's included.
    public let count: Int
    private let team: OpaquePointer

    /// OpenBLAS does not divide its work, since the team has divided it already.
    private static let library: Void = openblas_set_num_threads(1)

    /// Starts the threads. Where the system refuses them, the process ends.
    ///
    /// - Parameter count: from 1 to 1,024.
    public init(count: Int) {
        precondition((1...1024).contains(count), "a team has a size")
        Self.library
        guard let team = clayers_team_create(Int32(count)) else { fatalError("\(count) threads cannot be had") }
        self.count = count
        self.team = team
    }

    deinit {
        clayers_team_destroy(team)
    }

    /// Calls once on every thread with the thread's number, and returns when all are done.
    ///
    /// One call at a time: a body must not call it again.
    public func run(_ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var body = body
            let status = withUnsafeMutablePointer(to: &body) { context in
                clayers_team_run(
                    team,
                    { context, thread in
                        context?.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(Int(thread))
                    }, context)
            }
            precondition(status == 0, "a team does one thing at a time")
        }
    }

    /// Divides a range among the threads in runs of the same length, rounded up to a multiple; which numbers a thread gets
    /// depends on the range, the multiple and ``count`` alone.
    public func divide(_ total: Int, multipleOf multiple: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        run { thread in
            let range = share(of: total, multipleOf: multiple, thread: thread)
            if !range.isEmpty { body(range) }
        }
    }

    /// What ``divide(_:multipleOf:_:)`` gives to a thread.
    func share(of total: Int, multipleOf multiple: Int, thread: Int) -> Range<Int> {
        let share = (total + count * multiple - 1) / (count * multiple) * multiple
        return min(thread * share, total)..<min((thread + 1) * share, total)
    }

    /// Memory of a thread for the time of a call, only to be asked for on that thread; a second request takes back the first.
    func scratch<Number: BitwiseCopyable>(
        _: Number.Type, count: Int, thread: Int
    ) -> UnsafeMutablePointer<Number> {
        let bytes = max(count, 1) * MemoryLayout<Number>.stride
        guard let memory = clayers_team_scratch(team, Int32(thread), bytes) else {
            fatalError("\(bytes) bytes of memory cannot be had")
        }
        return memory.bindMemory(to: Number.self, capacity: count)
    }
}
