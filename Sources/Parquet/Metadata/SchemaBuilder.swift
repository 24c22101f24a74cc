/// Makes the tree of fields out of the footer's list of nodes, and finds lists and maps in it.
///
/// Lists are recognised by the rules of LogicalTypes.md, "Nested Types", including those for files of older writers.
struct SchemaBuilder {
    static let maximumDepth = 64

    private let elements: [SchemaElement]
    private var next = 1
    /// Names from the root down to each leaf, joined by dots, in the order of the column chunks.
    private(set) var leafPaths: [String] = []
    private var path: [String] = []

    private init(_ elements: [SchemaElement]) {
        self.elements = elements
    }

    /// Builds the root, a structure that holds the columns.
    static func build(_ elements: [SchemaElement]) throws(ParquetFailure) -> (root: StoredField, leafPaths: [String]) {
        guard let root = elements.first else { throw ParquetFailure(.invalidSchema, "the schema is empty") }
        guard root.type == nil, let count = root.childCount ?? (elements.count == 1 ? 0 : nil), count >= 0 else {
            throw ParquetFailure(.invalidSchema, "the schema does not begin with a group")
        }
        var builder = SchemaBuilder(elements)
        let levels = StoredField.Levels(repetition: 0, slot: 0, value: 0, element: 0)
        let fields = try builder.fields(count, in: "the schema", below: levels, depth: 1)
        guard builder.next == elements.count else {
            throw ParquetFailure(
                .invalidSchema, "the schema lists \(elements.count - builder.next) fields that belong to no group")
        }
        let field = StoredField(
            name: root.name, isNullable: false, kind: .structure(fields), length: 0, levels: levels,
            leaves: 0..<builder.leafPaths.count)
        return (field, builder.leafPaths)
    }

    private func failure(_ element: SchemaElement, _ message: String) -> ParquetFailure {
        ParquetFailure(.invalidSchema, "the field '\((path + [element.name]).joined(separator: "."))' \(message)")
    }

    private mutating func fields(
        _ count: Int, in name: String, below levels: StoredField.Levels, depth: Int
    ) throws(ParquetFailure) -> [StoredField] {
        guard count <= elements.count - next else {
            throw ParquetFailure(
                .invalidSchema, "the group '\(name)' has \(count) fields, of which \(elements.count - next) are listed")
        }
        var fields: [StoredField] = []
        for _ in 0..<count { fields.append(try field(below: levels, depth: depth)) }
        return fields
    }

    private func peek() throws(ParquetFailure) -> SchemaElement {
        guard next < elements.count else {
            throw ParquetFailure(.invalidSchema, "the schema lists fewer fields than its groups have")
        }
        return elements[next]
    }

    /// The next field; a repeated one that is no part of a list or map is a list by itself.
    private mutating func field(below levels: StoredField.Levels, depth: Int) throws(ParquetFailure) -> StoredField {
        let element = try peek()
        guard let repetition = element.repetition else { throw failure(element, "has no repetition") }
        switch repetition {
        case .repeated:
            return try repeatedList(element, below: levels, depth: depth)
        case .optional:
            let optional = StoredField.Levels(
                repetition: levels.repetition, slot: levels.slot, value: levels.value + 1, element: levels.value + 1)
            return try content(element, optional, isNullable: true, depth: depth)
        case .required:
            return try content(element, levels, isNullable: false, depth: depth)
        }
    }

    private func below(repeated levels: StoredField.Levels) -> StoredField.Levels {
        let definition = levels.value + 1
        return StoredField.Levels(
            repetition: levels.repetition + 1, slot: definition, value: definition, element: definition)
    }

    private mutating func repeatedList(
        _ element: SchemaElement, below levels: StoredField.Levels, depth: Int
    ) throws(ParquetFailure) -> StoredField {
        let start = leafPaths.count
        let inner = below(repeated: levels)
        let content = try content(element, inner, isNullable: false, depth: depth + 1)
        var own = levels
        own.element = inner.value
        return StoredField(
            name: element.name, isNullable: false, kind: .list(content), length: 0, levels: own,
            leaves: start..<leafPaths.count)
    }

