public import JSON

/// What a reward process is asked: schemas/reward-request.v1.json without the id, which is the process's own.
public struct RewardRequest: Sendable, Equatable {
    /// The gold answer, as the row has it.
    public var gold: String?
    /// The prompt.
    public var prompt: String?
    /// The response to judge.
    public var response: String
    /// What else the row has.
    public var columns: [(key: String, value: JSONNode)]

    /// A request.
    public init(
        gold: String?, prompt: String? = nil, response: String, columns: [(key: String, value: JSONNode)] = []
    ) {
        self.gold = gold
        self.prompt = prompt
        self.response = response
        self.columns = columns
    }

    /// Whether all fields are the same.
    public static func == (left: RewardRequest, right: RewardRequest) -> Bool { left.node(id: 0) == right.node(id: 0) }

    private func node(id: Int) -> JSONNode {
        .object([
            ("id", .int(Int64(id))), ("gold", gold.map { .string($0) } ?? .null),
            ("prompt", prompt.map { .string($0) } ?? .null), ("response", .string(response)),
            ("columns", .object(columns)),
        ])
    }

    /// The line that is sent, line feed included; nil where a column holds a number that JSON has not.
    func line(id: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        guard (try? JSONWriter().write(node(id: id), to: &bytes)) != nil else { return nil }
        bytes.append(0x0A)
        return bytes
    }
}

/// What came of a request.
public struct RewardProcessResult: Sendable, Equatable {
    /// Why there is no reward from the process.
    public enum Problem: Sendable, Equatable, CustomStringConvertible {
        /// No answer came in time; the process was ended.
        case timedOut
        /// What it printed is no answer.
        case invalidAnswer(String)
        /// It ended over this request.
        case ended(String)
        /// It is not running any more, and is not started again.
        case unavailable(String)

        /// The problem on one line.
        public var description: String {
            switch self {
            case .timedOut: "process_timeout"
            case .invalidAnswer(let message): "process_invalid: \(message)"
            case .ended(let message): "process_ended: \(message)"
            case .unavailable(let message): "process_unavailable: \(message)"
            }
        }
    }

    /// A finite number; nil where the process said null or there is a problem.
    public var reward: Double?
    /// What the process took for the answer.
    public var extracted: String?
    /// Why, in the words of the process.
    public var reason: String?
    /// What went wrong; nil where the process answered.
    public var problem: Problem?
}
