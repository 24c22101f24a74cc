import JSON
import Tokenization

/// What all workers share: tokenizer, settings, prefix rule, filters.
struct RowRules: Sendable {
    let tokenizer: Tokenizer
    let settings: DatasetSettings
    let prompts: PromptRenderer
    let prefixRule: PrefixRule
    let endOfSequence: Int32
    let rowFilters: RowFilters
}

/// Turns batches of rows into tokenised rows: parsing, filters, template, encoding.
///
/// Holds an encoder and a parser, which belong to one task at a time: the pool of workers hands a row tokenizer out and
/// takes it back, and never to two tasks at once. That is what makes the unchecked conformance sound.
final class RowTokenizer: @unchecked Sendable {
    /// How many tokens at the end of a trace are a loop that never ended; tables and proofs may well repeat fewer.
    private static let loopTokens = 1000

    private let rules: RowRules
    private let encoder: TokenEncoder
    private var parser: RowParser
    private var repetition = RepetitionMeasure()

    init(_ rules: RowRules) throws {
        self.rules = rules
        encoder = TokenEncoder(rules.tokenizer)
        parser = try RowParser(rules.settings.columns)
    }

    /// Tokenises the rows of a batch. Bad rows are reported in the result.
    ///
    /// - Parameter selection: what was decided on the rows beforehand, where it was.
    /// - Throws: `CancellationError`.
    func tokenize(_ batch: TraceBatch, _ selection: RowSelection?) throws -> TokenizedRows {
        var rows = TokenizedRows()
        try parser.forEach(batch) { (row: Result<TraceRow, BadRow>, place) in
            if let selection, selection.isBehindLimit(place) { return }
            rows.counts.rows += 1
            let mark = rows.mark
            do {
                let row = try row.get()
                try add(row, place, of: batch, selection, to: &rows)
            } catch {
                let bad: BadRow
                switch error {
                case let error as BadRow: bad = error
                case let error as TokenizerError: bad = BadRow(place: place, reason: "cannot be encoded: \(error)")
                case let error as PromptError: bad = BadRow(place: place, reason: error.reason)
                default: throw error
                }
                // Traces of the row that came before the one that cannot be encoded are no row of the dataset.
                rows.removeAll(behind: mark)
                rows.counts.badRows += 1
                rows.badRows.append(bad)
            }
        }
        return rows
    }

    private func add(
        _ row: TraceRow, _ place: RowPlace, of batch: TraceBatch, _ selection: RowSelection?,
        to rows: inout TokenizedRows
    ) throws {
        let settings = rules.settings
        rows.counts.traces += row.traces.count
        if row.traces.isEmpty { rows.counts.rowsWithoutTraces += 1 }
        var dropped = DroppedTraces(row, isWanted: settings.keepsDropped)
        defer { dropped.write(row, place, of: batch, to: &rows) }
        if let verdict = rules.rowFilters.verdict(on: row.problem, at: place, selection) {
            return dropped.dropAll(verdict)
        }
        let prompt = try rules.prompts.render(conversation(of: row))
        var promptIDs: [Int32] = []
        try encoder.encode(prompt.utf8Span, addingSpecialTokens: settings.addsSpecialTokens, into: &promptIDs)
        guard promptIDs.count >= settings.minimumPrompt else {
            return dropped.dropAll(Verdict(.promptTooShort, "\(promptIDs.count) tokens"))
        }
        guard promptIDs.count <= settings.maximumPrompt else {
            return dropped.dropAll(Verdict(.promptTooLong, "\(promptIDs.count) tokens"))
        }
        var kept = 0
        for trace in row.traces {
            if let reason = rejection(of: trace) {
                dropped.drop(trace, Verdict(reason))
                continue
            }
            let text = settings.expertPart.extract(from: trace.text, after: prompt)
            guard !text.isEmpty else {
                dropped.drop(trace, Verdict(.empty))
                continue
            }
            guard kept < settings.tracesPerPrompt ?? .max else {
                dropped.drop(trace, Verdict(.overTracesPerPrompt))
                continue
            }
            if let verdict = try add(text, of: trace, to: &rows) {
                dropped.drop(trace, verdict)
                continue
            }
            if kept == 0 {
                rows.prompts.append(
                    TokenizedRows.Prompt(
                        number: batch.rowsBefore + place.row, tokens: promptIDs, id: Self.storable(row.id ?? ""),
                        answer: Self.storable(row.answer), problem: Self.storable(row.problem),
                        source: Self.storable(row.source)))
            }
            kept += 1
            rows.promptOfRow.append(Int32(clamping: rows.prompts.count - 1))
        }
        rows.counts.kept += kept
        if kept > 0 { rows.counts.keptPrompts += 1 }
    }

    /// Adds the expert's side of a row, or says why it is dropped.
    private func add(_ text: Substring, of trace: TraceRow.Trace, to rows: inout TokenizedRows) throws -> Verdict? {
        let settings = rules.settings
        let start = rows.expertTokens.count
        try encoder.encode(text.utf8Span, into: &rows.expertTokens)
        let length = rows.expertTokens.count - start
        if let verdict = verdict(on: rows.expertTokens[start...]) {
            rows.expertTokens.removeLast(length)
            return verdict
        }
        if length > settings.maximumExpert {
            rows.expertTokens.removeLast(length - settings.maximumExpert)
            rows.counts.truncated += 1
        }
        rows.expertTokens.append(rules.endOfSequence)
        rows.prefixEnds += rules.prefixRule.ends(in: rows.expertTokens[start...])
        rows.expertLengths.append(Int32(clamping: rows.expertTokens.count - start))
        rows.traceIndices.append(Int32(clamping: trace.index))
        return nil
    }

    /// Whether the tokens of a trace are too few, too many or too much the same.
    private func verdict(on tokens: ArraySlice<Int32>) -> Verdict? {
        let settings = rules.settings
        if tokens.count < settings.minimumExpert { return Verdict(.expertTooShort, "\(tokens.count) tokens") }
        if settings.dropsLongExperts, tokens.count > settings.maximumExpert {
            return Verdict(.expertTooLong, "\(tokens.count) tokens")
        }
        guard let most = settings.maximumRepetition else { return nil }
        let measured = repetition.measure(tokens.span)
        guard measured.duplicatedShare > most || measured.loopTokens >= Self.loopTokens else { return nil }
        let percent = Int((measured.duplicatedShare * 100).rounded())
        return Verdict(
            .repetitive, "\(percent) % of its tokens repeat others, and its last \(measured.loopTokens) loop")
    }

    private func rejection(of trace: TraceRow.Trace) -> DatasetCounts.Reason? {
        if rules.settings.requiresCorrect {
            guard let isCorrect = trace.isCorrect else { return .correctnessUnknown }
            if !isCorrect { return .incorrect }
        }
        if rules.settings.requiresComplete {
            guard let isComplete = trace.isComplete else { return .completenessUnknown }
            if !isComplete { return .incomplete }
        }
        return nil
    }

    private func conversation(of row: TraceRow) -> [ChatMessage] {
        var messages = row.messages
        if let system = rules.settings.system, !messages.contains(where: { $0.role == "system" }) {
            messages.insert(ChatMessage(role: "system", content: system), at: 0)
        }
        if !rules.settings.promptSuffix.isEmpty, let last = messages.lastIndex(where: { $0.role == "user" }) {
            messages[last].content += rules.settings.promptSuffix
        }
        return messages
    }

    /// HDF5's strings end at a NUL, so one inside is replaced by U+FFFD. The tokens hold the text as it was.
    private static func storable(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
    }
}
