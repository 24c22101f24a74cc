/// Tokenised rows of one batch of records, column by column as the dataset stores them.
struct TokenizedRows: Sendable {
    var tokens: [Int32] = []
    var promptLengths: [Int32] = []
    var expertLengths: [Int32] = []
    /// Row-major, one line of ratios for each row.
    var prefixEnds: [Int32] = []
    /// Numbers within the batch's file until ``RowWriter`` adds the rows of the files before.
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

    /// Where the rows end now, to go back to.
    struct Mark {
        let tokens: Int
        let rows: Int
        let prefixEnds: Int
        let counts: DatasetCounts
    }

    var mark: Mark { Mark(tokens: tokens.count, rows: count, prefixEnds: prefixEnds.count, counts: counts) }

    /// Takes back what was added since `mark`, bad rows apart. Rows are added column by column, so that after a failure
    /// some columns may be longer than others.
    mutating func restore(_ mark: Mark) {
        tokens.removeLast(tokens.count - mark.tokens)
        prefixEnds.removeLast(prefixEnds.count - mark.prefixEnds)
        for column in [\TokenizedRows.promptLengths, \.expertLengths, \.promptIndices, \.traceIndices] {
            self[keyPath: column].removeLast(self[keyPath: column].count - mark.rows)
        }
        for column in [\TokenizedRows.ids, \.answers, \.problems, \.sources] {
            self[keyPath: column].removeLast(self[keyPath: column].count - mark.rows)
        }
        counts = mark.counts
    }
}