    /// Takes the next element, whose own repetition is already in `levels`.
    private mutating func content(
        _ element: SchemaElement, _ levels: StoredField.Levels, isNullable: Bool, depth: Int
    ) throws(ParquetFailure) -> StoredField {
        guard depth <= SchemaBuilder.maximumDepth else {
            throw failure(element, "lies deeper than \(SchemaBuilder.maximumDepth) groups")
        }
        next += 1
        let start = leafPaths.count
        path.append(element.name)
        defer { path.removeLast() }
        var levels = levels
        let kind: StoredField.Kind
        if let type = element.type {
            guard element.childCount ?? 0 == 0 else { throw failure(element, "has both a type and fields") }
            kind = .value(type, try logicalType(element, type))
            leafPaths.append(path.joined(separator: "."))
        } else {
            guard let count = element.childCount, count > 0 else { throw failure(element, "has no type and no fields") }
            switch element.annotation {
            case .list:
                kind = .list(try listElement(of: element, count, &levels, depth: depth))
            case .map:
                kind = try mapKind(of: element, count, &levels, depth: depth)
            default:
                kind = .structure(try fields(count, in: element.name, below: levels, depth: depth + 1))
            }
        }
        return StoredField(
            name: element.name, isNullable: isNullable, kind: kind, length: element.typeLength, levels: levels,
            leaves: start..<leafPaths.count)
    }

    private func logicalType(_ element: SchemaElement, _ type: PhysicalType) throws(ParquetFailure) -> LogicalType? {
        if type == .fixedLengthByteArray, !(1...StoredField.maximumLength).contains(element.typeLength) {
            throw failure(element, "holds byte arrays of the length \(element.typeLength)")
        }
        guard case .value(let logical) = element.annotation, logical.fits(type, length: element.typeLength) else {
            return nil
        }
        return logical
    }

    private func repeatedChild(of list: SchemaElement, _ count: Int) throws(ParquetFailure) -> SchemaElement {
        let child = try peek()
        guard count == 1, child.repetition == .repeated else {
            throw failure(list, "is a list or map but does not hold one repeated field")
        }
        return child
    }

    private mutating func listElement(
        of list: SchemaElement, _ count: Int, _ levels: inout StoredField.Levels, depth: Int
    ) throws(ParquetFailure) -> StoredField {
        let repeated = try repeatedChild(of: list, count)
        let inner = below(repeated: levels)
        levels.element = inner.value
        if repeated.type == nil, repeated.childCount == 1, next + 1 < elements.count {
            let only = elements[next + 1]
            let isElement =
                only.repetition == .repeated || repeated.name == "array" || repeated.name == list.name + "_tuple"
                || repeated.annotation == .list || repeated.annotation == .map
            if !isElement {
                // Three levels: the repeated group only wraps the element.
                next += 1
                path.append(repeated.name)
                defer { path.removeLast() }
                return try field(below: inner, depth: depth + 2)
            }
        }
        // Two levels, as older writers made them: the repeated field is the element itself.
        return try content(repeated, inner, isNullable: false, depth: depth + 1)
    }

    private mutating func mapKind(
        of map: SchemaElement, _ count: Int, _ levels: inout StoredField.Levels, depth: Int
    ) throws(ParquetFailure) -> StoredField.Kind {
        let entry = try repeatedChild(of: map, count)
        let inner = below(repeated: levels)
        levels.element = inner.value
        guard entry.type == nil, entry.childCount == 2 else {
            // A map without values is the list of its keys.
            return .list(try content(entry, inner, isNullable: false, depth: depth + 1))
        }
        next += 1
        path.append(entry.name)
        defer { path.removeLast() }
        let key = try field(below: inner, depth: depth + 2)
        return .map(key: key, value: try field(below: inner, depth: depth + 2))
    }
}

extension StoredField {
    /// The longest byte arrays of a fixed length that are read.
    static let maximumLength = 1 << 20
}
