/// Typed access to the columns of one row.
struct ColumnReader<Value: RowValue> {
    let row: Value
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
        columns.value(name, in: row)?.scalarText
    }

    /// A list of texts; one text alone is a list of one. A null among them is an empty text.
    func texts(_ name: String) throws(TraceRowError) -> [String] {
        guard let value = columns.value(name, in: row) else { throw .missing(name) }
        if let text = value.string { return [text] }
        guard value.isArray else { throw .wrongType(name, "a list of strings") }
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
            } else if element.isObject || element.isArray {
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
        guard value.isArray else { throw .wrongType(name, "a list of true and false") }
        for (index, element) in value.elements.enumerated() where index < count {
            guard element.isNull || element.bool != nil else { throw .wrongType(name, "a list of true and false") }
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

    private func lastContent(of value: Value, _ name: String) throws(TraceRowError) -> String {
        if let text = value.string { return text }
        guard let last = try messages(of: value, name).last else {
            throw .wrongType(name, "a text or a list of messages")
        }
        return last.content
    }

    private func messages(of value: Value, _ name: String) throws(TraceRowError) -> [ChatMessage] {
        guard value.isArray else { throw .wrongType(name, "a list of messages") }
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
    private func text(of content: Value, _ name: String) throws(TraceRowError) -> String {
        if let text = content.string { return text }
        if content.isNull { return "" }
        guard content.isArray else { throw .wrongType(name, "a list of messages with text in them") }
        return content.elements.compactMap { $0["text"]?.string }.joined()
    }

    static func role(_ role: String) -> String {
        switch role {
        case "human": "user"
        case "gpt": "assistant"
        default: role
        }
    }
}
