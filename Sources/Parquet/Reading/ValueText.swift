/// Stored values as text that people read.
enum ValueText {
    static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar; years outside 0 to 9999 have a sign (ISO 8601).
    static func date(_ days: Int64) -> String {
        // Days since 0000-03-01, in eras of 400 years: the leap day is then the last day of a year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
        return sign + padded(abs(year), 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    /// Time since midnight; a number outside the day stays a number.
    static func time(_ value: Int64, _ unit: TimeUnit) -> String {
        let seconds = value / unit.perSecond
        guard value >= 0, seconds < 86_400 else { return String(value) }
        return clock(seconds, fraction: value % unit.perSecond, unit)
    }

    private static func clock(_ seconds: Int64, fraction: Int64, _ unit: TimeUnit) -> String {
        padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2) + "."
            + padded(fraction, unit.digits)
    }

    /// Time since 1970-01-01 00:00:00.
    static func timestamp(_ value: Int64, _ unit: TimeUnit, isUTC: Bool) -> String {
        let perDay = unit.perSecond * 86_400
        var (days, rest) = value.quotientAndRemainder(dividingBy: perDay)
        if rest < 0 {
            days -= 1
            rest += perDay
        }
        let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: unit.perSecond)
        return date(days) + "T" + clock(seconds, fraction: fraction, unit) + (isUTC ? "Z" : "")
    }

    /// Nanoseconds of the day and the Julian day, as old writers stored time stamps.
    static func legacyTimestamp(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let nanoseconds = Int64(bitPattern: littleEndian(bytes.prefix(8)))
        let day = Int64(Int32(truncatingIfNeeded: littleEndian(bytes.dropFirst(8))))
        let perDay: Int64 = 86_400_000_000_000
        var (days, rest) = nanoseconds.quotientAndRemainder(dividingBy: perDay)
        if rest < 0 {
            days -= 1
            rest += perDay
        }
        let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: 1_000_000_000)
        return date(day - 2_440_588 + days) + "T" + clock(seconds, fraction: fraction, .nanoseconds)
    }

    private static func littleEndian(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func decimal(_ value: Int64, scale: Int) -> String {
        decimal(digits: String(value.magnitude), isNegative: value < 0, scale: scale)
    }

    /// A two's complement number, the highest byte first.
    static func decimal(_ bytes: UnsafeBufferPointer<UInt8>, scale: Int) -> String {
        let isNegative = (bytes.first ?? 0) >= 0x80
        var magnitude = Array(bytes)
        if isNegative {
            var carry = true
            for index in magnitude.indices.reversed() {
                magnitude[index] = ~magnitude[index]
                if carry { (magnitude[index], carry) = magnitude[index].addingReportingOverflow(1) }
            }
        }
        // Nine digits at a time, the lowest first.
        var digits = ""
        while magnitude.contains(where: { $0 != 0 }) {
            var rest: UInt64 = 0
            for index in magnitude.indices {
                let value = rest << 8 | UInt64(magnitude[index])
                magnitude[index] = UInt8(value / 1_000_000_000)
                rest = value % 1_000_000_000
            }
            digits = padded(Int64(rest), 9) + digits
        }
        let significant = String(digits.drop { $0 == "0" })
        return decimal(digits: significant.isEmpty ? "0" : significant, isNegative: isNegative, scale: scale)
    }

    private static func decimal(digits: String, isNegative: Bool, scale: Int) -> String {
        let sign = isNegative ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }

    static func uuid(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let hexadecimal: [UInt8] = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(hexadecimal[Int(byte >> 4)])
            text.append(hexadecimal[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Months, days and milliseconds as an ISO 8601 duration.
    static func interval(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let months = littleEndian(bytes.prefix(4))
        let days = littleEndian(bytes.dropFirst(4).prefix(4))
        let milliseconds = littleEndian(bytes.dropFirst(8).prefix(4))
        return "P\(months)M\(days)DT\(milliseconds / 1000).\(padded(Int64(milliseconds % 1000), 3))S"
    }

    /// IEEE 754 with 16 bits.
    static func half(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard bytes.count == 2 else { return nil }
        let bits = UInt16(bytes[1]) << 8 | UInt16(bytes[0])
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023)
        let magnitude: Double =
            switch exponent {
            case 0: fraction / 16_777_216
            case 31: fraction == 0 ? .infinity : .nan
            default: (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
            }
        return bits >= 0x8000 ? -magnitude : magnitude
    }
}
