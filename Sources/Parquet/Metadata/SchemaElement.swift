/// A node of the schema as the footer lists it, depth first (parquet.thrift, `SchemaElement`).
struct SchemaElement {
    var name = ""
    var type: PhysicalType?
    var typeLength = 0
    var repetition: FieldRepetition?
    var childCount: Int?
    var annotation = Annotation.none

    /// What the values of a node mean, from its logical type or, in older files, its converted type.
    enum Annotation: Hashable {
        case none
        case list
        case map
        case value(LogicalType)
    }

    init(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var converted: Int32?
        var scale: Int32 = 0
        var precision: Int32 = 0
        var logical: Annotation?
        var hasName = false
        var rawType: Int32?
        var rawRepetition: Int32?
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1: rawType = try reader.int32(field)
            case 2: typeLength = Int(try reader.int32(field))
            case 3: rawRepetition = try reader.int32(field)
            case 4:
                name = try reader.string(field)
                hasName = true
            case 5: childCount = Int(try reader.int32(field))
            case 6: converted = try reader.int32(field)
            case 7: scale = try reader.int32(field)
            case 8: precision = try reader.int32(field)
            case 10: logical = try Self.logicalType(&reader, field)
            default: try reader.skip(field)
            }
        }
        func broken(_ message: String) -> ThriftReader.Failure {
            ThriftReader.Failure(isTruncated: false, message: message, position: reader.position)
        }
        guard hasName else { throw broken("a field of its schema has no name") }
        if let rawType {
            type = PhysicalType(rawValue: rawType)
            guard type != nil else { throw broken("the field '\(name)' has the unknown type \(rawType)") }
        }
        if let rawRepetition {
            repetition = FieldRepetition(rawValue: rawRepetition)
            guard repetition != nil else {
                throw broken("the field '\(name)' has the unknown repetition \(rawRepetition)")
            }
        }
        annotation = logical ?? Self.annotation(converted: converted, scale: scale, precision: precision)
    }

    /// A logical type that is not known here leaves the values as they are stored.
    private static func logicalType(
        _ reader: inout ThriftReader, _ field: ThriftReader.Field
    ) throws(ThriftReader.Failure) -> Annotation? {
        guard field.type == .structure else {
            try reader.skip(field)
            return nil
        }
        var annotation: Annotation?
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            guard field.type == .structure else { return try reader.skip(field) }
            switch field.id {
            case 1: annotation = .value(.text)
            case 2: annotation = .map
            case 3: annotation = .list
            case 4: annotation = .value(.enumeration)
            case 6: annotation = .value(.date)
            case 11: annotation = .value(.null)
            case 12: annotation = .value(.json)
            case 13: annotation = .value(.bson)
            case 14: annotation = .value(.uuid)
            case 15: annotation = .value(.float16)
            case 5:
                let (scale, precision) = try pair(&reader)
                annotation = decimal(scale: Int32(clamping: scale), precision: Int32(clamping: precision))
                return
            case 7, 8:
                let (isUTC, unit) = try time(&reader)
                guard let unit else { return }
                annotation = .value(field.id == 7 ? .time(unit) : .timestamp(unit, isUTC: isUTC))
                return
            case 10:
                annotation = try integer(&reader)
                return
            default: break
            }
            try reader.skip(field)
        }
        return annotation
    }

    private static func pair(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> (Int64, Int64) {
        var (first, second) = (Int64(0), Int64(0))
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1: first = try reader.integer(field)
            case 2: second = try reader.integer(field)
            default: try reader.skip(field)
            }
        }
        return (first, second)
    }

    private static func time(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> (Bool, TimeUnit?) {
        var isUTC = false
        var unit: TimeUnit?
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1: isUTC = try reader.bool(field)
            case 2 where field.type == .structure:
                try reader.structure { (reader, field) throws(ThriftReader.Failure) in
                    unit = [1: .milliseconds, 2: .microseconds, 3: .nanoseconds][field.id]
                    try reader.skip(field)
                }
            default: try reader.skip(field)
            }
        }
        return (isUTC, unit)
    }

    private static func integer(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> Annotation? {
        var width: Int64 = 0
        var isSigned = true
        try reader.structure { (reader, field) throws(ThriftReader.Failure) in
            switch field.id {
            case 1: width = try reader.integer(field)
            case 2: isSigned = try reader.bool(field)
            default: try reader.skip(field)
            }
        }
        return [8, 16, 32, 64].contains(width) ? .value(.integer(bits: Int(width), isSigned: isSigned)) : nil
    }

    private static func decimal(scale: Int32, precision: Int32) -> Annotation {
        guard (1...Int32(LogicalType.maximumPrecision)).contains(precision), (0...precision).contains(scale) else {
            return .none
        }
        return .value(.decimal(precision: Int(precision), scale: Int(scale)))
    }

    private static func annotation(converted: Int32?, scale: Int32, precision: Int32) -> Annotation {
        switch converted {
        case 0: .value(.text)
        case 1, 2: .map
        case 3: .list
        case 4: .value(.enumeration)
        case 5: decimal(scale: scale, precision: precision)
        case 6: .value(.date)
        case 7: .value(.time(.milliseconds))
        case 8: .value(.time(.microseconds))
        case 9: .value(.timestamp(.milliseconds, isUTC: true))
        case 10: .value(.timestamp(.microseconds, isUTC: true))
        case 11: .value(.integer(bits: 8, isSigned: false))
        case 12: .value(.integer(bits: 16, isSigned: false))
        case 13: .value(.integer(bits: 32, isSigned: false))
        case 14: .value(.integer(bits: 64, isSigned: false))
        case 15: .value(.integer(bits: 8, isSigned: true))
        case 16: .value(.integer(bits: 16, isSigned: true))
        case 17: .value(.integer(bits: 32, isSigned: true))
        case 18: .value(.integer(bits: 64, isSigned: true))
        case 19: .value(.json)
        case 20: .value(.bson)
        case 21: .value(.interval)
        default: .none
        }
    }
}
