/// Which problems are drawn, and how their traces are written.
public struct ProblemSettings: Sendable, Hashable {
    /// Which part of all problems is drawn from; they have none in common.
    public enum Split: String, CaseIterable, Sendable {
        /// Problems that models are trained on.
        case training
        /// Problems that they are tested on.
        case heldOut = "held-out"
    }

    /// Operations of a problem, from 1 to ``mostOperations``: how difficult it is.
    public var operations = 6
    /// The probability, from 0 to 1, that a problem has only 1 to 3 operations, though not more than ``operations``.
    public var shortShare = 0.0
    /// The probability, from 0 to 1, that the expert hides the digits after an operation and does it and the next one at
    /// once. Never after the last one, and never twice in a row.
    public var heterogeneity = 0.0
    /// Which problems there are.
    public var split = Split.training
    /// What everything drawn follows from.
    public var seed: UInt64 = 0

    /// The most operations of a problem; with more, problems are longer than the demonstration's model reads.
    public static let mostOperations = 12

    /// Problems of 6 operations for training, by an expert who writes every step.
    public init() {}
}
