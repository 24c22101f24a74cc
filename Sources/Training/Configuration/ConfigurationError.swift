/// Why a configuration cannot be used: one line with the file, the line in it, the key, and how to mend it.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Code: Hashable, Sendable {
        /// The file could not be read.
        case unreadable
        /// The text is not YAML, or not in the part of YAML that configurations are written in.
        case invalidYAML
        /// There is no setting of that name.
        case unknownKey
        /// A key stands twice in one mapping.
        case duplicateKey
        /// A setting that has no default is missing.
        case missingKey
        /// A value has the wrong type, or is out of range.
        case invalidValue
        /// Settings that are right on their own make no sense together.
        case contradiction
        /// A key that holds for the whole run stands in a phase.
        case misplacedKey
    }

    /// The broken rule.
    public let code: Code
    /// The file; nil for what was given on the command line or by a program.
    public var path: String?
    /// The line in the file, from 1; nil where there is none.
    public var line: Int?
    /// The setting; nil where it is about none.
    public let key: String?
    /// What is wrong, without the place.
    public let message: String

    /// The error on one line.
    public var description: String {
        var place = path ?? ""
        if let line { place += place.isEmpty ? "line \(line)" : ":\(line)" }
        return [place, key ?? "", message].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    init(_ code: Code, path: String? = nil, line: Int? = nil, key: String? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.line = line
        self.key = key.map { ConfigurationError.onOneLine($0) }
        self.message = ConfigurationError.onOneLine(message)
    }

    /// Keys and values come from outside, and may hold line breaks or control a terminal.
    private static func onOneLine(_ text: String) -> String {
        let controls: (Unicode.Scalar) -> Bool = { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
            default: false
            }
        }
        guard text.unicodeScalars.contains(where: controls) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if controls(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
