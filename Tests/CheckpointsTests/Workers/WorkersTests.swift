import Checkpoints
import Synchronization
import Testing

@Suite struct WorkersTests {
    private struct Failure: Error, Equatable {
        let job: Int
    }

    @Test(arguments: [1, 2, 7])
    func everyJobRunsOnce(threads: Int) throws {
        let runs = Mutex([Int](repeating: 0, count: 1_000))
        try Workers.run(jobs: 1_000, threads: threads) { job in runs.withLock { $0[job] += 1 } }
        #expect(runs.withLock { $0 } == [Int](repeating: 1, count: 1_000))
    }

    @Test(arguments: [1, 2, 5])
    func theFirstErrorInOrderCounts(threads: Int) {
        for _ in 0..<50 {
            #expect(throws: Failure(job: 10)) {
                try Workers.run(jobs: 100, threads: threads) { job in if job >= 10 { throw Failure(job: job) } }
            }
        }
    }

    @Test func nothingIsBegunAfterAnError() {
        let begun = Mutex(0)
        #expect(throws: Failure.self) {
            try Workers.run(jobs: 1_000_000, threads: 2) { job in
                begun.withLock { $0 += 1 }
                throw Failure(job: job)
            }
        }
        #expect(begun.withLock { $0 } <= 2)
    }

    @Test func cancellationStops() async {
        let started = AsyncStream<Void>.makeStream()
        let task = Task.detached {
            try Workers.run(jobs: .max, threads: 2) { _ in started.continuation.finish() }
        }
        for await _ in started.stream {}
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func theTurnstileKeepsTheOrder() throws {
        let order = Mutex<[Int]>([])
        let turnstile = Turnstile()
        try Workers.run(jobs: 300, threads: 4) { job in
            try turnstile.pass(job) { order.withLock { $0.append(job) } }
        }
        #expect(order.withLock { $0 } == Array(0..<300))
    }

    @Test func whoWaitsForAFailedOneIsReleased() {
        let turnstile = Turnstile()
        #expect(throws: Failure(job: 3)) {
            try Workers.run(jobs: 50, threads: 4, state: {}, failed: { _ in turnstile.close() }) { job, _ in
                if job == 3 { throw Failure(job: job) }
                try turnstile.pass(job) {}
            }
        }
    }
}
