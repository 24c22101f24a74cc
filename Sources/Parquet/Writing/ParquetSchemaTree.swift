/// A leaf of a schema: a column as the format stores it.
struct ParquetLeaf: Sendable {
    /// Names from the root on, those of a list's levels included.
    var path: [String]
    var type: PhysicalType
    /// How many fields on the way may be missing or repeat.
    var maximumDefinition: Int
    /// How many fields on the way repeat.
    var maximumRepetition: Int

    /// The path as messages show it.
    var name: String { path.joined(separator: ".") }
    /// Bits of a definition level.
    var definitionWidth: Int { Int.bitWidth - maximumDefinition.leadingZeroBitCount }
    /// Bits of a repetition level.
    var repetitionWidth: Int { Int.bitWidth - maximumRepetition.leadingZeroBitCount }
}

/// The schema as a tree with its levels worked out (Dremel).
indirect enum SchemaNode: Sendable {
    /// A leaf by its number.
    case leaf(Int, FieldLevels)
    case list(SchemaNode, FieldLevels)
    case structure([SchemaNode], FieldLevels)

    var levels: FieldLevels {
        switch self {
        case .leaf(_, let levels), .list(_, let levels), .structure(_, let levels): levels
        }
    }
}

/// What a node needs to know to store a value.
struct FieldLevels: Sendable {
    var type: ParquetFieldType
    var isOptional: Bool
    /// The definition level of a value that is there.
    var definition: Int
    /// Repeated fields down to the node, itself not included.
    var repetition: Int
    /// The leaves below.
    var leaves: Range<Int>
}

/// The schema of a file to be written: the tree, its leaves, and the list of elements that the footer stores.
struct WriterSchema: Sendable {
    /// An element of the footer's schema.
    struct Element: Sendable {
        /// What the format calls converted and logical types.
        enum Annotation {
            case string, list
        }

        var name: String
        var type: PhysicalType?
        var repetition: FieldRepetition?
        var children: Int
        var annotation: Annotation?
    }

    private(set) var columns: [SchemaNode] = []
    private(set) var leaves: [ParquetLeaf] = []
    private(set) var elements: [Element] = []

    /// Fields nest at most so deep.
    private static let maximumDepth = 64

    init(_ fields: [ParquetField], path: String) throws(ParquetWriteError) {
        try Self.check(fields, inside: [], path: path)
        elements.append(Element(name: "schema", children: fields.count))
        for field in fields { columns.append(add(field, [], definition: 0, repetition: 0)) }
    }

    private static func check(
        _ fields: [ParquetField], inside outer: [String], path: String
    ) throws(ParquetWriteError) {
        func fault(_ reason: String) -> ParquetWriteError {
            .schema(path: path, column: outer.joined(separator: "."), reason: reason)
        }
        guard !fields.isEmpty else { throw fault("has no fields") }
        guard outer.count < maximumDepth else { throw fault("nests too deep") }
        var names: Set<[UInt8]> = []
        for field in fields {
            guard names.insert(Array(field.name.utf8)).inserted else { throw fault("has two fields '\(field.name)'") }
            var type = field.type
            var inner = outer + [field.name]
            while case .list(let element) = type {
                guard inner.count < maximumDepth else { throw fault("nests too deep") }
                type = element
                inner.append("element")
            }
            if case .structure(let members) = type { try check(members, inside: inner, path: path) }
        }
    }

    private mutating func add(
        _ field: ParquetField, _ outer: [String], definition: Int, repetition: Int
    ) -> SchemaNode {
        let path = outer + [field.name]
        let definition = definition + (field.isOptional ? 1 : 0)
        let first = leaves.count
        func levels() -> FieldLevels {
            FieldLevels(
                type: field.type, isOptional: field.isOptional, definition: definition, repetition: repetition,
                leaves: first..<leaves.count)
        }
        func element(_ type: PhysicalType?, _ children: Int, _ annotation: Element.Annotation? = nil) -> Element {
            Element(
                name: field.name, type: type, repetition: field.isOptional ? .optional : .required,
                children: children, annotation: annotation)
        }
        switch field.type {
        case .bool, .int32, .int64, .double, .string:
            let type = field.type.physicalType
            elements.append(element(type, 0, field.type == .string ? .string : nil))
            leaves.append(
                ParquetLeaf(
                    path: path, type: type, maximumDefinition: definition, maximumRepetition: repetition))
            return .leaf(first, levels())
        case .list(let type):
            elements.append(element(nil, 1, .list))
            elements.append(Element(name: "list", repetition: .repeated, children: 1))
            let child = add(
                ParquetField("element", type), path + ["list"], definition: definition + 1, repetition: repetition + 1)
            return .list(child, levels())
        case .structure(let members):
            elements.append(element(nil, members.count))
            let children = members.map { add($0, path, definition: definition, repetition: repetition) }
            return .structure(children, levels())
        }
    }
}

extension ParquetFieldType {
    /// How a leaf is stored; lists and structures are not stored themselves.
    fileprivate var physicalType: PhysicalType {
        switch self {
        case .bool: .boolean
        case .int32: .int32
        case .int64: .int64
        case .double: .double
        case .string, .list, .structure: .byteArray
        }
    }
}
