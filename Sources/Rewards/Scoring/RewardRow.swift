import JSON

/// A row of what is to be scored: schemas/reward-pair.v1.json.
struct RewardRow {
    /// The names of the gold answer's field and of the response's; the first that a row has counts.
    static let goldNames = ["gold", "answer", "solution", "ground_truth"]
    static let responseNames = ["response", "completion"]

    let gold: String?
    let response: String
    let length: Int
    let group: [UInt8]
    let request: RewardRequest?

    /// Reads a row.
    ///
    /// - Throws: what is wrong, and with which field.
    init(_ row: JSONValue, settings: RewardStream) throws(RewardRowError) {
        guard row.kind == .object else { throw RewardRowError(field: nil, message: "is not an object") }
        gold = try Self.text(row, Self.goldNames, isNeeded: settings.recipe.needsAnswer)
        guard let response = try Self.text(row, Self.responseNames, isNeeded: true, acceptsNumbers: false) else {
            throw RewardRowError(field: Self.responseNames[0], message: "is missing")
        }
        self.response = response
        length = settings.recipe.needsLength ? try Self.length(row, settings.lengthField, response) : 0
        group = try settings.groupField.map { name throws(RewardRowError) in try Self.group(row, name) } ?? []
        request = settings.recipe.contains(.process) ? Self.request(row, gold, response) : nil
    }

    private static func text(
        _ row: JSONValue, _ names: [String], isNeeded: Bool, acceptsNumbers: Bool = true
    ) throws(RewardRowError) -> String? {
        for name in names {
            guard let value = row[name], !value.isNull else { continue }
            if let text = value.string { return text }
            if acceptsNumbers, let number = value.int64 { return String(number) }
            if acceptsNumbers, let number = value.uint64 { return String(number) }
            if acceptsNumbers, let number = value.double { return number.description }
            throw RewardRowError(field: name, message: acceptsNumbers ? "is no string and no number" : "is no string")
        }
        guard !isNeeded else {
            throw RewardRowError(
                field: names[0],
                message: "is missing or null (also looked for: \(names.dropFirst().joined(separator: ", ")))")
        }
        return nil
    }

    private static func length(_ row: JSONValue, _ field: String?, _ response: String) throws(RewardRowError) -> Int {
        guard let field else { return response.unicodeScalars.count }
        guard let value = row[field] else { throw RewardRowError(field: field, message: "is missing") }
        if value.kind == .array { return value.count }
        guard let length = value.int, length >= 0 else {
            throw RewardRowError(field: field, message: "is neither a length, of 0 or more, nor an array of tokens")
        }
        return length
    }

    private static func group(_ row: JSONValue, _ field: String) throws(RewardRowError) -> [UInt8] {
        guard let value = row[field] else { throw RewardRowError(field: field, message: "is missing") }
        guard value.kind != .array, value.kind != .object else {
            throw RewardRowError(field: field, message: "is no string and no number")
        }
        var bytes: [UInt8] = []
        // What was parsed can be written.
        try? JSONWriter().write(JSONNode(value), to: &bytes)
        return bytes
    }

    private static func request(_ row: JSONValue, _ gold: String?, _ response: String) -> RewardRequest {
        var request = RewardRequest(gold: gold, response: response)
        guard case .object(let members) = JSONNode(row) else { return request }
        for (name, value) in members where !goldNames.contains(name) && !responseNames.contains(name) {
            if name == "prompt", case .string(let text) = value {
                request.prompt = text
            } else {
                request.columns.append((name, value))
            }
        }
        return request
    }
}

/// What is wrong with a row.
struct RewardRowError: Error {
    /// Nil where it is the whole row.
    let field: String?
    let message: String
}
