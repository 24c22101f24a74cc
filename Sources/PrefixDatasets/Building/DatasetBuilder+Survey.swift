extension DatasetBuilder {
    /// Reads the problems of all parts and decides on their rows, where duplicates or a limit make that necessary.
    ///
    /// Signatures are computed concurrently and compared in order, so that every process that surveys the same parts
    /// decides the same. Reads no further than the limit.
    ///
    /// - Throws: as building; rows without a problem are left to the building to complain of.
    func survey(
        _ parts: [InputPart], _ progress: @Sendable (Progress) -> Void
    ) async throws -> RowSelection? {
        let settings = rules.settings
        guard settings.deduplication != .none || settings.limit != nil else { return nil }
        var state = Progress(phase: .surveying)
        state.bytesTotal = try parts.reduce(0) { $0 + (try $1.byteRange().count) }
        var selection = RowSelection(parts: parts.count)
        var problems = KnownProblems(settings.deduplication, parts)
        var passed = 0
        var reader = BatchReader(
            parts, settings.columns, for: .problems, toleratedBadRows: settings.toleratedBadRows)
        let filters = rules.rowFilters
        let surveyors = WorkerPool { try RowSurveyor(settings.columns, filters, settings.deduplication) }
        try await pipeline.run(&reader) { batch in
            try surveyors.withWorker(for: batch) { try $0.survey(batch) }
        } take: { (rows: [SurveyedRow], bytesRead) in
            for row in rows {
                switch row.finding {
                case .dropped(let verdict):
                    // Whether a problem is in the sample is cheaper to find out again than to remember.
                    if verdict.reason != .notSampled { selection.drop(row.place, verdict) }
                case .signature(let signature):
                    if let verdict = problems.verdict(on: signature, at: row.place) {
                        selection.drop(row.place, verdict)
                    } else {
                        passed += 1
                    }
                }
                // Here and not at the next row: what is behind the limit is not looked at, and may well be bad.
                if passed == settings.limit {
                    selection.end(behind: row.place)
                    return false
                }
            }
            state.bytesRead = bytesRead
            state.rows += rows.count
            progress(state)
            return true
        }
        return selection
    }
}

/// What a survey finds out about a row by itself.
struct SurveyedRow: Sendable {
    enum Finding: Sendable {
        case dropped(Verdict)
        case signature(ProblemSignature)
    }

    let place: RowPlace
    let finding: Finding
}

/// Computes the signatures of problems. It belongs to one task at a time, as its pool makes sure.
final class RowSurveyor: @unchecked Sendable {
    private var parser: RowParser
    private let filters: RowFilters
    private let deduplication: Deduplication

    init(_ columns: ColumnMapping, _ filters: RowFilters, _ deduplication: Deduplication) throws {
        parser = try RowParser(columns)
        self.filters = filters
        self.deduplication = deduplication
    }

    func survey(_ batch: TraceBatch) throws -> [SurveyedRow] {
        var rows: [SurveyedRow] = []
        try parser.forEach(batch) { (problem: Result<Problem, BadRow>, place) in
            // What is wrong with a row is said when it is tokenised.
            guard case .success(let problem) = problem else { return }
            if let verdict = filters.verdict(on: problem.text) {
                rows.append(SurveyedRow(place: place, finding: .dropped(verdict)))
            } else {
                rows.append(
                    SurveyedRow(
                        place: place, finding: .signature(try ProblemSignature(of: problem, for: deduplication))))
            }
        }
        return rows
    }
}
