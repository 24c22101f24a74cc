import JSON
import Synchronization

/// A batch that has been tokenised.
struct TokenizedBatch: Sendable {
    /// Its place in the order of the input.
    let index: Int
    let path: String
    let firstPrompt: Int
    let rows: TokenizedRows
}

/// Puts results that finish in any order back into the order of their submission.
struct BatchOrder {
    private var results: [Int: TokenizedBatch] = [:]
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
    mutating func complete(_ batch: TokenizedBatch) -> [TokenizedBatch] {
        finished += 1
        results[batch.index] = batch
        var ready: [TokenizedBatch] = []
        while let next = results.removeValue(forKey: delivered) {
            ready.append(next)
            bytes -= sizes.removeValue(forKey: delivered) ?? 0
            delivered += 1
        }
        return ready
    }
}

/// Row tokenizers that wait for work; there are as many as ever worked at once.
///
/// One that has seen a very large batch is let go, and with it the memory that it grew to.
final class WorkerPool: Sendable {
    private static let largestKept = 4 << 20

    private let rules: RowRules
    private let idle = Mutex<[RowTokenizer]>([])

    init(_ rules: RowRules) {
        self.rules = rules
    }

    /// Tokenises a batch with a tokenizer that nobody else uses meanwhile.
    func tokenize(_ batch: TraceBatch, index: Int) throws -> TokenizedBatch {
        let worker = try idle.withLock { $0.popLast() } ?? RowTokenizer(rules)
        defer {
            if batch.records.bytes.count <= Self.largestKept { idle.withLock { $0.append(worker) } }
        }
        let rows = try worker.tokenize(batch.records, shape: batch.shape)
        return TokenizedBatch(index: index, path: batch.path, firstPrompt: batch.firstPrompt, rows: rows)
    }
}
