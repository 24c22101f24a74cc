/// The settings of shaped rewards by the names that open-r1, TRL and verl give them.
public enum RewardSetting: String, Sendable, CaseIterable {
    /// ``FormatReward/style``
    case format
    /// ``CosineReward/minValueWrong``
    case minValueWrong = "min_value_wrong"
    /// ``CosineReward/maxValueWrong``
    case maxValueWrong = "max_value_wrong"
    /// ``CosineReward/minValueCorrect``
    case minValueCorrect = "min_value_correct"
    /// ``CosineReward/maxValueCorrect``
    case maxValueCorrect = "max_value_correct"
    /// ``CosineReward/maxLength``
    case maxLen = "max_len"
    /// ``CosineReward/clampsLength``
    case clamp
    /// ``RepetitionReward/ngramSize``
    case ngramSize = "ngram_size"
    /// ``RepetitionReward/maxPenalty``
    case maxPenalty = "max_penalty"
    /// ``SoftOverlongReward/maxCompletionLength``
    case maxCompletionLen = "max_completion_len"
    /// ``SoftOverlongReward/softPunishCache``
    case softPunishCache = "soft_punish_cache"
    /// ``SoftOverlongReward/penaltyFactor``
    case penaltyFactor = "penalty_factor"
    /// ``SoftOverlongReward/isBounded``
    case bounded

    /// The reward that has it.
    public var reward: RewardName {
        switch self {
        case .format: .format
        case .minValueWrong, .maxValueWrong, .minValueCorrect, .maxValueCorrect, .maxLen, .clamp: .cosine
        case .ngramSize, .maxPenalty: .repetition
        case .maxCompletionLen, .softPunishCache, .penaltyFactor, .bounded: .softOverlong
        }
    }
}

/// A setting that cannot be.
public struct RewardSettingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name as given.
    public let name: String
    /// What is wrong with it or its value.
    public let message: String

    /// An error.
    public init(name: String, message: String) {
        self.name = name
        self.message = message
    }

    /// The error on one line.
    public var description: String { "\(name): \(message)" }
}

extension RewardRecipe {
    /// Sets a setting of one of the parts.
    ///
    /// - Parameters:
    ///   - name: one of ``RewardSetting``.
    ///   - value: as text: a number, `true` or `false`, or a style of ``FormatReward``.
    /// - Throws: ``RewardSettingError`` where there is no such setting, no part has it, or the value is out of range.
    public mutating func set(_ name: String, to value: String) throws(RewardSettingError) {
        guard let setting = RewardSetting(rawValue: name) else {
            let names = RewardSetting.allCases.map(\.rawValue).joined(separator: ", ")
            throw RewardSettingError(name: name, message: "is no setting; there are \(names)")
        }
        guard contains(setting.reward) else {
            throw RewardSettingError(
                name: name, message: "is a setting of \(setting.reward.rawValue), which is not among the rewards")
        }
        switch setting {
        case .format:
            guard let style = FormatReward.Style(rawValue: value) else {
                let styles = FormatReward.Style.allCases.map(\.rawValue).joined(separator: " or ")
                throw RewardSettingError(name: name, message: "wants \(styles), not '\(value)'")
            }
            format.style = style
        case .minValueWrong: cosine.minValueWrong = try Self.number(name, value)
        case .maxValueWrong: cosine.maxValueWrong = try Self.number(name, value)
        case .minValueCorrect: cosine.minValueCorrect = try Self.number(name, value)
        case .maxValueCorrect: cosine.maxValueCorrect = try Self.number(name, value)
        case .maxLen: cosine.maxLength = try Self.integer(name, value, from: 1)
        case .clamp: cosine.clampsLength = try Self.truth(name, value)
        case .ngramSize: repetition.ngramSize = try Self.integer(name, value, from: 1)
        case .maxPenalty: repetition.maxPenalty = try Self.number(name, value, -Double.greatestFiniteMagnitude...0)
        case .maxCompletionLen: softOverlong.maxCompletionLength = try Self.integer(name, value, from: 0)
        case .softPunishCache: softOverlong.softPunishCache = try Self.integer(name, value, from: 0)
        case .penaltyFactor:
            softOverlong.penaltyFactor = try Self.number(name, value, 0...Double.greatestFiniteMagnitude)
        case .bounded: softOverlong.isBounded = try Self.truth(name, value)
        }
    }

    /// What is wrong with the settings together; nil where they fit.
    public var problem: RewardSettingError? {
        guard contains(.softOverlong), softOverlong.softPunishCache > softOverlong.maxCompletionLength else {
            return nil
        }
        return RewardSettingError(
            name: RewardSetting.softPunishCache.rawValue,
            message:
                "\(softOverlong.softPunishCache) is more than max_completion_len, \(softOverlong.maxCompletionLength)")
    }

    private static let largest = Double.greatestFiniteMagnitude

    private static func number(
        _ name: String, _ text: String, _ range: ClosedRange<Double> = -largest...largest
    ) throws(RewardSettingError) -> Double {
        guard let value = Double(text), range.contains(value) else {
            let bound = range.lowerBound == 0 ? " of 0 or more" : range.upperBound == 0 ? " of 0 or less" : ""
            throw RewardSettingError(name: name, message: "wants a number\(bound), not '\(text)'")
        }
        return value
    }

    private static func integer(_ name: String, _ text: String, from least: Int) throws(RewardSettingError) -> Int {
        guard let value = Int(text), value >= least else {
            throw RewardSettingError(name: name, message: "wants an integer of \(least) or more, not '\(text)'")
        }
        return value
    }

    private static func truth(_ name: String, _ text: String) throws(RewardSettingError) -> Bool {
        guard let value = Bool(text) else {
            throw RewardSettingError(name: name, message: "wants true or false, not '\(text)'")
        }
        return value
    }
}
