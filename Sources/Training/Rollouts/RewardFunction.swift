/// A response that wants a reward.
public struct RewardInput: Sendable {
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
        id: String = "", problem: String = "", answer: String, response: String, length: Int = 0,
        isTruncated: Bool = false
    ) {
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
    /// For each request its reward, finite; nil where it has nothing to say of a response, which then counts as 0.
    ///
    /// - Throws: where it fails as a whole; the run then stops, with its last checkpoint whole.
    func rewards(of requests: [RewardInput]) throws -> [Double?]
}

/// DAPO's soft punishment of long responses (arXiv 2503.14476, equation 13), TRL's `soft_overlong_punishment`: with n tokens, a
/// limit L and a buffer C, 0 up to L - C, then (L - C - n) / C, and -1 beyond L.
public struct SoftOverlongPunishment: RewardFunction {
    /// `soft_overlong_punishment`
    public let name = "soft_overlong_punishment"
    private let limit: Int
    private let buffer: Int

    /// - Parameters:
    ///   - limit: L, the most tokens of a response.
    ///   - buffer: C, at least 1.
    public init(limit: Int, buffer: Int) {
        self.limit = limit
        self.buffer = max(1, buffer)
    }

    /// For each request its punishment, from -1 to 0.
    public func rewards(of requests: [RewardInput]) -> [Double?] {
        requests.map { request in
            if request.length <= limit - buffer { return 0 }
            return request.length <= limit ? Double(limit - buffer - request.length) / Double(buffer) : -1
        }
    }
}
