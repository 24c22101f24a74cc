/// A training method: from log-probabilities, masks and rewards to a loss and its gradient. It knows no models.
///
/// The same batch gives the same bits. O(tokens) in time and memory.
public protocol Objective: Sendable {
    /// What it is called, as by `kedge objective`.
    var name: String { get }

    /// The settings in force, under the names by which ``set(_:to:)`` takes them.
    var settings: [ObjectiveSetting] { get }

    /// Changes a setting.
    ///
    /// - Returns: whether the method has a use for a setting of this name.
    /// - Throws: ``ObjectiveError`` where the value is of the wrong kind or outside the setting's range.
    mutating func set(_ setting: String, to value: SettingValue) throws(ObjectiveError) -> Bool

    /// The loss of a batch, its gradient, and what else there is to say.
    ///
    /// - Throws: ``ObjectiveError`` where the batch lacks what the method needs, or a loss exceeds the range of doubles.
    func evaluate(_ batch: RolloutBatch) throws(ObjectiveError) -> ObjectiveResult
}
