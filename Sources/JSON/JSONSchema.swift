/// Checks JSON against a schema, in the part of JSON Schema 2020-12 that the schemas here are written in.
///
/// Understood are `type`, `properties`, `required`, `additionalProperties`, `items`, `minItems`, `enum`, `const`,
/// `minimum`, `maximum`, `$ref` to `#/$defs/NAME`, and the annotations. Any other keyword is an error when the schema is
/// read, so that no rule is silently not checked.
public struct JSONSchema: Sendable {
    /// One place where a value breaks a rule.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// The place as a JSON pointer; empty for the outermost value.
        public let pointer: String
        /// What is wrong there.
        public let message: String

        /// Both on one line.
        public var description: String { "\(pointer.isEmpty ? "/" : pointer): \(message)" }
    }

    private let root: SchemaRule
    private let definitions: [String: SchemaRule]

    /// Reads a schema.
    ///
    /// - Throws: ``JSONSchemaError`` where the schema is malformed, refers to nothing, or uses an unknown keyword.
    public init(_ schema: JSONNode) throws(JSONSchemaError) {
        var definitions: [String: SchemaRule] = [:]
        if let listed = schema["$defs"] {
            guard case .object(let members) = listed else {
                throw JSONSchemaError(pointer: "/$defs", message: "is not an object")
            }
            for member in members {
                definitions[member.key] = try SchemaRule(member.value, at: "/$defs/\(escaped(member.key))")
            }
        }
        root = try SchemaRule(schema, at: "")
        self.definitions = definitions
        for rule in [root] + definitions.values {
            try rule.checkReferences(definitions)
        }
    }

    /// The violations of `value`, in the order of the value; none when it is valid.
    ///
    /// Linear in the size of the value times the number of rules that apply to each part.
    public func violations(in value: JSONNode) -> [Violation] {
        var found: [Violation] = []
        check(value, root, "", &found)
        return found
    }

    private func check(_ value: JSONNode, _ rule: SchemaRule, _ pointer: String, _ found: inout [Violation]) {
        func report(_ message: String) { found.append(Violation(pointer: pointer, message: message)) }
        guard rule.allowsAnything else { return report("is not allowed here") }
        if let name = rule.reference, let target = definitions[name] { check(value, target, pointer, &found) }
        if let types = rule.types, !types.contains(where: { $0.matches(value) }) {
            report("is \(value.typeName), expected \(types.map(\.rawValue).joined(separator: " or "))")
        }
        if let allowed = rule.allowed, !allowed.contains(where: { value.isEqualInSchema(to: $0) }) {
            let texts = allowed.map { (try? JSONWriter().string($0)) ?? "?" }
            report("is \((try? JSONWriter().string(value)) ?? "?"), expected \(texts.joined(separator: " or "))")
        }
        if let number = value.number {
            if let minimum = rule.minimum, number < minimum { report("is \(number), at least \(minimum) expected") }
            if let maximum = rule.maximum, number > maximum { report("is \(number), at most \(maximum) expected") }
        }
        switch value {
        case .array(let elements):
            if let least = rule.minItems, elements.count < least {
                report("has \(elements.count) items, at least \(least) expected")
            }
            guard let items = rule.items else { return }
            for (index, element) in elements.enumerated() { check(element, items, "\(pointer)/\(index)", &found) }
        case .object(let members):
            for name in rule.required where value[name] == nil { report("lacks the member '\(name)'") }
            for member in members {
                let place = "\(pointer)/\(escaped(member.key))"
                if let property = rule.properties.last(where: { $0.key.utf8.elementsEqual(member.key.utf8) }) {
                    check(member.value, property.rule, place, &found)
                } else if let additional = rule.additional {
                    check(member.value, additional, place, &found)
                }
            }
        default:
            break
        }
    }
}

/// Why a schema cannot be used.
public struct JSONSchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place in the schema as a JSON pointer.
    public let pointer: String
    /// What is wrong there.
    public let message: String

    /// Both on one line.
    public var description: String { "schema \(pointer.isEmpty ? "/" : pointer): \(message)" }
}

/// A member's name as a part of a JSON pointer (RFC 6901).
func escaped(_ name: String) -> String {
    String(name.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
}
