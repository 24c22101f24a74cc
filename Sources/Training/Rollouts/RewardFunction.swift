/// A response that wants a reward.
public struct RewardInput: Sendable {
    /// The number of the prompt among those that are sampled together.
    public var group: Int
    /// What the data calls the row.
    public var id: String
    /// The problem's text; empty where the data does not say.
    public var problem: String
    /// The expected answer.
    public var answer: String
    /// The text of the response, an expert's prefix included.
    public var response: String
    /// Tokens of the response.
    public var length: Int
    /// Whether the response was cut at its greatest length.
    public var isTruncated: Bool

    /// Makes a request.
    public init(
        group: Int = 0, id: String = "", problem: String = "", answer: String, response: String, length: Int = 0,
        isTruncated: Bool = false
    ) {
        self.group = group
        self.id = id
        self.problem = problem
        self.answer = answer
        self.response = response
        self.length = length
        self.isTruncated = isTruncated
    }
}

/// What responses are worth.
public protocol RewardFunction {
    /// Its name in metrics, `rewards/NAME/mean`.
    var name: String { get }
    /// For each request its reward, finite; nil where it has nothing to say of a response: the reward is then the sum of those of the
    /// other functions, or 0 where all are missing, as in TRL.
    ///
    /// - Throws: where it fails as a whole; the run then stops, with its last checkpoint whole.
    func rewards(of requests: [RewardInput]) throws -> [Double?]
    /// Why the last reward that is missing is, on one line; nil where that is not known.
    var lastProblem: String? { get }
}

extension RewardFunction {
    /// Not known.
    public var lastProblem: String? { nil }
}
