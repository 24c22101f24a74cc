public import Kernels

/// What keeps a token from being chosen.
public enum SamplingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A setting is out of its range.
    case setting(name: String, value: String, range: String)
    /// The logits are no distribution: of the model, or after the penalty or the temperature made them overflow.
    case logits(LogitError, rollout: UInt64, step: UInt64)
    /// A stop string has no characters.
    case emptyStopString

    /// One line.
    public var description: String {
        switch self {
        case .setting(let name, let value, let range): "\(name) is \(value); it must be \(range)"
        case .logits(let error, let rollout, let step):
            "rollout \(rollout), step \(step): \(error); look at the weights, the penalty and the temperature"
        case .emptyStopString: "a stop string is empty; leave it out"
        }
    }
}
