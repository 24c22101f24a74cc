import JSON
import Tokenization

/// What all workers share: tokenizer, settings, prefix rule.
struct RowRules: Sendable {
    let tokenizer: Tokenizer
    let settings: DatasetSettings
    let prefixRule: PrefixRule
    let endOfSequence: Int32
}

/// Turns records into tokenised rows: parsing, filters, template, encoding.
///
/// Holds an encoder and a parser, which belong to one task at a time: ``DatasetBuilder`` hands a row tokenizer out and
/// takes it back, and never to two tasks at once. That is what makes the unchecked conformance sound.
final class RowTokenizer: @unchecked Sendable {
    private let rules: RowRules
    private let encoder: TokenEncoder
    private var parser: JSONParser

    init(_ rules: RowRules) throws {
        self.rules = rules
        encoder = TokenEncoder(rules.tokenizer)
        parser = try JSONParser()
    }

    /// Tokenises the records of a batch; without a shape all of them are bad. Bad rows are reported in the result.
    ///
    /// - Throws: `CancellationError`.
    func tokenize(_ batch: RecordBatch, shape: TraceShape?) throws -> TokenizedRows {
        var rows = TokenizedRows()
        for record in batch.records {
            try Task.checkCancellation()
            rows.counts.rows += 1
            let mark = rows.mark
            let bad: TokenizedRows.BadRow
            do {
                let document = try parser.parse(record, of: batch)
                guard let shape else { throw TraceRowError.noShape(document.root) }
                let row = try shape.row(document.root, rules.settings.columns)
                try add(row, number: record.row - 1, to: &rows)
                continue
            } catch let error as JSONError {
                let byte = record.byteOffset + error.byte
                bad = .init(row: record.row, byte: byte, reason: "is not valid JSON: \(error.message)")
            } catch let error as TraceRowError {
                bad = .init(row: record.row, byte: record.byteOffset, reason: error.reason)
            } catch let error as TokenizerError {
                bad = .init(row: record.row, byte: record.byteOffset, reason: "cannot be encoded: \(error)")
            }
            // Traces of the row that came before the one that cannot be encoded are no row of the dataset.
            rows.removeAll(behind: mark)
            rows.counts.badRows += 1
            rows.badRows.append(bad)
        }
        return rows
    }

    private func add(_ row: TraceRow, number: Int, to rows: inout TokenizedRows) throws {
        let settings = rules.settings
        rows.counts.traces += row.traces.count
        if row.traces.isEmpty { rows.counts.rowsWithoutTraces += 1 }
        let prompt = settings.template.render(conversation(of: row))
        var promptIDs: [Int32] = []
        try encoder.encode(Array(prompt.utf8), addingSpecialTokens: settings.addsSpecialTokens, into: &promptIDs)
        guard promptIDs.count <= settings.maximumPrompt else {
            rows.counts.drop(.promptTooLong, row.traces.count)
            return
        }
        var kept = 0
        for trace in row.traces {
            if let reason = rejection(of: trace) {
                rows.counts.drop(reason)
                continue
            }
            let text = settings.expertPart.extract(from: trace.text, after: prompt)
            guard !text.isEmpty else {
                rows.counts.drop(.empty)
                continue
            }
            guard kept < settings.tracesPerPrompt ?? .max else {
                rows.counts.drop(.overTracesPerPrompt)
                continue
            }
            if kept == 0 {
                rows.prompts.append(
                    TokenizedRows.Prompt(
                        number: number, tokens: promptIDs, id: Self.storable(row.id ?? ""),
                        answer: Self.storable(row.answer), problem: Self.storable(row.problem),
                        source: Self.storable(row.source)))
            }
            kept += 1
            try add(text, of: trace, to: &rows)
        }
        rows.counts.kept += kept
        if kept > 0 { rows.counts.keptPrompts += 1 }
    }

    /// Adds a row for the last prompt.
    private func add(_ text: String, of trace: TraceRow.Trace, to rows: inout TokenizedRows) throws {
        let start = rows.expertTokens.count
        try encoder.encode(Array(text.utf8), into: &rows.expertTokens)
        let surplus = rows.expertTokens.count - start - rules.settings.maximumExpert
        if surplus > 0 {
            rows.expertTokens.removeLast(surplus)
            rows.counts.truncated += 1
        }
        rows.expertTokens.append(rules.endOfSequence)
        rows.prefixEnds += rules.prefixRule.ends(in: rows.expertTokens[start...])
        rows.expertLengths.append(Int32(clamping: rows.expertTokens.count - start))
        rows.promptOfRow.append(Int32(clamping: rows.prompts.count - 1))
        rows.traceIndices.append(Int32(clamping: trace.index))
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
