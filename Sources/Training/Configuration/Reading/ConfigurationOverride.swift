public import JSON

/// A setting that is given beside a configuration's file, and wins over it.
public struct ConfigurationOverride: Sendable, Equatable {
    /// The key, with underscores; for a setting of one phase `phases.0.learning_rate`, phases counted from 0.
    public let key: String
    /// The value.
    public let value: JSONNode

    /// Makes an override.
    public init(key: String, value: JSONNode) {
        self.key = key
        self.value = value
    }

    /// Reads the words of a command line: `--learning_rate 1e-5`, `--learning-rate=1e-5`, `--use_peft` for true.
    ///
    /// Values are YAML, so that `[q_proj, v_proj]` is a list.
    ///
    /// - Throws: ``ConfigurationError`` for a word that belongs to no option, and for a value that is not YAML.
    public static func parsing(_ words: [String]) throws(ConfigurationError) -> [ConfigurationOverride] {
        var overrides: [ConfigurationOverride] = []
        var place = 0
        while place < words.count {
            let word = words[place]
            place += 1
            guard word.hasPrefix("--"), word.utf8.count > 2 else {
                throw ConfigurationError(
                    .invalidValue, key: YAMLScalar.shortened(word), "is no setting; settings are given as --key value")
            }
            let body = word.dropFirst(2)
            let equals = body.firstIndex(of: "=")
            var text = "true"
            if let equals {
                text = String(body[body.index(after: equals)...])
            } else if place < words.count, !words[place].hasPrefix("--") {
                text = words[place]
                place += 1
            }
            let key = String(body[..<(equals ?? body.endIndex)].map { $0 == "-" ? "_" : $0 })
            overrides.append(ConfigurationOverride(key: key, value: try value(text, key: key)))
        }
        return overrides
    }

    private static func value(_ text: String, key: String) throws(ConfigurationError) -> JSONNode {
        guard !text.isEmpty else { return .string("") }
        do throws(ConfigurationError) {
            return try YAMLDocument(Array(text.utf8)).root
        } catch {
            throw ConfigurationError(error.code, key: "--" + YAMLScalar.shortened(key), error.message)
        }
    }
}
