import Glibc
import Synchronization

/// Runs numbered jobs on several threads.
public enum Workers {
    private struct State {
        var next = 0
        var failure: (job: Int, error: any Error)?
    }

    /// Calls `body` for each job from 0 on, on `threads` threads, and returns when all are done.
    ///
    /// Jobs are begun in order. After a job failed or the task was cancelled no further one is begun.
    ///
    /// - Parameters:
    ///   - state: makes what a thread keeps from job to job, such as buffers.
    ///   - failed: called at once, on the thread of a job that failed, so that others can stop waiting for it.
    /// - Throws: the error of the first job in order that failed, or `CancellationError`.
    public static func run<Local>(
        jobs: Int, threads: Int, state makeLocal: @escaping @Sendable () -> Local,
        failed: @escaping @Sendable (any Error) -> Void = { _ in },
        _ body: @escaping @Sendable (Int, inout Local) throws -> Void
    ) throws {
        let shared = Shared()
        let work: @Sendable () -> Void = {
            var local = makeLocal()
            while let job = shared.begin(of: jobs) {
                do {
                    try body(job, &local)
                } catch {
                    shared.fail(job: job, error)
                    failed(error)
                }
            }
        }
        try withUnsafeCurrentTask { task in
            // The task outlives the threads, which end inside this closure; asking it is safe from any thread.
            nonisolated(unsafe) let task = task
            shared.isCancelled = { task?.isCancelled ?? false }
            defer { shared.isCancelled = { false } }
            let others = (1..<max(1, min(threads, jobs))).compactMap { _ in WorkerThread(work) }
            work()
            for thread in others { thread.join() }
            if let error = shared.failure { throw error }
            if task?.isCancelled ?? false, !shared.isDone(of: jobs) { throw CancellationError() }
        }
    }

    /// As ``run(jobs:threads:state:failed:_:)``, without anything kept.
    public static func run(
        jobs: Int, threads: Int, _ body: @escaping @Sendable (Int) throws -> Void
    ) throws {
        try run(jobs: jobs, threads: threads, state: {}) { job, _ in try body(job) }
    }

    private final class Shared: @unchecked Sendable {
        private let state = Mutex(State())
        /// Set before the threads begin and after they ended.
        var isCancelled: @Sendable () -> Bool = { false }

        func begin(of jobs: Int) -> Int? {
            if isCancelled() { return nil }
            return state.withLock { state in
                guard state.failure == nil, state.next < jobs else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func fail(job: Int, _ error: any Error) {
            state.withLock { state in
                // One that gave up waiting for another says nothing about what went wrong.
                if let known = state.failure {
                    if error is CancellationError { return }
                    if known.job < job, !(known.error is CancellationError) { return }
                }
                state.failure = (job, error)
            }
        }

        func isDone(of jobs: Int) -> Bool { state.withLock { $0.next >= jobs } }

        var failure: (any Error)? { state.withLock { $0.failure?.error } }
    }
}

/// One thread; threads beside the tasks' pool, since they wait for disks.
private struct WorkerThread {
    private let thread: pthread_t

    /// Nil where the system has no further thread: the others do its work.
    init?(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            return nil
        }
        self.thread = thread
    }

    func join() {
        pthread_join(thread, nil)
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
