import Synchronization

/// Works on batches concurrently and takes the results in the order of the input.
///
/// Reading and taking happen on one task, the work on others. What comes out does not depend on how many there are.
struct BatchPipeline: Sendable {
    /// How many batches are worked on at a time.
    let threads: Int

    private static let batchBytes = 1 << 20
    /// How many bytes of rows may be under way, unless a single batch has more. Parsing and encoding take several times
    /// as much for a while.
    private static let bytesUnderWay = 16 << 20

    /// Reads all batches, calls `work` for each on some task, and `take` with each result in order.
    ///
    /// - Parameter take: also gets how many bytes were read so far; returns false where no further batch is wanted.
    /// - Throws: what reading, `work` and `take` throw; an error of reading only behind the results of the batches before
    ///   it, which may be bad themselves: the first error of the input counts, whatever the threads.
    func run<Output: Sendable>(
        _ reader: inout BatchReader, work: @escaping @Sendable (TraceBatch) throws -> Output,
        take: (Output, _ bytesRead: Int) async throws -> Bool
    ) async throws {
        var order = BatchOrder<Output>()
        var unreadable: (any Error)?
        var isWanted = true
        try await withThrowingTaskGroup(of: (Int, Output).self) { group in
            while isWanted, let batch = Self.next(&reader, &unreadable) {
                try Task.checkCancellation()
                // Twice as many as can run: the writer may wait for the oldest while the others go on.
                while order.running >= threads || order.waiting >= 2 * threads
                    || !order.hasRoom(for: batch.bytes, of: Self.bytesUnderWay)
                {
                    guard let (index, output) = try await group.next() else { break }
                    for output in order.complete(output, at: index) where isWanted {
                        isWanted = try await take(output, reader.bytesRead)
                    }
                }
                let index = order.submit(bytes: batch.bytes)
                group.addTask { (index, try work(batch)) }
            }
            while let (index, output) = try await group.next() {
                for output in order.complete(output, at: index) where isWanted {
                    isWanted = try await take(output, reader.bytesRead)
                }
            }
        }
        if let unreadable, isWanted { throw unreadable }
    }

    private static func next(_ reader: inout BatchReader, _ failure: inout (any Error)?) -> TraceBatch? {
        do {
            return try reader.next(maxBytes: batchBytes)
        } catch {
            failure = error
            return nil
        }
    }
}

/// Puts results that finish in any order back into the order of their submission.
struct BatchOrder<Output> {
    private var results: [Int: Output] = [:]
    private var sizes: [Int: Int] = [:]
    private var bytes = 0
    private var submitted = 0
    private var finished = 0
    private var delivered = 0

    /// Tasks that have not finished.
    var running: Int { submitted - finished }
    /// Results that were not delivered yet, running ones included.
    var waiting: Int { submitted - delivered }

    /// Whether so many bytes more may be under way. Where nothing is, anything may.
    func hasRoom(for additional: Int, of limit: Int) -> Bool {
        bytes == 0 || bytes + additional <= limit
    }

    /// The index for another task, whose input has so many bytes.
    mutating func submit(bytes: Int) -> Int {
        defer { submitted += 1 }
        self.bytes += bytes
        sizes[submitted] = bytes
        return submitted
    }

    /// Takes a result and returns those whose turn has come.
    mutating func complete(_ output: Output, at index: Int) -> [Output] {
        finished += 1
        results[index] = output
        var ready: [Output] = []
        while let next = results.removeValue(forKey: delivered) {
            ready.append(next)
            bytes -= sizes.removeValue(forKey: delivered) ?? 0
            delivered += 1
        }
        return ready
    }
}

/// Workers that wait for work; there are as many as ever worked at once. Each belongs to one task at a time.
///
/// One that has seen a very large batch is let go, and with it the memory that it grew to.
final class WorkerPool<Worker: AnyObject & Sendable>: Sendable {
    private let make: @Sendable () throws -> Worker
    private let idle = Mutex<[Worker]>([])

    init(_ make: @escaping @Sendable () throws -> Worker) {
        self.make = make
    }

    /// Calls `body` with a worker that nobody else uses meanwhile.
    func withWorker<Output>(for batch: TraceBatch, _ body: (Worker) throws -> Output) throws -> Output {
        let worker = try idle.withLock { $0.popLast() } ?? make()
        defer {
            if batch.bytes <= 4 << 20 { idle.withLock { $0.append(worker) } }
        }
        return try body(worker)
    }
}
