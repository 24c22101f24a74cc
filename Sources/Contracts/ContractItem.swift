import HDF5
import JSON
import Tensors

/// One attribute or dataset that a contract asks for.
struct ContractItem: Sendable {
    let name: String
    let type: ItemType
    let shape: [String]
    let const: JSONNode?

    enum ItemType: Sendable {
        case string
        case integer
        case json(JSONSchema)
        case element(ElementType)
    }

    init(name: String, _ node: JSONNode) throws {
        self.name = name
        guard case .string(let type)? = node["type"] else { throw ContractError(reason: "gives '\(name)' no type") }
        switch type {
        case "string": self.type = .string
        case "integer": self.type = .integer
        case "json": self.type = .json(try JSONSchema(node["schema"] ?? .object([])))
        default:
            guard let element = ElementType(rawValue: type) else {
                throw ContractError(reason: "gives '\(name)' the unknown type '\(type)'")
            }
            self.type = .element(element)
        }
        guard case .array(let shape)? = node["shape"] ?? .array([]) else {
            throw ContractError(reason: "gives '\(name)' a shape that is no list")
        }
        self.shape = shape.map { size in
            switch size {
            case .string(let letter): letter
            case .int(let number): "\(number)"
            default: "?"
            }
        }
        const = node["const"]
    }

    /// What is wrong with the attribute of this name, which exists.
    func checkAttribute(of file: borrowing HDF5File, _ sizes: inout [String: Int]) throws -> [String] {
        switch type {
        case .string:
            return differs(from: .string(try file.stringAttribute(name)))
        case .integer:
            return differs(from: .int(Int64(try file.integerAttribute(name))))
        case .json(let schema):
            let text = try file.stringAttribute(name)
            do {
                let node = JSONNode(try JSONDocument.parsing(text).root)
                return schema.violations(in: node).map { "attribute '\(name)' \($0)" }
            } catch {
                return ["attribute '\(name)' is not JSON: \(error.message)"]
            }
        case .element:
            let (type, shape) = try file.attributeType(name)
            return check(type: type, shape: shape, &sizes)
        }
    }

    /// What is wrong with a type and a shape; sizes that letters stand for are learnt on the way.
    func check(type found: HDF5ValueType, shape foundShape: [Int], _ sizes: inout [String: Int]) -> [String] {
        var violations: [String] = []
        if !matches(found) { violations.append("'\(name)' is of type \(found), not \(typeName)") }
        guard foundShape.count == shape.count else {
            return violations + ["'\(name)' has \(foundShape.count) dimensions, not \(shape.count)"]
        }
        for (letter, size) in zip(shape, foundShape) {
            let isOneMore = letter.hasSuffix("+1")
            let key = isOneMore ? String(letter.dropLast(2)) : letter
            let value = isOneMore ? size - 1 : size
            if let expected = Int(key) ?? sizes[key] {
                if expected != value {
                    violations.append(
                        "'\(name)' has a size of \(size) where \(letter) is \(isOneMore ? expected + 1 : expected)")
                }
            } else if value < 0 {
                violations.append("'\(name)' is empty where \(letter) is asked for")
            } else {
                sizes[key] = value
            }
        }
        return violations
    }

    private func differs(from found: JSONNode) -> [String] {
        guard let const, const != found else { return [] }
        return ["attribute '\(name)' is not what it must be"]
    }

    private var typeName: String {
        switch type {
        case .string, .json: "string"
        case .integer: "integer"
        case .element(let element): element.name
        }
    }

    private func matches(_ found: HDF5ValueType) -> Bool {
        switch (type, found) {
        case (.element(let wanted), .element(let element)): wanted == element
        case (.string, .variableString), (.string, .fixedString): true
        default: false
        }
    }
}
