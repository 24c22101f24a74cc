/// Tokenised rows of one batch of records, column by column as the dataset stores them.
struct TokenizedRows: Sendable {
    var tokens: [Int32] = []
    var promptLengths: [Int32] = []
    var expertLengths: [Int32] = []
    /// Row-major, one line of ratios for each row.
    var prefixEnds: [Int32] = []
    /// Numbers within the batch's file until ``DatasetWriter`` adds the rows of the files before.
    var promptIndices: [Int32] = []
    var traceIndices: [Int32] = []
    var ids: [String] = []
    var answers: [String] = []
    var problems: [String] = []
    var sources: [String] = []
    var counts = DatasetCounts()
    /// The rows that could not be used, in order.
    var badRows: [BadRow] = []

    struct BadRow: Sendable {
        var row: Int
        var byte: Int
        var reason: String
    }

    var count: Int { promptLengths.count }

    /// Where the rows end, to come back to.
    var mark: (rows: Int, tokens: Int, prefixEnds: Int) { (count, tokens.count, prefixEnds.count) }

    /// Takes away what was added since `mark`; at most the tokens and prefix ends of a row that is not complete.
    mutating func removeAll(behind mark: (rows: Int, tokens: Int, prefixEnds: Int)) {
        tokens.removeLast(tokens.count - mark.tokens)
        prefixEnds.removeLast(prefixEnds.count - mark.prefixEnds)
        let extra = count - mark.rows
        guard extra > 0 else { return }
        promptLengths.removeLast(extra)
        expertLengths.removeLast(extra)
        promptIndices.removeLast(extra)
        traceIndices.removeLast(extra)
        ids.removeLast(extra)
        answers.removeLast(extra)
        problems.removeLast(extra)
        sources.removeLast(extra)
    }
}
