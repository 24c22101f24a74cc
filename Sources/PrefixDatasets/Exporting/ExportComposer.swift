import Parquet
import Tokenization

/// Makes rows of a layout out of rows of a dataset.
struct ExportComposer: Sendable {
    /// Rows of one prompt, and what their file says about them.
    struct Group: Sendable {
        var source: Source
        var rows: [PrefixDataset.BlockRow]
    }

    /// What a file says about all of its rows.
    struct Source: Sendable {
        var path: String
        var recovery: ConversationRecovery
        var prefixRatios: [Double]
        var endOfSequence: Int32?
    }

    let settings: ExportSettings
    let decoder: TextDecoder?

    /// The columns.
    var fields: [ParquetField] {
        let ids = ParquetFieldType.list(of: .int32)
        let message = ParquetFieldType.structure([ParquetField("role", .string), ParquetField("content", .string)])
        let isStandard = settings.conversations == .standard
        let conversation = isStandard ? ParquetFieldType.string : .list(of: message)
        let origin = [ParquetField("id", .string), ParquetField("answer", .string), ParquetField("source", .string)]
        let numbers = [ParquetField("prompt_index", .int32), ParquetField("trace_index", .int32)]
        switch settings.layout {
        case .ids:
            return [
                ParquetField("input_ids", ids), ParquetField("prompt_length", .int32), ParquetField("prefix_ends", ids),
            ] + (settings.addsLabels ? [ParquetField("labels", ids)] : []) + numbers + origin
                + [ParquetField("problem", .string)]
        case .verl:
            return [
                ParquetField("data_source", .string), ParquetField("prompt", .list(of: message)),
                ParquetField("target", .list(of: message)), ParquetField("ability", .string),
                ParquetField(
                    "reward_model",
                    .structure([ParquetField("ground_truth", .string), ParquetField("style", .string)])),
                ParquetField(
                    "extra_info",
                    .structure([
                        ParquetField("index", .int64), ParquetField("split", .string), ParquetField("id", .string),
                        ParquetField("problem", .string), ParquetField("answer_list", .list(of: .string)),
                        ParquetField("trace_indices", ids), ParquetField("prefix_ratios", .list(of: .double)),
                    ])),
                ParquetField("prompt_ids", ids), ParquetField("target_ids", .list(of: ids)),
                ParquetField("prefix_ends", .list(of: ids)),
            ]
        case .trlSFT:
            return [ParquetField(isStandard ? "text" : "messages", conversation)] + numbers + origin
        case .trlPromptCompletion:
            return [ParquetField("prompt", conversation), ParquetField("completion", conversation)] + numbers + origin
        case .trlPromptOnly:
            return [ParquetField("prompt", conversation), ParquetField("prompt_index", .int32)] + origin
        }
    }

    private var holdsMessages: Bool {
        settings.layout == .verl || settings.layout != .ids && settings.conversations == .conversational
    }

    /// The rows of a group, and whether their messages are proved to render to the prompt.
    ///
    /// - Throws: ``ExportError/undecodable(path:row:reason:)``; `CancellationError`.
    func rows(of group: Group) throws -> (rows: [[ParquetCell]], isExact: Bool) {
        try Task.checkCancellation()
        guard let first = group.rows.first else { return ([], true) }
        if settings.layout == .ids { return (group.rows.map(idsRow), true) }
        let prompt = try text(first.prompt, of: first, in: group)
        let conversation =
            holdsMessages
            ? group.source.recovery.conversation(prompt, problem: first.problem)
            : ConversationRecovery.Conversation(messages: [], isExact: true)
        switch settings.layout {
        case .ids, .verl:
            return ([try verlRow(group, first, conversation.messages)], conversation.isExact)
        case .trlPromptOnly:
            let row = [promptCell(prompt, conversation.messages), .int32(first.promptIndex)] + origin(of: first)
            return ([row], conversation.isExact)
        case .trlSFT, .trlPromptCompletion:
            let rows = try group.rows.map { row in
                let expert = try expertText(row, in: group)
                let texts: [ParquetCell] =
                    switch (settings.layout, settings.conversations) {
                    case (.trlSFT, .standard): [.string(prompt + expert)]
                    case (.trlSFT, .conversational):
                        [Self.cell(conversation.messages + [Self.answer(expert)])]
                    case (_, .standard): [.string(prompt), .string(expert)]
                    case (_, .conversational):
                        [Self.cell(conversation.messages), Self.cell([Self.answer(expert)])]
                    }
                return texts + [.int32(row.promptIndex), .int32(row.traceIndex)] + origin(of: row)
            }
            return (rows, conversation.isExact)
        }
    }

    private func idsRow(_ row: PrefixDataset.BlockRow) -> [ParquetCell] {
        var cells: [ParquetCell] = [
            .int32s(row.tokens), .int32(Int32(clamping: row.promptLength)), .int32s(row.prefixEnds),
        ]
        if settings.addsLabels {
            cells.append(.int32s(repeatElement(-100, count: row.promptLength) + row.expert))
        }
        return cells + [.int32(row.promptIndex), .int32(row.traceIndex)] + origin(of: row) + [.string(row.problem)]
    }

    private func verlRow(
        _ group: Group, _ first: PrefixDataset.BlockRow, _ messages: [ChatMessage]
    ) throws -> [ParquetCell] {
        let texts = try group.rows.map { try expertText($0, in: group) }
        let source = settings.dataSource ?? (first.source.isEmpty ? "unknown" : first.source)
        return [
            .string(source), Self.cell(messages), Self.cell(texts.prefix(1).map(Self.answer)),
            .string(settings.ability), .structure([.string(first.answer), .string("rule")]),
            .structure([
                .int64(Int64(first.promptIndex)), .string(settings.split), .string(first.id), .string(first.problem),
                .list(texts.map(ParquetCell.string)), .int32s(ArraySlice(group.rows.map(\.traceIndex))),
                .list(group.source.prefixRatios.map(ParquetCell.double)),
            ]),
            .int32s(first.prompt), .list(group.rows.map { .int32s($0.expert) }),
            .list(group.rows.map { .int32s($0.prefixEnds) }),
        ]
    }

    private func promptCell(_ text: String, _ messages: [ChatMessage]) -> ParquetCell {
        settings.conversations == .standard ? .string(text) : Self.cell(messages)
    }

    private func origin(of row: PrefixDataset.BlockRow) -> [ParquetCell] {
        [.string(row.id), .string(row.answer), .string(row.source)]
    }

    private static func answer(_ text: String) -> ChatMessage {
        ChatMessage(role: "assistant", content: text)
    }

    private static func cell(_ messages: [ChatMessage]) -> ParquetCell {
        .list(messages.map { .structure([.string($0.role), .string($0.content)]) })
    }

    /// What the expert wrote, without the EOS that ends every row: trainers add their own.
    private func expertText(_ row: PrefixDataset.BlockRow, in group: Group) throws -> String {
        let endsProperly = row.expert.last == group.source.endOfSequence
        return try text(endsProperly ? row.expert.dropLast() : row.expert, of: row, in: group)
    }

    private func text(_ ids: ArraySlice<Int32>, of row: PrefixDataset.BlockRow, in group: Group) throws -> String {
        guard let decoder else { throw ExportError.noTokenizer(layout: settings.layout.rawValue) }
        do {
            return try decoder.decode(ids)
        } catch {
            throw ExportError.undecodable(path: group.source.path, row: row.number, reason: "\(error)")
        }
    }
}
