/// A row of a trace file: a prompt and what the expert wrote for it.
public struct TraceRow: Equatable, Sendable {
    /// The most traces that a row may hold; the rows that they become take far more memory than a few bytes of JSON.
    static let maximumTraces = 65_536

    /// One output of the expert.
    public struct Trace: Equatable, Sendable {
        /// Its number within the row, before any filter.
        public var index: Int
        /// The output.
        public var text: String
        /// Whether its answer was found right; nil where the row does not say.
        public var isCorrect: Bool?
        /// Whether its reasoning came to an end; nil where the row does not say.
        public var isComplete: Bool?
    }

    /// What the row calls itself, or nil.
    public var id: String?
    /// The text of the problem.
    public var problem: String
    /// The expected answer; empty where the row has none.
    public var answer: String
    /// Where the row comes from; empty where it does not say.
    public var source: String
    /// The conversation up to the answer.
    public var messages: [ChatMessage]
    /// The expert's outputs.
    public var traces: [Trace]
}

/// What is wrong with one row, without its place.
public struct TraceRowError: Error, Equatable, Sendable {
    /// Such as "has no column 'generations'".
    public var reason: String

    /// A row in which no shape is recognised.
    static func noShape(_ row: some RowValue) -> TraceRowError {
        guard row.isObject else { return TraceRowError(reason: "is not a JSON object") }
        let names = row.memberNames.prefix(20).joined(separator: ", ")
        return TraceRowError(
            reason: "has no columns of a known shape (problem and generations; prompt and target; prompt and "
                + "completion; messages) but: \(names); map them with --columns problem=NAME,generations=NAME")
    }

    static func missing(_ column: String) -> TraceRowError {
        TraceRowError(reason: "has no column '\(column)'; map another one to it with --columns \(column)=NAME")
    }

    static func wrongType(_ column: String, _ expected: String) -> TraceRowError {
        TraceRowError(reason: "has a column '\(column)' that is not \(expected)")
    }
}
