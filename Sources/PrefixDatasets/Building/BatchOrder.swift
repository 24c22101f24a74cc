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
    private var submitted = 0
    private var finished = 0
    private var delivered = 0

    /// Tasks that have not finished.
    var running: Int { submitted - finished }
    /// Results that were not delivered yet, running ones included.
    var waiting: Int { submitted - delivered }

    /// The index for another task.
    mutating func submit() -> Int {
        defer { submitted += 1 }
        return submitted
    }

    /// Takes a result and returns those whose turn has come.
    mutating func complete(_ batch: TokenizedBatch) -> [TokenizedBatch] {
        finished += 1
        results[batch.index] = batch
        var ready: [TokenizedBatch] = []
        while let next = results.removeValue(forKey: delivered) {
            ready.append(next)
            delivered += 1
        }
        return ready
    }
}

/// Row tokenizers that wait for work; there are as many as ever worked at once.
final class WorkerPool: Sendable {
    private let rules: RowRules
    private let idle = Mutex<[RowTokenizer]>([])

    init(_ rules: RowRules) {
        self.rules = rules
    }

    /// Tokenises a batch with a tokenizer that nobody else uses meanwhile.
    func tokenize(_ batch: TraceBatch, index: Int) throws -> TokenizedBatch {
        let worker = try idle.withLock { $0.popLast() } ?? RowTokenizer(rules)
        defer { idle.withLock { $0.append(worker) } }
        let rows = try worker.tokenize(batch.records, shape: batch.shape)
        return TokenizedBatch(index: index, path: batch.path, firstPrompt: batch.firstPrompt, rows: rows)
    }
}
