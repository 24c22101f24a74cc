/// Which part of a sequence a token belongs to.
public enum Segment: UInt8, Sendable, Hashable, CaseIterable {
    /// What the model is asked.
    case prompt = 0
    /// What is given of an expert's trace.
    case prefix = 1
    /// What follows: a completion, or the rest of the trace.
    case continuation = 2

    /// As summaries and reports call it.
    public var name: String {
        switch self {
        case .prompt: "prompt"
        case .prefix: "expert prefix"
        case .continuation: "continuation"
        }
    }
}
