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
}
