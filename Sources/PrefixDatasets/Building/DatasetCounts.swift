public import JSON

/// What became of the rows and traces that were read.
///
/// `traces` = `kept` + the sum of `dropped`.
public struct DatasetCounts: Equatable, Sendable {
    /// Why a trace was dropped, in the order in which the filters are asked.
    public enum Reason: String, CaseIterable, Sendable {
        /// Its row is not in the sample.
        case notSampled = "not_sampled"
        /// Its problem shares a stretch of words with a benchmark.
        case contaminated = "contaminated"
        /// Its problem came before.
        case duplicate = "duplicate"
        /// A problem much like its own came before.
        case nearDuplicate = "near_duplicate"
        /// Its row's prompt has too few tokens.
        case promptTooShort = "prompt_too_short"
        /// Its row's prompt has too many tokens.
        case promptTooLong = "prompt_too_long"
        /// Its answer was found wrong.
        case incorrect = "incorrect"
        /// Correct traces are asked for, and the row does not say.
        case correctnessUnknown = "correctness_unknown"
        /// Its reasoning does not come to an end.
        case incomplete = "incomplete"
        /// Complete traces are asked for, and the row does not say.
        case completenessUnknown = "completeness_unknown"
        /// Nothing is left of its text.
        case empty = "empty"
        /// Enough traces of its prompt were kept already.
        case overTracesPerPrompt = "over_traces_per_prompt"
        /// It has too few tokens.
        case expertTooShort = "expert_too_short"
        /// It has too many tokens, and is not to be cut.
        case expertTooLong = "expert_too_long"
        /// It repeats itself.
        case repetitive = "repetitive"

        /// Whether it is a row that is dropped, with all of its traces.
        public var concernsRows: Bool {
            switch self {
            case .notSampled, .contaminated, .duplicate, .nearDuplicate, .promptTooShort, .promptTooLong: true
            default: false
            }
        }
    }

    /// Rows of the trace files, bad ones included.
    public var rows = 0
    /// Rows that were passed over because they could not be used.
    public var badRows = 0
    /// Rows without any trace.
    public var rowsWithoutTraces = 0
    /// Traces in the usable rows.
    public var traces = 0
    /// Traces written: the rows of the dataset.
    public var kept = 0
    /// Rows of the trace files of which at least one trace was written.
    public var keptPrompts = 0
    /// Kept traces that were cut to the most tokens of an expert.
    public var truncated = 0
    /// Traces dropped by each filter.
    public var dropped: [Reason: Int] = [:]
    /// Rows dropped whole, by the filters that concern rows.
    public var droppedRows: [Reason: Int] = [:]

    /// Nothing read yet.
    public init() {}

    /// Drops a trace, or all traces of a row where the reason concerns rows.
    mutating func drop(_ reason: Reason, traces count: Int = 1) {
        dropped[reason, default: 0] += count
        if reason.concernsRows { droppedRows[reason, default: 0] += 1 }
    }

    /// Adds the counts of another stretch of rows.
    mutating func add(_ other: DatasetCounts) {
        rows += other.rows
        badRows += other.badRows
        rowsWithoutTraces += other.rowsWithoutTraces
        traces += other.traces
        kept += other.kept
        keptPrompts += other.keptPrompts
        truncated += other.truncated
        dropped.merge(other.dropped, uniquingKeysWith: +)
        droppedRows.merge(other.droppedRows, uniquingKeysWith: +)
    }

    /// The counts as the dataset's `counts` attribute records them.
    public var json: JSONNode {
        .object([
            ("rows", .int(Int64(rows))),
            ("bad_rows", .int(Int64(badRows))),
            ("rows_without_traces", .int(Int64(rowsWithoutTraces))),
            ("traces", .int(Int64(traces))),
            ("kept", .int(Int64(kept))),
            ("kept_prompts", .int(Int64(keptPrompts))),
            ("truncated", .int(Int64(truncated))),
            ("dropped", .object(Reason.allCases.map { ($0.rawValue, .int(Int64(dropped[$0] ?? 0))) })),
            (
                "dropped_rows",
                .object(
                    Reason.allCases.filter(\.concernsRows).map { ($0.rawValue, .int(Int64(droppedRows[$0] ?? 0))) })
            ),
        ])
    }

    /// The counts that are not zero, on one line.
    public var summary: String {
        var parts = ["\(rows) rows", "\(traces) traces"]
        if badRows > 0 { parts.append("\(badRows) bad rows") }
        if rowsWithoutTraces > 0 { parts.append("\(rowsWithoutTraces) rows without traces") }
        for reason in Reason.allCases {
            if let count = dropped[reason], count > 0 {
                parts.append("\(count) dropped as \(reason.rawValue.replacing("_", with: " "))")
            }
        }
        return parts.joined(separator: ", ")
    }
}
