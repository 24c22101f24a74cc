import Glibc

/// The filters that there are.
enum Filter: String, CaseIterable, Sendable {
    case abs, batch, capitalize, center, count, d, `default`, dictsort, e, escape, first, float, forceescape, format
    case groupby, indent, int, items, join, last, length, list, lower, map, max, min, reject, rejectattr, replace,
        reverse
    case round, safe, select, selectattr, slice, sort, string, sum, title, tojson, trim, truncate, unique, upper,
        wordcount
    case attr
}

extension Renderer {
    func apply(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch filter {
        case .trim:
            let bound = try arguments.bound(to: "chars", of: "trim", self)
            let text = try text(of: value)
            try spend(bytes: text.bytes.count)
            return .string(text.stripped(of: try optionalText(bound[0], "trim")))
        case .tojson: return try json(value, arguments)
        case .length, .count:
            try arguments.none(of: "length", self)
            return .int(try length(value))
        case .default, .d:
            let bound = try arguments.bound(to: "default_value", "boolean", of: "default", self)
            let isMissing = value.isUndefined || (bound[1]?.isTrue ?? false) && !value.isTrue
            return isMissing ? bound[0] ?? .string(Text([])) : value
        case .string:
            try arguments.none(of: "string", self)
            return .string(try text(of: value))
        case .safe:
            try arguments.none(of: "safe", self)
            return .string(Text(try text(of: value).bytes, isMarkup: true))
        case .escape, .e, .forceescape:
            try arguments.none(of: "escape", self)
            var text = try text(of: value)
            if filter == .forceescape { text.isMarkup = false }
            return try string(text.escaped)
        case .upper, .lower, .capitalize, .title, .wordcount: return try changed(filter, value, arguments)
        case .join, .replace, .indent, .center, .format, .truncate: return try textual(filter, value, arguments)
        case .int, .float, .abs, .round: return try numeric(filter, value, arguments)
        case .first, .last, .reverse, .list, .items, .batch, .slice: return try sequential(filter, value, arguments)
        case .sort, .dictsort, .min, .max, .unique, .groupby, .sum: return try ordered(filter, value, arguments)
        case .map: return try mapped(value, arguments)
        case .select, .reject, .selectattr, .rejectattr: return try selected(filter, value, arguments)
        case .attr:
            let bound = try arguments.bound(to: "name", required: 1, of: "attr", self)
            guard case .string(let name) = bound[0] else { throw error("'attr' wants a name") }
            if case .dictionary = value, AttributeName(name).method?.availability(on: value) != .callable {
                return .undefined(Undefined(.attribute(type: value.typeOfObject, name: name)))
            }
            return try attribute(AttributeName(name), of: value)
        }
    }

