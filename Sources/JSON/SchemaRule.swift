/// A schema or a part of one, read and ready to check with.
final class SchemaRule: Sendable {
    enum ValueType: String {
        case null, boolean, integer, number, string, array, object

        func matches(_ value: JSONNode) -> Bool {
            switch (self, value) {
            case (.null, .null), (.boolean, .bool), (.string, .string), (.array, .array), (.object, .object),
                (.integer, .int), (.integer, .unsigned), (.number, .int), (.number, .unsigned), (.number, .double):
                true
            // JSON Schema counts 1.0 as an integer.
            case (.integer, .double(let number)): number.isFinite && number == number.rounded()
            default: false
            }
        }
    }

    let pointer: String
    let allowsAnything: Bool
    let types: [ValueType]?
    let properties: [(key: String, rule: SchemaRule)]
    let required: [String]
    let additional: SchemaRule?
    let items: SchemaRule?
    let minItems: Int?
    let allowed: [JSONNode]?
    let minimum: Double?
    let maximum: Double?
    let reference: String?

    private static let annotations: Set<String> = [
        "$schema", "$id", "$defs", "$comment", "title", "description", "examples", "default",
    ]
    private static let keywords: Set<String> = [
        "type", "properties", "required", "additionalProperties", "items", "minItems", "enum", "const", "minimum",
        "maximum", "$ref",
    ]

    init(_ schema: JSONNode, at pointer: String) throws(JSONSchemaError) {
        func refuse(_ keyword: String, _ message: String) -> JSONSchemaError {
            JSONSchemaError(pointer: "\(pointer)/\(escaped(keyword))", message: message)
        }
        func rule(_ keyword: String) throws(JSONSchemaError) -> SchemaRule? {
            guard let node = schema[keyword] else { return nil }
            return try SchemaRule(node, at: "\(pointer)/\(keyword)")
        }
        func number(_ keyword: String) throws(JSONSchemaError) -> Double? {
            guard let node = schema[keyword] else { return nil }
            guard let number = node.number else { throw refuse(keyword, "is not a number") }
            return number
        }
        self.pointer = pointer
        switch schema {
        case .bool(let value): allowsAnything = value
        case .object(let members):
            allowsAnything = true
            for member in members
            where !SchemaRule.keywords.contains(member.key) && !SchemaRule.annotations.contains(member.key) {
                throw refuse(member.key, "is a keyword that this validator does not check")
            }
            if !pointer.isEmpty, schema["$defs"] != nil { throw refuse("$defs", "may stand at the top only") }
        default: throw JSONSchemaError(pointer: pointer, message: "is neither an object nor a boolean")
        }

        types = try SchemaRule.types(schema["type"]) { refuse("type", $0) }
        var properties: [(key: String, rule: SchemaRule)] = []
        if let listed = schema["properties"] {
            guard case .object(let members) = listed else { throw refuse("properties", "is not an object") }
            for member in members {
                let place = "\(pointer)/properties/\(escaped(member.key))"
                properties.append((member.key, try SchemaRule(member.value, at: place)))
            }
        }
        self.properties = properties
        var required: [String] = []
        if let listed = schema["required"] {
            guard case .array(let names) = listed else { throw refuse("required", "is not an array") }
            for name in names {
                guard case .string(let name) = name else { throw refuse("required", "holds something but strings") }
                required.append(name)
            }
        }
        self.required = required
        additional = try rule("additionalProperties")
        items = try rule("items")
        if let least = schema["minItems"] {
            guard case .int(let least) = least, least >= 0 else { throw refuse("minItems", "is not a count") }
            minItems = Int(least)
        } else {
            minItems = nil
        }
        if let listed = schema["enum"] {
            guard case .array(let values) = listed, schema["const"] == nil else {
                throw refuse("enum", "is not an array, or stands beside const")
            }
            allowed = values
        } else {
            allowed = schema["const"].map { [$0] }
        }
        minimum = try number("minimum")
        maximum = try number("maximum")
        if let target = schema["$ref"] {
            let prefix = "#/$defs/"
            guard case .string(let target) = target, target.hasPrefix(prefix) else {
                throw refuse("$ref", "is not of the form #/$defs/NAME")
            }
            reference = String(target.dropFirst(prefix.count))
        } else {
            reference = nil
        }
    }

    private static func types(
        _ node: JSONNode?, _ refuse: (String) -> JSONSchemaError
    ) throws(JSONSchemaError) -> [ValueType]? {
        let names: [JSONNode]
        switch node {
        case nil: return nil
        case .array(let list): names = list
        case .some(let single): names = [single]
        }
        var types: [ValueType] = []
        for name in names {
            guard case .string(let name) = name, let type = ValueType(rawValue: name) else {
                throw refuse("names no type of JSON")
            }
            types.append(type)
        }
        return types
    }

    /// Checks that references lead somewhere, and not round in a circle without entering the value.
    func checkReferences(_ definitions: [String: SchemaRule]) throws(JSONSchemaError) {
        var passed: Set<String> = []
        var rule = self
        while let name = rule.reference {
            guard let target = definitions[name] else {
                throw JSONSchemaError(pointer: "\(rule.pointer)/$ref", message: "refers to '\(name)', which is missing")
            }
            guard passed.insert(name).inserted else {
                throw JSONSchemaError(pointer: "\(pointer)/$ref", message: "refers to itself")
            }
            rule = target
        }
        for part in properties.map(\.rule) + [items, additional].compactMap({ $0 }) {
            try part.checkReferences(definitions)
        }
    }
}

extension JSONNode {
    /// The number, integers rounded to the nearest double; nil for other kinds.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The name of the value's type in JSON Schema, with an article.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .unsigned: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// Equality as JSON Schema means it: numbers by value, objects without order.
    func isEqualInSchema(to other: JSONNode) -> Bool {
        switch (self, other) {
        case (.int, .double), (.double, .int), (.unsigned, .double), (.double, .unsigned):
            return number == other.number
        case (.array(let left), .array(let right)):
            return left.elementsEqual(right) { $0.isEqualInSchema(to: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { member in other[member.key].map { member.value.isEqualInSchema(to: $0) } ?? false }
        default:
            return self == other
        }
    }
}
