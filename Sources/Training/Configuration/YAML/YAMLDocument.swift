import JSON

/// A YAML text as a JSON value, with the line of each part.
///
/// Of YAML there is what configurations need: one document of mappings, sequences and scalars of the core schema (version
/// 1.2). Anchors, aliases and tags are refused, so that the value is no larger than the text.
struct YAMLDocument {
    /// The largest text in bytes.
    static let largestText = 1 << 20
    /// How deep mappings and sequences may be nested.
    static let deepestNesting = 32

    /// The value.
    let root: JSONNode
    /// The lines, from 1, of values by their JSON pointers.
    let lines: [String: Int]

    /// Parses a text in UTF-8. Linear in its size.
    ///
    /// - Throws: ``ConfigurationError`` with the line.
    init(_ bytes: [UInt8]) throws(ConfigurationError) {
        guard bytes.count <= YAMLDocument.largestText else {
            throw ConfigurationError(
                .invalidYAML, "has \(bytes.count) bytes; a configuration has \(YAMLDocument.largestText) at most")
        }
        var builder = YAMLBuilder(events: try YAMLEvents(bytes))
        root = try builder.document()
        lines = builder.lines
    }
}

/// Builds the value from events.
private struct YAMLBuilder {
    let events: YAMLEvents
    var lines: [String: Int] = [:]

    init(events: YAMLEvents) {
        self.events = events
    }

    mutating func document() throws(ConfigurationError) -> JSONNode {
        _ = try events.next()
        let start = try events.next()
        guard case .documentStart = start.kind else {
            throw ConfigurationError(.invalidYAML, line: 1, "there is nothing in it")
        }
        let root = try value(try events.next(), at: "", depth: 0)
        _ = try events.next()
        let end = try events.next()
        guard case .streamEnd = end.kind else {
            throw ConfigurationError(.invalidYAML, line: end.line, "a second document begins; a configuration is one")
        }
        return root
    }

    private mutating func value(
        _ event: YAMLEvent, at pointer: String, depth: Int
    ) throws(ConfigurationError) -> JSONNode {
        try refuseReferences(event)
        lines[pointer] = event.line
        switch event.kind {
        case .scalar(let text, let isPlain):
            return isPlain ? try YAMLScalar.value(text, line: event.line) : .string(try checked(text, event.line))
        case .sequenceStart:
            try checkDepth(depth, event.line)
            return try sequence(at: pointer, depth: depth)
        case .mappingStart:
            try checkDepth(depth, event.line)
            return try mapping(at: pointer, depth: depth)
        default:
            throw ConfigurationError(.invalidYAML, line: event.line, "this is not YAML: a value is missing")
        }
    }

    private mutating func sequence(at pointer: String, depth: Int) throws(ConfigurationError) -> JSONNode {
        var elements: [JSONNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return .array(elements) }
            elements.append(try value(event, at: "\(pointer)/\(elements.count)", depth: depth + 1))
        }
    }

    private mutating func mapping(at pointer: String, depth: Int) throws(ConfigurationError) -> JSONNode {
        var members: [(key: String, value: JSONNode)] = []
        var places: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return .object(members) }
            try refuseReferences(event)
            guard case .scalar(let key, _) = event.kind else {
                throw ConfigurationError(.invalidYAML, line: event.line, "a key is a word, not a mapping or a sequence")
            }
            _ = try checked(key, event.line)
            if let first = places.updateValue(event.line, forKey: key) {
                throw ConfigurationError(
                    .duplicateKey, line: event.line, key: YAMLScalar.shortened(key), "stands on line \(first) already")
            }
            let place = "\(pointer)/\(YAMLBuilder.escaped(key))"
            let value = try value(try events.next(), at: place, depth: depth + 1)
            // The key's line: a value may begin on the next.
            lines[place] = event.line
            members.append((key, value))
        }
    }

    private func refuseReferences(_ event: YAMLEvent) throws(ConfigurationError) {
        if case .alias = event.kind {
            throw ConfigurationError(
                .invalidYAML, line: event.line, "aliases are not taken in configurations; write the value again")
        }
        guard !event.hasAnchor else {
            throw ConfigurationError(
                .invalidYAML, line: event.line, "anchors are not taken in configurations; remove the &name")
        }
        guard !event.hasTag else {
            throw ConfigurationError(
                .invalidYAML, line: event.line, "tags are not taken in configurations; remove the !name")
        }
    }

    private func checkDepth(_ depth: Int, _ line: Int) throws(ConfigurationError) {
        guard depth < YAMLDocument.deepestNesting else {
            throw ConfigurationError(
                .invalidYAML, line: line,
                "mappings and sequences are nested more than \(YAMLDocument.deepestNesting) deep")
        }
    }

    /// A path with a zero byte would lead somewhere else.
    private func checked(_ text: String, _ line: Int) throws(ConfigurationError) -> String {
        guard !text.utf8.contains(0) else {
            throw ConfigurationError(.invalidYAML, line: line, "a text holds a zero byte")
        }
        return text
    }

    /// A key as a part of a JSON pointer (RFC 6901).
    private static func escaped(_ key: String) -> String {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return key }
        return String(key.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
    }
}