    func length(_ value: Value) throws(ChatTemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text):
            try spend(bytes: text.bytes.count)
            return text.count
        case .list(let list), .tuple(let list): return list.elements.count
        case .dictionary(let members), .keys(let members), .values(let members), .items(let members):
            return members.count
        case .range(let range): return range.count
        case .loop(let loop): return try loop.length(self)
        default: throw error("a \(value.type) has no length")
        }
    }

    private func optionalText(_ value: Value?, _ function: String) throws(ChatTemplateError) -> Text? {
        switch value {
        case nil, .null: return nil
        case .string(let text): return text
        case let value?: throw error("'\(function)' wants a string, not '\(value.type)'")
        }
    }

    private func optionalIndex(_ value: Value?, _ function: String) throws(ChatTemplateError) -> Int? {
        switch value {
        case nil, .null: return nil
        case let value?:
            guard let index = value.index else { throw error("'\(function)' wants an integer, not '\(value.type)'") }
            return index
        }
    }

    // MARK: Text

    private func changed(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        try arguments.none(of: filter.rawValue, self)
        let text = try text(of: value)
        try spend(bytes: 4 * text.bytes.count)
        switch filter {
        case .upper: return .string(text.uppercased)
        case .lower: return .string(text.lowercased)
        case .capitalize: return .string(text.capitalized)
        case .wordcount:
            let isWord = text.scalars.map { $0 == "_" || Text(String($0)).isAlphanumeric }
            return .int(isWord.indices.count { isWord[$0] && ($0 == 0 || !isWord[$0 - 1]) })
        default:
            // Words begin after white space, hyphens and opening brackets.
            var result: [UInt8] = []
            var word = ""
            func end() {
                let text = Text(word)
                let first = text.scalar(at: 0) ?? Text([])
                result += first.uppercased.bytes + Text(text.bytes[first.bytes.count...]).lowercased.bytes
                word = ""
            }
            for scalar in text.scalars {
                if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
                    end()
                    result += Array(String(scalar).utf8)
                } else {
                    word.unicodeScalars.append(scalar)
                }
            }
            end()
            return .string(Text(result))
        }
    }

    private func textual(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch filter {
        case .join:
            let bound = try arguments.bound(to: "d", "attribute", of: "join", self)
            let separator = try bound[0].map { (value) throws(ChatTemplateError) in try text(of: value).bytes } ?? []
            let path = try attributePath(bound[1])
            var cursor = try Cursor(value, self)
            var bytes: [UInt8] = []
            var isFirst = true
            while let element = try cursor.next(self) {
                try step()
                if !isFirst { bytes += separator }
                isFirst = false
                bytes += try text(of: try lookUp(path, in: element)).bytes
                guard bytes.count <= limits.maximumOutput else { throw error("'join' makes too long a text") }
            }
            return try string(Text(bytes))
        case .replace:
            let bound = try arguments.bound(to: "old", "new", "count", required: 2, of: "replace", self)
            let text = try text(of: value)
            return try replaced(
                Text(text.bytes), try self.text(of: bound[0] ?? .null), try self.text(of: bound[1] ?? .null),
                try optionalIndex(bound[2], "replace"))
        case .indent:
            let bound = try arguments.bound(to: "width", "first", "blank", of: "indent", self)
            guard case .string(let text) = value else { throw operandError("'indent'", value) }
            var indent: [UInt8]
            switch bound[0] {
            case .string(let width): indent = width.bytes
            case let width:
                let count = try optionalIndex(width, "indent") ?? 4
                try spend(bytes: max(0, count))
                indent = Array(repeating: 0x20, count: max(0, count))
            }
            let lines = Text(text.bytes + [0x0A]).lines(keepingEnds: false)
            try spend(bytes: text.bytes.count + indent.count)
            var result: [UInt8] = bound[1]?.isTrue ?? false ? indent : []
            for (place, line) in lines.enumerated() {
                if place > 0 {
                    result.append(0x0A)
                    if bound[2]?.isTrue ?? false || !line.isEmpty { result += indent }
                }
                result += line.bytes
                guard result.count <= limits.maximumOutput else { throw error("'indent' makes too long a text") }
            }
            return try string(Text(result, isMarkup: text.isMarkup))
        case .center:
            let bound = try arguments.bound(to: "width", of: "center", self)
            return try padded(try text(of: value), try optionalIndex(bound[0], "center") ?? 80, .center, Text(" "))
        case .format:
            let text = try text(of: value)
            guard arguments.keywords.isEmpty else {
                guard arguments.positional.isEmpty else {
                    throw error("'format' takes named or other arguments, not both")
                }
                var builder = DictionaryBuilder()
                for (name, value) in arguments.keywords {
                    builder.add(value, for: .string(name.bytes), shown: .string(name))
                }
                return try string(try formatted(text, try dictionary(builder)))
            }
            return try string(try formatted(text, try tuple(arguments.positional)))
        default:
            let bound = try arguments.bound(to: "length", "killwords", "end", "leeway", of: "truncate", self)
            let limit = try optionalIndex(bound[0], "truncate") ?? 255
            let end = try optionalText(bound[2], "truncate") ?? Text("...")
            let leeway = try optionalIndex(bound[3], "truncate") ?? 5
            guard limit >= end.count, leeway >= 0, limit < Int.max - leeway else {
                throw error("bad length in 'truncate'")
            }
            guard try length(value) > limit + leeway else { return value }
            guard case .string(let text) = value else { throw operandError("'truncate'", value) }
            let cut = Text(text.bytes[..<text.byte(ofScalar: limit - end.count)])
            if bound[1]?.isTrue ?? false { return try string(Text(cut.bytes + end.bytes)) }
            return try string(Text(cut.splitFromEnd(Text(" "), limit: 1)[0].bytes + end.bytes))
        }
    }

    // MARK: Numbers

    private func numeric(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch filter {
        case .int:
            let bound = try arguments.bound(to: "default", "base", of: "int", self)
            return try integer(value, base: try optionalIndex(bound[1], "int") ?? 10) ?? bound[0] ?? .int(0)
        case .float:
            let bound = try arguments.bound(to: "default", of: "float", self)
            return try Renderer.float(value, self).map { .float($0) } ?? bound[0] ?? .float(0)
        case .abs:
            try arguments.none(of: "abs", self)
            if case .float(let number) = value { return .float(number.magnitude) }
            guard let number = value.index else { throw operandError("'abs'", value) }
            return number < 0 ? try negated(value) : .int(number)
        default:
            let bound = try arguments.bound(to: "precision", "method", of: "round", self)
            let precision = try optionalIndex(bound[0], "round") ?? 0
            guard precision.magnitude <= 300 else { throw error("bad precision in 'round'") }
            switch try optionalText(bound[1], "round")?.string ?? "common" {
            case "common":
                if case .float(let number) = value { return .float(Renderer.rounded(number, precision)) }
                guard let number = value.index else { throw operandError("'round'", value) }
                return .int(try rounded(number, precision))
            case let method where method == "ceil" || method == "floor":
                guard let number = try Renderer.float(value, self), !isText(value) else {
                    throw operandError("'round'", value)
                }
                let scale = pow(10, Double(precision))
                let scaled = number * scale
                guard scaled.isFinite else { throw error("a number is too large") }
                return .float((method == "ceil" ? ceil(scaled) : floor(scaled)) / scale)
            default: throw error("the method of 'round' is 'common', 'ceil' or 'floor'")
            }
        }
    }

    private func isText(_ value: Value) -> Bool { if case .string = value { true } else { false } }

    /// Correctly rounded, halves to even, as Python's `round`.
    private static func rounded(_ number: Double, _ precision: Int) -> Double {
        guard number.isFinite else { return number }
        if precision < 0 {
            let scale = pow(10, Double(-precision))
            return (number / scale).rounded(.toNearestOrEven) * scale
        }
        return Double(PrintedNumber.fixed(number, precision)) ?? number
    }

    private func rounded(_ number: Int, _ precision: Int) throws(ChatTemplateError) -> Int {
        guard precision < 0 else { return number }
        guard precision > -19 else { return 0 }
        var scale = 1
        for _ in 0..<(-precision) { scale *= 10 }
        let rest = ((number % scale) + scale) % scale
        let (low, overflow) = number.subtractingReportingOverflow(rest)
        guard !overflow else { throw error("an integer is too large") }
        let isUp = rest > scale / 2 || rest == scale / 2 && low / scale % 2 != 0
        let (high, isTooLarge) = low.addingReportingOverflow(isUp ? scale : 0)
        guard !isTooLarge else { throw error("an integer is too large") }
        return high
    }

    /// What the filter `int` makes of a value; nil where its default applies.
    private func integer(_ value: Value, base: Int) throws(ChatTemplateError) -> Value? {
        switch value {
        case .undefined(let undefined): throw error(undefined.message)
        case .int, .large: return value
        case .bool(let value): return .int(value ? 1 : 0)
        case .string(let text):
            guard base == 0 || (2...36).contains(base) else { return nil }
            if let number = try PrintedNumber.integer(text.string, base: base, self) { return .int(number) }
        default: break
        }
        guard let number = try Renderer.float(value, self), number.isFinite else {
            if case .float(let number) = value, number.isInfinite { return nil }
            return nil
        }
        guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw error("an integer is too large") }
        return .int(whole)
    }

    /// Python's `float(value)`; nil where it fails.
    static func float(_ value: Value, _ renderer: Renderer) throws(ChatTemplateError) -> Double? {
        switch value {
        case .undefined(let undefined): throw renderer.error(undefined.message)
        case .float(let number): number
        case .large(let number): Double(number)
        case .string(let text): PrintedNumber.float(text.stripped().string)
        default: value.index.map { Double($0) }
        }
    }
}

