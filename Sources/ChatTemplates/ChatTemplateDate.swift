import Glibc

/// A moment of the calendar, for `strftime_now`.
public struct ChatTemplateDate: Sendable, Equatable {
    private var fields: [Int]

    /// A moment; nil where there is no such day or time of day, or the year is not in 1...9999.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (0..<24).contains(hour), (0..<60).contains(minute),
            (0..<60).contains(second)
        else { return nil }
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...days[month - 1]).contains(day) else { return nil }
        fields = [year, month, day, hour, minute, second]
    }

    /// A day written as `2025-01-31`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { $0.isASCIIDigit } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The present moment in the local time zone.
    public static func now() -> ChatTemplateDate {
        var (seconds, parts) = (time(nil), tm())
        localtime_r(&seconds, &parts)
        let now = ChatTemplateDate(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: min(59, Int(parts.tm_sec)))
        return now ?? ChatTemplateDate(fields: [1970, 1, 1, 0, 0, 0])
    }

    private init(fields: [Int]) { self.fields = fields }

    /// What `datetime.strftime` makes of a format. Without a time zone, as transformers calls it.
    func formatted(_ format: String) -> String {
        guard !format.isEmpty else { return "" }
        var parts = tm()
        parts.tm_year = CInt(fields[0] - 1900)
        (parts.tm_mon, parts.tm_mday) = (CInt(fields[1] - 1), CInt(fields[2]))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (CInt(fields[3]), CInt(fields[4]), CInt(fields[5]))
        // Fills in the day of the week and of the year.
        var copy = parts
        _ = timegm(&copy)
        (parts.tm_wday, parts.tm_yday) = (copy.tm_wday, copy.tm_yday)
        let known = ChatTemplateDate.withoutPythonsOwn(format)
        // A mark at the end tells an empty result from a buffer that is too small.
        var buffer = [CChar](repeating: 0, count: 64 * known.utf8.count + 64)
        let count = strftime(&buffer, buffer.count, known + "|", &parts)
        guard count > 0 else { return "" }
        return String(decoding: buffer.prefix(count - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `%f`, `%z` and `%Z` are Python's own: microseconds, and nothing for a moment without a zone.
    private static func withoutPythonsOwn(_ format: String) -> String {
        var result = ""
        var isEscape = false
        for scalar in format.unicodeScalars {
            if isEscape {
                switch scalar {
                case "f": result += "000000"
                case "z", "Z": break
                default: result += "%" + String(scalar)
                }
                isEscape = false
            } else if scalar == "%" {
                isEscape = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return isEscape ? result + "%" : result
    }
}

extension ChatTemplateDate: CustomStringConvertible {
    /// The day, as `2025-01-31`.
    public var description: String { formatted("%Y-%m-%d") }
}
