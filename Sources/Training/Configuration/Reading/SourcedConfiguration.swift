import JSON

/// A configuration's value with where each part of it is from.
struct SourcedConfiguration {
    /// The file; nil where there is none.
    let path: String?
    /// The value, a mapping.
    private(set) var root: JSONNode
    private var lines: [String: Int]
    private var overridden: Set<String> = []

    /// - Throws: ``ConfigurationError`` where the text is not YAML, or no mapping.
    init(yaml: [UInt8], path: String?) throws(ConfigurationError) {
        self.path = path
        do throws(ConfigurationError) {
            let document = try YAMLDocument(yaml)
            root = document.root
            lines = document.lines
        } catch {
            throw ConfigurationError(error.code, path: path, line: error.line, key: error.key, error.message)
        }
        guard case .object = root else {
            throw ConfigurationError(
                .invalidValue, path: path, line: 1, "is no mapping; a configuration has lines of key: value")
        }
    }

    /// Puts a value in the place of one of the file, or beside those.
    ///
    /// - Throws: ``ConfigurationError`` where a phase is named that the file does not have.
    mutating func override(_ override: ConfigurationOverride) throws(ConfigurationError) {
        let parts = override.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let pointer = "/" + parts.joined(separator: "/")
        if parts.count == 1 {
            root = root.setting(parts[0], override.value)
        } else {
            guard parts.count == 3, parts[0] == "phases", let phase = Int(parts[1]), !parts[2].isEmpty else {
                throw ConfigurationError(
                    .unknownKey, key: "--" + YAMLScalar.shortened(override.key),
                    "wants a key, or phases.N.KEY for the phase N, counted from 0")
            }
            guard case .array(var phases)? = root["phases"], phases.indices.contains(phase) else {
                throw ConfigurationError(
                    .unknownKey, key: "--" + YAMLScalar.shortened(override.key), "there is no phase \(phase)")
            }
            phases[phase] = phases[phase].setting(parts[2], override.value)
            root = root.setting("phases", .array(phases))
        }
        overridden.insert(pointer)
    }

    /// Whether the value at a pointer is an override.
    func isOverridden(_ pointer: String) -> Bool { overridden.contains(pointer) }

    /// An error about the value at a JSON pointer, or about what is above it.
    func error(_ code: ConfigurationError.Code, at pointer: String, _ message: String) -> ConfigurationError {
        var place = pointer[...]
        while !place.isEmpty {
            if overridden.contains(String(place)) {
                return ConfigurationError(code, key: "--" + key(pointer), message)
            }
            if let line = lines[String(place)] {
                return ConfigurationError(code, path: path, line: line, key: key(pointer), message)
            }
            place = place[..<(place.lastIndex(of: "/") ?? place.startIndex)]
        }
        return ConfigurationError(code, path: path, key: pointer.isEmpty ? nil : key(pointer), message)
    }

    private func key(_ pointer: String) -> String {
        let names = pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            YAMLScalar.shortened(String($0))
        }
        return names.joined(separator: ".")
    }
}

extension JSONNode {
    /// An object with a member more, or with another value for it.
    func setting(_ key: String, _ value: JSONNode) -> JSONNode {
        guard case .object(var members) = self else { return self }
        if let place = members.firstIndex(where: { $0.key == key }) {
            members[place].value = value
        } else {
            members.append((key, value))
        }
        return .object(members)
    }

    /// The members of an object; none of other kinds.
    var membersOrNone: [(key: String, value: JSONNode)] {
        if case .object(let members) = self { members } else { [] }
    }
}
