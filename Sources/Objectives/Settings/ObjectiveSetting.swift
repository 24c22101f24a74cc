/// The value of a setting, as JSON or a command line gives it.
public enum SettingValue: Sendable, Hashable, CustomStringConvertible {
    /// A number
    case number(Double)
    /// A word
    case text(String)
    /// Yes or no
    case flag(Bool)
    /// Not set: the method's default
    case null

    /// Reads a value as it stands on a command line: a number, `true`, `false`, `null`, or else a word.
    public init(parsing text: String) {
        switch text {
        case "true", "True": self = .flag(true)
        case "false", "False": self = .flag(false)
        case "null", "none", "None": self = text == "none" ? .text(text) : .null
        default: self = Double(text).map { .number($0) } ?? .text(text)
        }
    }

    /// As on a command line.
    public var description: String {
        switch self {
        case .number(let value): value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
        case .text(let value): value
        case .flag(let value): "\(value)"
        case .null: "null"
        }
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(ObjectiveError) -> Double {
        if case .number(let value) = self, value.isFinite, range.contains(value) { return value }
        let limits: String =
            switch (range.lowerBound, range.upperBound) {
            case (let low, .infinity):
                low == .leastNonzeroMagnitude ? "a number above 0" : "a number of at least \(SettingValue.number(low))"
            case (let low, let high):
                low == .leastNonzeroMagnitude
                    ? "a number above 0 and at most \(SettingValue.number(high))"
                    : "a number from \(SettingValue.number(low)) to \(SettingValue.number(high))"
            }
        throw ObjectiveError(.invalidSetting, name, "wants \(limits); not \(self)")
    }

    func optionalNumber(_ name: String, _ range: ClosedRange<Double>) throws(ObjectiveError) -> Double? {
        self == .null ? nil : try number(name, range)
    }

    func flag(_ name: String) throws(ObjectiveError) -> Bool {
        switch self {
        case .flag(let value): return value
        case .number(0): return false
        case .number(1): return true
        default: throw ObjectiveError(.invalidSetting, name, "wants true or false; not \(self)")
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(ObjectiveError) -> Choice where Choice.RawValue == String {
        if case .text(let word) = self, let found = Choice(rawValue: word) { return found }
        let names = type.allCases.map(\.rawValue)
        throw ObjectiveError(
            .invalidSetting, name, "wants one of \(names.joined(separator: ", ")); not \(self)")
    }
}

/// A setting and its value.
public struct ObjectiveSetting: Sendable, Hashable {
    /// The setting's name.
    public let name: String
    /// Its value.
    public let value: SettingValue

    init(_ name: String, _ value: Double?) {
        self.name = name
        self.value = value.map { .number($0) } ?? .null
    }

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = .text(value)
    }

    init(_ name: String, _ value: Bool) {
        self.name = name
        self.value = .flag(value)
    }
}
