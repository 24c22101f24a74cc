import JSON

/// A line that a reward process printed.
enum RewardAnswerLine {
    /// An answer to the request with this id, or why it is none.
    case answer(id: Int, RewardProcessResult)
    /// No id can be told, for this reason.
    case garbage(String)

    /// Reads a line, without its line feed. Linear in its length.
    init(_ line: UnsafeRawBufferPointer, parser: inout JSONParser) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try parser.parse(line)
        } catch {
            self = .garbage("not JSON (\(error.message)): \(Self.beginning(of: line))")
            return
        }
        let root = document.root
        guard root.kind == .object else {
            self = .garbage("not an object: \(Self.beginning(of: line))")
            return
        }
        guard let id = root["id"]?.int else {
            self = .garbage("id is missing or no integer: \(Self.beginning(of: line))")
            return
        }
        self = .answer(id: id, Self.result(root))
    }

    private static func result(_ root: JSONValue) -> RewardProcessResult {
        guard let reward = root["reward"] else {
            return RewardProcessResult(problem: .invalidAnswer("reward is missing"))
        }
        guard reward.isNull || reward.double != nil else {
            return RewardProcessResult(problem: .invalidAnswer("reward is neither a number nor null"))
        }
        for name in ["extracted", "reason"] {
            if let value = root[name], !value.isNull, value.kind != .string {
                return RewardProcessResult(problem: .invalidAnswer("\(name) is no string"))
            }
        }
        return RewardProcessResult(
            reward: reward.double, extracted: root["extracted"]?.string, reason: root["reason"]?.string)
    }

    /// The first characters, fit to be shown.
    static func beginning(of line: some Collection<UInt8>) -> String {
        let text = String(decoding: line.prefix(80), as: UTF8.self)
        return text + (line.count > 80 ? "..." : "")
    }
}
