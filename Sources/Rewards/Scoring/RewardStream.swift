import Dispatch
public import JSON
import Synchronization

/// Scores rows of (gold answer, response) pairs as they come, in their order.
///
/// Rows are schemas/reward-pair.v1.json, results schemas/reward-result.v1.json. The results depend on nothing but the rows: not on
/// the number of threads, nor on how the rows arrive. Memory is bounded by what is read at a time, the longest row, and the
/// longest group.
public struct RewardStream: Sendable {
    /// The most rows in a group.
    public static let largestGroup = 65_536
    /// How many rows are scored before their results are shown.
    private static let portion = 256

    /// What is computed.
    public var recipe: RewardRecipe
    /// Fields of rows that stand in their results too.
    public var keptFields: [String] = []
    /// The field by which neighbouring rows are of one group, for `length`.
    public var groupField: String?
    /// The field that holds a response's length, or its tokens; nil counts the Unicode scalars of its text.
    public var lengthField: String?
    /// Whether a row that cannot be read gets a result that says so, instead of ending all.
    public var skipsBadRows = false
    /// How many threads score rows, 1 or more.
    public var threads = 1
    /// Whether to wait for more rows where some have come: faster for files, wrong for pipes that somebody waits at.
    public var fillsBatches = true

    /// A stream that keeps nothing.
    public init(_ recipe: RewardRecipe) {
        self.recipe = recipe
    }

    /// Scores all rows.
    ///
    /// - Parameters:
    ///   - reader: what to read; its layout is lines.
    ///   - process: for the part `process`; needed exactly where there is one.
    ///   - isCancelled: asked between portions of rows; once true, the stream ends.
    ///   - progress: called now and then with what has been read, in bytes of the file, and the rows that have a result.
    ///   - emit: takes the lines of results, some at a time.
    /// - Throws: ``RewardStreamError`` for rows, `RecordError` for the file, and what `emit` throws. Rows before an error have their
    ///   results, apart from those of a group that is not complete.
    public func run(
        _ reader: inout RecordReader, process: RewardProcess? = nil, isCancelled: () -> Bool = { false },
        progress: (Int, Int) -> Void = { _, _ in }, emit: ([UInt8]) throws -> Void
    ) throws -> RewardSummary {
        precondition(recipe.contains(.process) == (process != nil), "a process is needed exactly where one is a part")
        var results = ResultQueue(recipe, isGrouped: recipe.contains(.length))
        while !isCancelled() {
            let batch = try reader.nextBatch(maxBytes: 1 << 20, fillsBatch: fillsBatches)
            guard let batch else {
                results.endGroup()
                try flush(&results, emit)
                return results.summary
            }
            var rest = batch.records[...]
            while !rest.isEmpty, !isCancelled() {
                var rows = try score(rest.prefix(Self.portion), of: batch)
                rest = rest.dropFirst(Self.portion)
                if let process { judge(&rows, process) }
                guard !isCancelled() else { break }
                for row in rows {
                    if let error = results.add(row, path: reader.path, skipsBadRows: skipsBadRows) {
                        try flush(&results, emit)
                        throw error
                    }
                }
                try flush(&results, emit)
                progress(reader.consumed, results.summary.rows)
            }
        }
        return results.summary
    }

    /// Scores one pair.
    ///
    /// - Parameters:
    ///   - gold: needed where a part compares answers; there is no result otherwise, but a line that says so.
    ///   - process: for the part `process`.
    /// - Returns: the line of the result, and a summary of the one row.
    /// - Throws: `JSONError` where memory runs out.
    public func result(
        gold: String?, response: String, process: RewardProcess? = nil
    ) throws(JSONError) -> (line: [UInt8], summary: RewardSummary) {
        let row = JSONNode.object([("gold", gold.map { .string($0) } ?? .null), ("response", .string(response))])
        var scorer = try RowScorer(self)
        var scored = ScoredRow(line: 1)
        scorer.score(try JSONDocument.parsing(try JSONWriter().string(row)).root, &scored)
        var rows = [scored]
        if let process { judge(&rows, process) }
        var results = ResultQueue(recipe, isGrouped: recipe.contains(.length))
        _ = results.add(rows[0], path: "", skipsBadRows: true)
        results.endGroup()
        return (results.takeBytes(), results.summary)
    }

    /// The results of single rows, on several threads.
    private func score(
        _ records: ArraySlice<RecordBatch.Record>, of batch: RecordBatch
    ) throws(JSONError) -> [ScoredRow] {
        let share = 8
        let shares = (records.count + share - 1) / share
        let next = Atomic(0)
        let state = Mutex<(rows: [Int: [ScoredRow]], error: JSONError?)>(([:], nil))
        DispatchQueue.concurrentPerform(iterations: min(max(threads, 1), shares)) { _ in
            do throws(JSONError) {
                var scorer = try RowScorer(self)
                while true {
                    let number = next.add(1, ordering: .relaxed).oldValue
                    guard number < shares else { return }
                    let rows = records.dropFirst(number * share).prefix(share).map { scorer.score($0, of: batch) }
                    state.withLock { $0.rows[number] = rows }
                }
            } catch {
                state.withLock { $0.error = error }
            }
        }
        let (rows, error) = state.withLock { $0 }
        if let error { throw error }
        return (0..<shares).flatMap { rows[$0] ?? [] }
    }

    /// Asks the process about rows that could be read.
    private func judge(_ rows: inout [ScoredRow], _ process: RewardProcess) {
        guard let part = recipe.parts.firstIndex(where: { $0.name == .process }) else { return }
        let asked = rows.indices.filter { rows[$0].problem == nil && rows[$0].request != nil }
        let results = process.score(asked.compactMap { rows[$0].request })
        for (index, result) in zip(asked, results) {
            rows[index].take(result, at: part, hasAnswer: recipe.needsAnswer)
        }
    }

    private func flush(_ results: inout ResultQueue, _ emit: ([UInt8]) throws -> Void) throws {
        let bytes = results.takeBytes()
        if !bytes.isEmpty { try emit(bytes) }
    }
}

/// A row that cannot be scored.
public struct RewardStreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// The field; nil where it is the whole line.
    public let field: String?
    /// What is wrong.
    public let message: String

    /// The error on one line.
    public var description: String { "\(path): line \(line): \(field.map { "\($0): " } ?? "")\(message)" }
}
