/// What keeps a row of logits from being a distribution.
public enum LogitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A logit is NaN or +infinity.
    case notANumber(token: Int)
    /// Every logit is -infinity.
    case allExcluded

    /// One line.
    public var description: String {
        switch self {
        case .notANumber(let token): "the logit of token \(token) is NaN or infinite"
        case .allExcluded: "every logit is minus infinity: no token is left"
        }
    }
}
