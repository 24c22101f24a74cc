import JSON

/// The type that all values under one name have in common.
indirect enum InferredType {
    /// Only null so far, or no element.
    case nothing
    case bool
    case integer
    case double
    case string
    case list(InferredType)
    case structure([(name: String, type: InferredType)])
    case mixed

    /// Fields of a structure that are told apart, and elements of a list that are looked at.
    private static let maximumFields = 100
    private static let maximumElements = 1000
    private static let maximumDepth = 16

    init(_ value: JSONValue, depth: Int = 0) {
        guard depth < InferredType.maximumDepth else {
            self = .mixed
            return
        }
        switch value.kind {
        case .null: self = .nothing
        case .bool: self = .bool
        case .integer: self = .integer
        case .double: self = .double
        case .string: self = .string
        case .array:
            self = .list(
                value.elements.prefix(InferredType.maximumElements).reduce(.nothing) {
                    $0.joined(with: InferredType($1, depth: depth + 1))
                })
        case .object:
            self = InferredType.structure([]).joined(
                with: .structure(
                    value.members.prefix(InferredType.maximumFields).map {
                        ($0.key, InferredType($0.value, depth: depth + 1))
                    }))
        }
    }

    func joined(with other: InferredType) -> InferredType {
        switch (self, other) {
        case (.nothing, let type), (let type, .nothing): type
        case (.bool, .bool): .bool
        case (.integer, .integer): .integer
        case (.double, .double), (.integer, .double), (.double, .integer): .double
        case (.string, .string): .string
        case (.list(let one), .list(let another)): .list(one.joined(with: another))
        case (.structure(let one), .structure(let another)): .structure(InferredType.joined(one, another))
        default: .mixed
        }
    }

    private static func joined(
        _ one: [(name: String, type: InferredType)], _ other: [(name: String, type: InferredType)]
    ) -> [(name: String, type: InferredType)] {
        var fields = one
        for (index, field) in other.enumerated() {
            // Records of one writer have their fields in one order.
            let isInPlace = index < fields.count && fields[index].name.utf8.elementsEqual(field.name.utf8)
            let place = isInPlace ? index : fields.firstIndex { $0.name.utf8.elementsEqual(field.name.utf8) }
            if let place {
                fields[place].type = fields[place].type.joined(with: field.type)
            } else if fields.count < maximumFields {
                fields.append(field)
            }
        }
        return fields
    }

    /// In the manner of Parquet's types.
    var name: String {
        switch self {
        case .nothing: "null"
        case .bool: "bool"
        case .integer: "int64"
        case .double: "double"
        case .string: "string"
        case .list(let element): "list<\(element.name)>"
        case .structure(let fields): "struct<\(fields.map { "\($0.name): \($0.type.name)" }.joined(separator: ", "))>"
        case .mixed: "mixed"
        }
    }
}

/// The columns of a JSON file, as its rows show them.
struct InferredColumns {
    private var columns: [(name: String, type: InferredType, valueCount: Int)] = []
    private var places: [[UInt8]: Int] = [:]

    mutating func add(_ row: JSONValue) {
        for (index, member) in row.members.enumerated() {
            let key = member.key
            let place: Int
            if index < columns.count, columns[index].name.utf8.elementsEqual(key.utf8) {
                place = index
            } else if let known = places[Array(key.utf8)] {
                place = known
            } else {
                guard columns.count < TraceFileSummary.maximumColumns else { continue }
                place = columns.count
                places[Array(key.utf8)] = place
                columns.append((key, .nothing, 0))
            }
            guard !member.value.isNull else { continue }
            columns[place].valueCount += 1
            columns[place].type = columns[place].type.joined(with: InferredType(member.value))
        }
    }

    func columns(rowCount: Int) -> [TraceFileSummary.Column] {
        columns.map {
            // A row that has a name twice is not counted twice.
            TraceFileSummary.Column(
                name: $0.name, type: $0.type.name, nullCount: max(0, rowCount - $0.valueCount))
        }
    }
}
