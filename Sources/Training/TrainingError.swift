/// Why a run cannot begin or go on.
///
/// The description is one line that says what, where, and how to mend it.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Code: Hashable, Sendable {
        /// A setting that makes no sense, by itself or with others.
        case invalidSetting
        /// A dataset that the run cannot use.
        case unusableData
        /// A checkpoint that the run cannot go on from.
        case unusableCheckpoint
        /// Rewards that are missing or not finite.
        case badReward
        /// Dynamic sampling found no prompts whose rewards differ.
        case noInformativePrompts
        /// A loss, a gradient or a weight is NaN or infinite.
        case notFinite
    }

    /// The broken rule.
    public let code: Code
    /// A path or a setting.
    public let subject: String
    /// What is wrong, without the subject.
    public let message: String

    /// The error on one line.
    public var description: String { "\(subject): \(message)" }

    init(_ code: Code, _ subject: String, _ message: String) {
        self.code = code
        self.subject = subject
        self.message = message
    }
}