/// Numbers written out.
enum PrintedNumber {
    /// With so many digits after the point, rounded correctly.
    static func fixed(_ number: Double, _ digits: Int) -> String { printed("%.\(digits)f", number) }

    /// By a format of C for one double.
    static func printed(_ format: String, _ number: Double) -> String {
        withVaList([number]) { list in
            var buffer = [CChar](repeating: 0, count: 1024)
            let count = Int(vsnprintf(&buffer, buffer.count, format, list))
            return String(
                decoding: buffer.prefix(min(count, buffer.count - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    private static func withoutUnderscores(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard place > 0, place + 1 < bytes.count, bytes[place - 1] != byte,
                Character(UnicodeScalar(bytes[place - 1])).isHexDigit,
                Character(UnicodeScalar(bytes[place + 1])).isHexDigit
            else { return nil }
        }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    static func float(_ text: String) -> Double? {
        guard let text = withoutUnderscores(text)?.lowercased() else { return nil }
        let digits = text.hasPrefix("+") || text.hasPrefix("-") ? String(text.dropFirst()) : text
        switch digits {
        case "inf", "infinity": return text.hasPrefix("-") ? -.infinity : .infinity
        case "nan": return .nan
        default:
            guard digits.utf8.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") || "e+-".utf8.contains($0) }),
                digits.utf8.contains(where: { $0.isASCIIDigit })
            else { return nil }
            return strtodWhole(text)
        }
    }

    private static func strtodWhole(_ text: String) -> Double? {
        text.withCString { start in
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(start, &end)
            guard let end, end.pointee == 0 else { return nil }
            return value
        }
    }

    /// `int(text, base)`; nil where it fails.
    static func integer(_ text: String, base: Int, _ renderer: Renderer) throws(ChatTemplateError) -> Int? {
        var digits = Text(text).stripped().string
        var sign = ""
        if let first = digits.first, first == "-" || first == "+" {
            sign = first == "-" ? "-" : ""
            digits.removeFirst()
        }
        var base = base
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
        where (base == radix || base == 0) && digits.lowercased().hasPrefix(prefix) {
            digits.removeFirst(2)
            base = radix
            if digits.hasPrefix("_") { digits.removeFirst() }
        }
        if base == 0 {
            guard !digits.hasPrefix("0") || digits.allSatisfy({ $0 == "0" || $0 == "_" }) else { return nil }
            base = 10
        }
        guard let plain = withoutUnderscores(digits), !plain.isEmpty, plain.first != "-", plain.first != "+" else {
            return nil
        }
        if let value = Int(sign + plain, radix: base) { return value }
        let isNumber = plain.utf8.allSatisfy { byte in
            Int(String(UnicodeScalar(byte)), radix: base) != nil
        }
        guard !isNumber else { throw renderer.error("an integer is too large") }
        return nil
    }
}
