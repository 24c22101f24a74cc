/// Why a batch, a setting or a result of an objective is refused.
///
/// The description is one line that names the field and, where there is one, the rollout and the token, both counted from 0.
public struct ObjectiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Code: Hashable, Sendable {
        /// The batch has no rollouts.
        case emptyBatch
        /// The method needs a field that the batch does not have.
        case missingField
        /// There is no field of this name.
        case unknownField
        /// A field does not have one entry for each rollout, or one for each token.
        case lengthMismatch
        /// A value is of another kind than the field's.
        case wrongKind
        /// A value is NaN or infinite where it must be finite.
        case notFinite
        /// A log-probability is above 0.
        case positiveLogProb
        /// An entropy is below 0.
        case negativeEntropy
        /// The loss of a token exceeds the range of double precision.
        case overflow
        /// There is no method of this name.
        case unknownMethod
        /// There is no setting of this name.
        case unknownSetting
        /// The method has no use for the setting.
        case unusedSetting
        /// The value of a setting is outside its range.
        case invalidSetting
        /// A request to a schedule that does not fit it.
        case invalidSchedule
    }

    /// The broken rule.
    public let code: Code
    /// The field of the batch, the setting or the method that it is about.
    public let field: String
    /// The rollout, from 0.
    public let rollout: Int?
    /// The token within the rollout, from 0.
    public let token: Int?
    /// What is wrong, without the place.
    public let message: String

    /// The error on one line.
    public var description: String {
        var place = field
        if let rollout { place += ", rollout \(rollout)" }
        if let token { place += ", token \(token)" }
        return place + ": " + message
    }

    init(_ code: Code, _ field: String, rollout: Int? = nil, token: Int? = nil, _ message: String) {
        self.code = code
        self.field = field
        self.rollout = rollout
        self.token = token
        self.message = message
    }

    static func missing(_ field: String, _ method: String) -> ObjectiveError {
        ObjectiveError(.missingField, field, "is missing; \(method) needs it")
    }
}
