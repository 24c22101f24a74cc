/// Tokenised rows of one batch of records.
///
/// What the traces of one prompt share is held once: a row of a trace file may hold many traces, and its prompt must not
/// be paid for by each of them.
struct TokenizedRows: Sendable {
    /// What the rows of one prompt share.
    struct Prompt: Sendable {
        /// The number of its row among all that were read, from 0.
        var number: Int
        var tokens: [Int32]
        var id: String
        var answer: String
        var problem: String
        var source: String
    }

    var prompts: [Prompt] = []
    /// For each row, which of the prompts it continues.
    var promptOfRow: [Int32] = []
    /// The expert tokens of all rows end to end.
    var expertTokens: [Int32] = []
    var expertLengths: [Int32] = []
    /// Row-major, one line of ratios for each row.
    var prefixEnds: [Int32] = []
    var traceIndices: [Int32] = []
    var counts = DatasetCounts()
    /// The rows that could not be used, in order.
    var badRows: [BadRow] = []
    /// What was dropped, as lines of JSON, where that is to be kept.
    var droppedLines: [UInt8] = []

    var count: Int { promptOfRow.count }

    /// Tokens of all rows, prompts included.
    var tokenCount: Int {
        promptOfRow.reduce(expertTokens.count) { $0 + prompts[Int($1)].tokens.count }
    }

    /// Where the rows end, to come back to.
    struct Mark {
        let prompts: Int
        let rows: Int
        let expertTokens: Int
        let prefixEnds: Int
        let droppedLines: Int
        let counts: DatasetCounts
    }

    var mark: Mark {
        Mark(
            prompts: prompts.count, rows: count, expertTokens: expertTokens.count, prefixEnds: prefixEnds.count,
            droppedLines: droppedLines.count, counts: counts)
    }

    /// Takes away what was added since `mark`, bad rows apart: the rows of a record that could not be encoded to its end.
    mutating func removeAll(behind mark: Mark) {
        prompts.removeLast(prompts.count - mark.prompts)
        promptOfRow.removeLast(promptOfRow.count - mark.rows)
        expertTokens.removeLast(expertTokens.count - mark.expertTokens)
        expertLengths.removeLast(expertLengths.count - mark.rows)
        prefixEnds.removeLast(prefixEnds.count - mark.prefixEnds)
        traceIndices.removeLast(traceIndices.count - mark.rows)
        droppedLines.removeLast(droppedLines.count - mark.droppedLines)
        counts = mark.counts
    }
}
