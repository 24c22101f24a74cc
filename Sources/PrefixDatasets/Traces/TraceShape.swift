import JSON

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
    static func recognized(in row: JSONValue, _ columns: ColumnMapping) -> TraceShape? {
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
    func row(_ value: JSONValue, _ columns: ColumnMapping) throws(TraceRowError) -> TraceRow {
        guard value.kind == .object else { throw TraceRowError(reason: "is not a JSON object") }
        let reader = ColumnReader(row: value, columns: columns)
        switch self {
        case .openR1: return try Self.openR1Row(reader)
        case .verl: return try Self.verlRow(reader)
        case .completion: return try Self.completionRow(reader)
        case .chat: return try Self.chatRow(reader)
        }
    }

    private static func openR1Row(_ reader: ColumnReader) throws(TraceRowError) -> TraceRow {
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

    private static func verlRow(_ reader: ColumnReader) throws(TraceRowError) -> TraceRow {
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

    private static func completionRow(_ reader: ColumnReader) throws(TraceRowError) -> TraceRow {
        let messages = try reader.messages("prompt")
        return TraceRow(
            id: reader.scalar("uuid") ?? reader.scalar("id"), problem: lastUserContent(messages),
            answer: reader.scalar("answer") ?? "", source: reader.scalar("source") ?? "", messages: messages,
            traces: unjudged([try reader.lastContent("completion")]))
    }

    private static func chatRow(_ reader: ColumnReader) throws(TraceRowError) -> TraceRow {
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

/// Typed access to the columns of one row.
private struct ColumnReader {
    let row: JSONValue
    let columns: ColumnMapping

    func has(_ name: String) -> Bool {
        columns.value(name, in: row) != nil
    }

    /// A column that must hold text.
    func text(_ name: String) throws(TraceRowError) -> String {
        guard let value = columns.value(name, in: row) else { throw .missing(name) }
        guard let text = value.string else { throw .wrongType(name, "a string") }
        return text
    }

    /// A column of text or a number, as text; nil where it is missing or something else.
    func scalar(_ name: String) -> String? {
        guard let value = columns.value(name, in: row) else { return nil }
        switch value.kind {
        case .string: return value.string
        case .integer: return value.int64.map(String.init) ?? value.uint64.map(String.init)
        case .double: return value.double.map { "\($0)" }
        case .bool: return value.bool.map { $0 ? "true" : "false" }
        default: return nil
        }
    }

    /// A list of texts; one text alone is a list of one. A null among them is an empty text.
    func texts(_ name: String) throws(TraceRowError) -> [String] {
        guard let value = columns.value(name, in: row) else { throw .missing(name) }
        if let text = value.string { return [text] }
        guard value.kind == .array else { throw .wrongType(name, "a list of strings") }
        var texts: [String] = []
        guard value.count <= TraceRow.maximumTraces else {
            throw TraceRowError(
                reason: "has \(value.count) elements in '\(name)'; at most \(TraceRow.maximumTraces) are read")
        }
        for element in value.elements {
            if element.isNull {
                texts.append("")
            } else if let text = element.string {
                texts.append(text)
            } else if element.kind == .object || element.kind == .array {
                texts.append(try lastContent(of: element, name))
            } else {
                throw .wrongType(name, "a list of strings")
            }
        }
        return texts
    }

    /// A list of true, false and null, filled up with null to `count`.
    func flags(_ name: String, count: Int) throws(TraceRowError) -> [Bool?] {
        var flags = [Bool?](repeating: nil, count: count)
        guard let value = columns.value(name, in: row) else { return flags }
        guard value.kind == .array else { throw .wrongType(name, "a list of true and false") }
        for (index, element) in value.elements.enumerated() where index < count {
            guard element.isNull || element.kind == .bool else { throw .wrongType(name, "a list of true and false") }
            flags[index] = element.bool
        }
        return flags
    }

    /// A conversation; text alone is what the user says.
    func messages(_ name: String) throws(TraceRowError) -> [ChatMessage] {
        guard let value = columns.value(name, in: row) else { throw .missing(name) }
        if let text = value.string { return [ChatMessage(role: "user", content: text)] }
        return try messages(of: value, name)
    }

    func optionalMessages(_ name: String) throws(TraceRowError) -> [ChatMessage] {
        guard let value = columns.value(name, in: row) else { return [] }
        return try messages(of: value, name)
    }

    /// Text, or the content of the last message of a conversation.
    func lastContent(_ name: String) throws(TraceRowError) -> String {
        guard let value = columns.value(name, in: row) else { throw .missing(name) }
        return try lastContent(of: value, name)
    }

    private func lastContent(of value: JSONValue, _ name: String) throws(TraceRowError) -> String {
        if let text = value.string { return text }
        guard let last = try messages(of: value, name).last else {
            throw .wrongType(name, "a text or a list of messages")
        }
        return last.content
    }

    private func messages(of value: JSONValue, _ name: String) throws(TraceRowError) -> [ChatMessage] {
        guard value.kind == .array else { throw .wrongType(name, "a list of messages") }
        var messages: [ChatMessage] = []
        for element in value.elements {
            // ShareGPT calls the two fields from and value.
            guard let role = (element["role"] ?? element["from"])?.string,
                let content = (element["content"] ?? element["value"])
            else { throw .wrongType(name, "a list of messages with role and content") }
            messages.append(ChatMessage(role: Self.role(role), content: try text(of: content, name)))
        }
        return messages
    }

    /// A content is text, or a list of parts of which the texts count.
    private func text(of content: JSONValue, _ name: String) throws(TraceRowError) -> String {
        if let text = content.string { return text }
        if content.isNull { return "" }
        guard content.kind == .array else { throw .wrongType(name, "a list of messages with text in them") }
        return content.elements.compactMap { $0["text"]?.string }.joined()
    }

    private static func role(_ role: String) -> String {
        switch role {
        case "human": "user"
        case "gpt": "assistant"
        default: role
        }
    }
}
