/// What stored values mean (LogicalTypes.md).
public enum LogicalType: Hashable, Sendable {
    /// UTF-8 text.
    case text
    /// UTF-8 text from a fixed set.
    case enumeration
    /// A JSON text.
    case json
    /// A BSON document.
    case bson
    /// An integer of 8, 16, 32 or 64 bits.
    case integer(bits: Int, isSigned: Bool)
    /// An integer, taken as that many digits of which `scale` stand behind the point.
    case decimal(precision: Int, scale: Int)
    /// Days since 1970-01-01.
    case date
    /// Time since midnight.
    case time(TimeUnit)
    /// Time since 1970-01-01 00:00:00, in UTC or in a time zone that nobody says.
    case timestamp(TimeUnit, isUTC: Bool)
    /// Months, days and milliseconds.
    case interval
    /// A UUID, 16 bytes.
    case uuid
    /// IEEE 754, 16 bits.
    case float16
    /// Nothing but null.
    case null

    /// The most digits of a decimal; more than any writer gives.
    static let maximumPrecision = 76

    /// Whether values of a physical type can have this meaning.
    func fits(_ type: PhysicalType, length: Int) -> Bool {
        switch self {
        case .text, .enumeration, .json, .bson: type == .byteArray
        case .integer(let bits, _): type == (bits == 64 ? .int64 : .int32)
        case .decimal(let precision, _):
            switch type {
            case .int32: precision <= 9
            case .int64: precision <= 18
            case .byteArray: true
            case .fixedLengthByteArray: length <= 40
            default: false
            }
        case .date: type == .int32
        case .time(let unit): type == (unit == .milliseconds ? .int32 : .int64)
        case .timestamp: type == .int64
        case .interval: type == .fixedLengthByteArray && length == 12
        case .uuid: type == .fixedLengthByteArray && length == 16
        case .float16: type == .fixedLengthByteArray && length == 2
        case .null: true
        }
    }
}

/// How finely a time is stored.
public enum TimeUnit: Hashable, Sendable {
    /// 1/1000 s
    case milliseconds
    /// 1/1000000 s
    case microseconds
    /// 1/1000000000 s
    case nanoseconds

    /// How many of them make a second.
    var perSecond: Int64 {
        switch self {
        case .milliseconds: 1000
        case .microseconds: 1_000_000
        case .nanoseconds: 1_000_000_000
        }
    }

    /// The digits behind the point of a second.
    var digits: Int {
        switch self {
        case .milliseconds: 3
        case .microseconds: 6
        case .nanoseconds: 9
        }
    }
}

extension LogicalType: CustomStringConvertible {
    /// Such as `uint8`, `decimal(10, 2)` or `timestamp(us, UTC)`.
    public var description: String {
        switch self {
        case .text: "string"
        case .enumeration: "enum"
        case .json: "json"
        case .bson: "bson"
        case .integer(let bits, let isSigned): "\(isSigned ? "" : "u")int\(bits)"
        case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
        case .date: "date"
        case .time(let unit): "time(\(unit))"
        case .timestamp(let unit, let isUTC): "timestamp(\(unit)\(isUTC ? ", UTC" : ""))"
        case .interval: "interval"
        case .uuid: "uuid"
        case .float16: "float16"
        case .null: "null"
        }
    }
}

extension TimeUnit: CustomStringConvertible {
    /// `ms`, `us` or `ns`.
    public var description: String {
        switch self {
        case .milliseconds: "ms"
        case .microseconds: "us"
        case .nanoseconds: "ns"
        }
    }
}
