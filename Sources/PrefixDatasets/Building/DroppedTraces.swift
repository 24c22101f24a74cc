import JSON

/// Why a row or a trace is dropped.
struct Verdict: Equatable, Sendable {
    let reason: DatasetCounts.Reason
    /// What there is to say besides; empty where the reason says all.
    let detail: String

    init(_ reason: DatasetCounts.Reason, _ detail: String = "") {
        self.reason = reason
        self.detail = detail
    }
}

/// The traces of one row that are dropped.
///
/// They are written as a row of the OpenR1 shape for each reason, so that a file of dropped traces is a trace file
/// itself: what was dropped can be looked at, mended and tokenised again. Earlier turns of a conversation are written, but
/// that shape does not read them. There are few reasons, while the details may
/// differ from trace to trace, and each row repeats problem and answer.
struct DroppedTraces {
    private let traces: [TraceRow.Trace]
    private let isWanted: Bool
    private var groups: [Group] = []
    private var counts: [(reason: DatasetCounts.Reason, traces: Int)] = []

    /// Traces that are dropped for one reason.
    private struct Group {
        let reason: DatasetCounts.Reason
        /// One for each trace, or one for all of them.
        var details: [String]
        var traces: [TraceRow.Trace]

        /// What is different from trace to trace is said in their order.
        var detail: String {
            details.allSatisfy { $0 == details.first } ? details.first ?? "" : details.joined(separator: "; ")
        }
    }

    init(_ row: TraceRow, isWanted: Bool) {
        traces = row.traces
        self.isWanted = isWanted
    }

    /// Drops one trace.
    mutating func drop(_ trace: TraceRow.Trace, _ verdict: Verdict) {
        counts.append((verdict.reason, 1))
        guard isWanted else { return }
        if let index = groups.firstIndex(where: { $0.reason == verdict.reason }) {
            groups[index].details.append(verdict.detail)
            groups[index].traces.append(trace)
        } else {
            groups.append(Group(reason: verdict.reason, details: [verdict.detail], traces: [trace]))
        }
    }

    /// Drops the row.
    mutating func dropAll(_ verdict: Verdict) {
        counts.append((verdict.reason, traces.count))
        if isWanted { groups.append(Group(reason: verdict.reason, details: [verdict.detail], traces: traces)) }
    }

    /// Counts what was dropped, and appends it as lines where that is wanted.
    func write(_ row: TraceRow, _ place: RowPlace, of batch: TraceBatch, to rows: inout TokenizedRows) {
        for count in counts { rows.counts.drop(count.reason, traces: count.traces) }
        for group in groups {
            let line: JSONNode = .object([
                ("reason", .string(group.reason.rawValue)),
                ("detail", .string(group.detail)),
                ("file", .string(batch.part.path)),
                ("row", batch.number(of: place).map { .int(Int64($0)) } ?? .null),
                ("byte", place.byte.map { .int(Int64($0)) } ?? .null),
                ("traces", .array(group.traces.map { .int(Int64($0.index)) })),
                ("uuid", row.id.map(JSONNode.string) ?? .null),
                ("source", .string(row.source)),
                ("problem", .string(row.problem)),
                ("answer", .string(row.answer)),
                (
                    "messages",
                    .array(row.messages.map { ["role": .string($0.role), "content": .string($0.content)] })
                ),
                ("generations", .array(group.traces.map { .string($0.text) })),
                ("correctness_math_verify", .array(group.traces.map { $0.isCorrect.map(JSONNode.bool) ?? .null })),
                ("is_reasoning_complete", .array(group.traces.map { $0.isComplete.map(JSONNode.bool) ?? .null })),
            ])
            // Nodes of strings and integers can always be written.
            try? JSONWriter().write(line, to: &rows.droppedLines)
            rows.droppedLines.append(0x0A)
        }
    }
}
