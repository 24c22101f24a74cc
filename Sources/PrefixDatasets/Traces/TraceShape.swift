/// The row shapes that trace files come in.
public enum TraceShape: String, CaseIterable, Sendable {
    /// OpenR1-Math: problem, answer, generations, correctness_*, is_reasoning_complete, uuid, source.
    case openR1 = "openr1"
    /// LUFFY and verl: prompt, target, reward_model.ground_truth, extra_info.answer_list.
    case verl = "verl"
    /// TRL: prompt, completion.
    case completion = "completion"
    /// A conversation whose last assistant turn is the trace.
    case chat = "chat"

    /// The shape of a row by the columns that it has, or nil.
    static func recognized(in row: some RowValue, _ columns: ColumnMapping) -> TraceShape? {
        func has(_ name: String) -> Bool { columns.value(name, in: row) != nil }
        if has("generations") { return .openR1 }
        if has("target") || has("extra_info.answer_list") { return .verl }
        if has("prompt"), has("completion") { return .completion }
        if has("problem") { return .openR1 }
        return has("messages") ? .chat : nil
    }

    /// Reads a row of this shape.
    ///
    /// - Throws: ``TraceRowError`` when a column that the shape needs is missing or of the wrong type.
    func row(_ value: some RowValue, _ columns: ColumnMapping) throws(TraceRowError) -> TraceRow {
        guard value.isObject else { throw TraceRowError(reason: "is not a JSON object") }
        let reader = ColumnReader(row: value, columns: columns)
        switch self {
        case .openR1: return try Self.openR1Row(reader)
        case .verl: return try Self.verlRow(reader)
        case .completion: return try Self.completionRow(reader)
        case .chat: return try Self.chatRow(reader)
        }
    }

    /// The problem and the answer of a row of this shape, as ``row(_:_:)`` reads them.
    ///
    /// - Throws: ``TraceRowError`` when the column that holds the problem is missing or of the wrong type.
    func problem(
        of value: some RowValue, _ columns: ColumnMapping
    ) throws(TraceRowError) -> (text: String, answer: String) {
        let reader = ColumnReader(row: value, columns: columns)
        let answer = reader.scalar(answerColumn) ?? ""
        switch self {
        case .openR1: return (try reader.text("problem"), answer)
        case .verl, .completion: return (Self.lastUserContent(try reader.messages("prompt")), answer)
        case .chat: return (try Self.chatRow(reader).problem, answer)
        }
    }

    /// The columns that ``problem(of:_:)`` looks at.
    var problemColumns: [String] {
        switch self {
        case .openR1: ["problem", answerColumn]
        case .verl, .completion: ["prompt", answerColumn]
        case .chat: ["messages", answerColumn]
        }
    }

    private var answerColumn: String { self == .verl ? "reward_model.ground_truth" : "answer" }

    private static func openR1Row(_ reader: ColumnReader<some RowValue>) throws(TraceRowError) -> TraceRow {
        let problem = try reader.text("problem")
        // The messages column repeats problem and trace; only its system message says something new.
        var messages = try reader.optionalMessages("messages").filter { $0.role == "system" }
        messages.append(ChatMessage(role: "user", content: problem))
        let outputs = try reader.texts("generations")
        let verified = try reader.flags("correctness_math_verify", count: outputs.count)
        let judged = try reader.flags("correctness_llama", count: outputs.count)
        let complete = try reader.flags("is_reasoning_complete", count: outputs.count)
        let traces = outputs.enumerated().map { index, text in
            TraceRow.Trace(
                index: index, text: text, isCorrect: verified[index] ?? judged[index], isComplete: complete[index])
        }
        return TraceRow(
            id: reader.scalar("uuid") ?? reader.scalar("id"), problem: problem, answer: reader.scalar("answer") ?? "",
            source: reader.scalar("source") ?? "", messages: messages, traces: traces)
    }

    private static func verlRow(_ reader: ColumnReader<some RowValue>) throws(TraceRowError) -> TraceRow {
        let messages = try reader.messages("prompt")
        // TRAPO's own set keeps its traces in answer_list; the target repeats the first of them.
        let outputs =
            reader.has("extra_info.answer_list")
            ? try reader.texts("extra_info.answer_list") : [try reader.lastContent("target")]
        return TraceRow(
            id: reader.scalar("extra_info.index"), problem: lastUserContent(messages),
            answer: reader.scalar("reward_model.ground_truth") ?? "", source: reader.scalar("data_source") ?? "",
            messages: messages, traces: unjudged(outputs))
    }

    private static func completionRow(_ reader: ColumnReader<some RowValue>) throws(TraceRowError) -> TraceRow {
        let messages = try reader.messages("prompt")
        return TraceRow(
            id: reader.scalar("uuid") ?? reader.scalar("id"), problem: lastUserContent(messages),
            answer: reader.scalar("answer") ?? "", source: reader.scalar("source") ?? "", messages: messages,
            traces: unjudged([try reader.lastContent("completion")]))
    }

    private static func chatRow(_ reader: ColumnReader<some RowValue>) throws(TraceRowError) -> TraceRow {
        let turns = try reader.messages("messages")
        guard let last = turns.lastIndex(where: { $0.role == "assistant" }) else {
            throw TraceRowError(reason: "has a column 'messages' without an assistant turn")
        }
        let messages = Array(turns[..<last])
        return TraceRow(
            id: reader.scalar("uuid") ?? reader.scalar("id"), problem: lastUserContent(messages),
            answer: reader.scalar("answer") ?? "", source: reader.scalar("source") ?? "", messages: messages,
            traces: unjudged([turns[last].content]))
    }

    private static func lastUserContent(_ messages: [ChatMessage]) -> String {
        messages.last { $0.role == "user" }?.content ?? ""
    }

    private static func unjudged(_ outputs: [String]) -> [TraceRow.Trace] {
        outputs.enumerated().map { TraceRow.Trace(index: $0, text: $1) }
    }
}
