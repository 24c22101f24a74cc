// `%` and `str.format`, as far as templates use them.

/// How one value is written: fill, alignment, sign, width, precision and type.
private struct FormatSpecification {
    var fill = Text(" ")
    var alignment: UInt8?
    var sign: UInt8 = UInt8(ascii: "-")
    var isAlternate = false
    var isGrouped = false
    var width = 0
    var precision: Int?
    var type: UInt8?
}

extension Renderer {
    private static let widest = 100_000

    /// `format % value`
    func formatted(_ format: Text, _ value: Value) throws(ChatTemplateError) -> Text {
        guard !format.isMarkup else { throw error("unsupported: '%' on text that is marked safe") }
        var members: DictionaryValue?
        var values = [value]
        if case .tuple(let list) = value { values = list.elements }
        if case .dictionary(let found) = value { members = found }
        var (next, hasNamed) = (0, false)
        func take() throws(ChatTemplateError) -> Value {
            guard next < values.count else { throw error("too few values for '%'") }
            next += 1
            return values[next - 1]
        }
        var bytes: [UInt8] = []
        let source = format.bytes
        var place = 0
        while place < source.count {
            let byte = source[place]
            place += 1
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            var specification = FormatSpecification()
            var named: Value?
            func peek() -> UInt8 { place < source.count ? source[place] : 0 }
            if peek() == UInt8(ascii: "(") {
                guard let members, let end = source[place...].firstIndex(of: UInt8(ascii: ")")) else {
                    throw error("'%(' wants a mapping")
                }
                let name = Text(source[(place + 1)..<end])
                guard let found = members.value(for: name) else { throw error("'%' finds no '\(name)'") }
                (named, hasNamed, place) = (found, true, end + 1)
            }
            while "-+ 0#".utf8.contains(peek()) {
                switch peek() {
                case UInt8(ascii: "-"): specification.alignment = UInt8(ascii: "<")
                case UInt8(ascii: "0"):
                    if specification.alignment == nil { specification.alignment = UInt8(ascii: "=") }
                case UInt8(ascii: "#"): specification.isAlternate = true
                case UInt8(ascii: "+"): specification.sign = UInt8(ascii: "+")
                default: if specification.sign != UInt8(ascii: "+") { specification.sign = UInt8(ascii: " ") }
                }
                place += 1
            }
            specification.width = try number(source, &place) ?? 0
            if peek() == UInt8(ascii: ".") {
                place += 1
                specification.precision = try number(source, &place) ?? 0
            }
            let type = peek()
            place += 1
            if type == UInt8(ascii: "%") {
                bytes.append(type)
                continue
            }
            let value = if let named { named } else { try take() }
            bytes += try percent(type, value, specification)
            guard bytes.count <= limits.maximumOutput else { throw error("'%' makes too long a text") }
        }
        guard hasNamed || members != nil || next == values.count || isEmptyTail(value, next) else {
            throw error("too many values for '%'")
        }
        return Text(bytes)
    }

    /// Python lets an argument go unused that is itself a sequence of something else than values to insert.
    private func isEmptyTail(_ value: Value, _ used: Int) -> Bool {
        guard used == 0 else { return false }
        switch value {
        case .list, .range, .undefined: return true
        default: return false
        }
    }

    private func number(_ source: [UInt8], _ place: inout Int) throws(ChatTemplateError) -> Int? {
        var value: Int?
        while place < source.count, source[place].isASCIIDigit {
            value = (value ?? 0) * 10 + Int(source[place] - 0x30)
            place += 1
            guard value ?? 0 <= Renderer.widest else { throw error("a width is too large") }
        }
        return value
    }

    private func percent(
        _ type: UInt8, _ value: Value, _ specification: FormatSpecification
    ) throws(ChatTemplateError) -> [UInt8] {
        var specification = specification
        switch type {
        case UInt8(ascii: "s"), UInt8(ascii: "r"):
            var text = type == UInt8(ascii: "s") ? try text(of: value) : try representation(of: value)
            if let precision = specification.precision { text = Text(text.bytes[..<text.byte(ofScalar: precision)]) }
            if specification.alignment != UInt8(ascii: "<") { specification.alignment = UInt8(ascii: ">") }
            return pad(text.bytes, specification)
        case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"):
            var value = value
            if case .float(let number) = value {
                guard let whole = Int(exactly: number.rounded(.towardZero)) else {
                    throw error("a number is too large")
                }
                value = .int(whole)
            }
            guard let number = value.index else { throw error("'%d' wants a number, not '\(value.type)'") }
            var digits = String(number.magnitude)
            if let precision = specification.precision, digits.count < precision {
                digits = String(repeating: "0", count: precision - digits.count) + digits
            }
            return padNumber(number < 0, Array(digits.utf8), specification)
        case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "o"):
            guard let number = value.index, !specification.isAlternate, specification.precision == nil else {
                throw error("unsupported use of '%\(Character(Unicode.Scalar(type)))'")
            }
            let digits = String(
                number.magnitude, radix: type == UInt8(ascii: "o") ? 8 : 16, uppercase: type == UInt8(ascii: "X"))
            return padNumber(number < 0, Array(digits.utf8), specification)
        case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "e"), UInt8(ascii: "g"):
            if case .string = value { throw error("'%' wants a number, not 'str'") }
            guard let number = try Renderer.float(value, self), !specification.isAlternate else {
                throw error("'%' wants a number, not '\(value.type)'")
            }
            return try float(number, type, specification)
        default:
            throw error(
                "unsupported format '%\(type < 0x20 || type > 0x7E ? "?" : String(Character(Unicode.Scalar(type))))'")
        }
    }

    private func float(
        _ number: Double, _ type: UInt8, _ specification: FormatSpecification
    ) throws(ChatTemplateError) -> [UInt8] {
        let precision = specification.precision ?? 6
        guard precision <= 300 else { throw error("a precision is too large") }
        guard number.isFinite else {
            return padNumber(
                number.sign == .minus && !number.isNaN, Array((number.isNaN ? "nan" : "inf").utf8), specification)
        }
        let letter = type == UInt8(ascii: "F") ? "f" : String(Character(Unicode.Scalar(type)))
        let digits = PrintedNumber.printed("%.\(precision)\(letter)", number.magnitude)
        return padNumber(number.sign == .minus, Array(digits.utf8), specification)
    }

    private func pad(_ bytes: [UInt8], _ specification: FormatSpecification) -> [UInt8] {
        let missing = specification.width - Text(bytes).count
        guard missing > 0 else { return bytes }
        func fill(_ count: Int) -> [UInt8] { Array(repeatElement(specification.fill.bytes, count: count).joined()) }
        switch specification.alignment {
        case UInt8(ascii: ">"): return fill(missing) + bytes
        case UInt8(ascii: "^"): return fill(missing / 2) + bytes + fill(missing - missing / 2)
        default: return bytes + fill(missing)
        }
    }

    private func padNumber(_ isNegative: Bool, _ digits: [UInt8], _ specification: FormatSpecification) -> [UInt8] {
        var specification = specification
        let sign: [UInt8] =
            isNegative ? [UInt8(ascii: "-")] : specification.sign == UInt8(ascii: "-") ? [] : [specification.sign]
        var digits = digits
        if specification.isGrouped { digits = Renderer.grouped(digits) }
        if specification.alignment == UInt8(ascii: "=") {
            let missing = max(0, specification.width - sign.count - digits.count)
            return sign + Array(repeating: UInt8(ascii: "0"), count: missing) + digits
        }
        if specification.alignment == nil { specification.alignment = UInt8(ascii: ">") }
        return pad(sign + digits, specification)
    }

    private static func grouped(_ digits: [UInt8]) -> [UInt8] {
        let end = digits.firstIndex { !$0.isASCIIDigit } ?? digits.count
        var result: [UInt8] = []
        for (place, digit) in digits[..<end].enumerated() {
            if place > 0, (end - place) % 3 == 0 { result.append(UInt8(ascii: ",")) }
            result.append(digit)
        }
        return result + digits[end...]
    }

    // MARK: str.format

    /// `text.format(...)`
    func filled(_ format: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Text {
        guard !format.isMarkup else { throw error("unsupported: 'format' on text that is marked safe") }
        var bytes: [UInt8] = []
        let source = format.bytes
        var (place, automatic, isNumbered) = (0, 0, false)
        while place < source.count {
            let byte = source[place]
            place += 1
            let isDoubled = place < source.count && source[place] == byte
            if byte == UInt8(ascii: "{"), !isDoubled {
                guard let end = source[place...].firstIndex(of: UInt8(ascii: "}")),
                    !source[place..<end].contains(UInt8(ascii: "{"))
                else { throw error("unsupported or open field in 'format'") }
                var field = source[place..<end]
                place = end + 1
                var specification: [UInt8] = []
                if let colon = field.firstIndex(of: UInt8(ascii: ":")) {
                    specification = Array(field[(colon + 1)...])
                    field = field[..<colon]
                }
                var conversion: UInt8?
                if let mark = field.firstIndex(of: UInt8(ascii: "!")) {
                    guard field.endIndex - mark == 2 else { throw error("bad conversion in 'format'") }
                    conversion = field[mark + 1]
                    field = field[..<mark]
                }
                var value: Value
                let name = Text(field)
                if name.isEmpty || name.bytes.allSatisfy(\.isASCIIDigit) {
                    guard name.isEmpty ? !isNumbered : automatic == 0 else {
                        throw error("fields of 'format' mix numbers and none")
                    }
                    isNumbered = !name.isEmpty
                    let index = name.isEmpty ? automatic : Int(name.string) ?? Int.max
                    if name.isEmpty { automatic += 1 }
                    guard index < arguments.positional.count else { throw error("too few values for 'format'") }
                    value = arguments.positional[index]
                } else {
                    guard !name.bytes.contains(UInt8(ascii: ".")), !name.bytes.contains(UInt8(ascii: "[")) else {
                        throw error("unsupported field '\(name)' in 'format'")
                    }
                    guard let found = arguments.keywords.first(where: { $0.name == name }) else {
                        throw error("'format' finds no '\(name)'")
                    }
                    value = found.value
                }
                switch conversion {
                case nil: break
                case UInt8(ascii: "s"): value = .string(try text(of: value))
                case UInt8(ascii: "r"): value = .string(try representation(of: value))
                default: throw error("unsupported conversion in 'format'")
                }
                bytes += try filledField(value, specification)
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") {
                guard isDoubled else { throw error("a single '}' in 'format'") }
                bytes.append(byte)
                place += 1
            } else {
                bytes.append(byte)
            }
            guard bytes.count <= limits.maximumOutput else { throw error("'format' makes too long a text") }
        }
        return Text(bytes)
    }

    private func filledField(_ value: Value, _ source: [UInt8]) throws(ChatTemplateError) -> [UInt8] {
        guard !source.isEmpty else { return try text(of: value).bytes }
        var specification = FormatSpecification()
        var place = 0
        func peek(_ ahead: Int = 0) -> UInt8 { place + ahead < source.count ? source[place + ahead] : 0 }
        let marks = "<>^=".utf8
        if marks.contains(peek(1)) {
            specification.fill = Text([peek()])
            specification.alignment = peek(1)
            place += 2
        } else if marks.contains(peek()) {
            specification.alignment = peek()
            place += 1
        }
        if "+- ".utf8.contains(peek()) {
            specification.sign = peek()
            place += 1
        }
        if peek() == UInt8(ascii: "0") {
            place += 1
            if specification.alignment == nil {
                (specification.alignment, specification.fill) = (UInt8(ascii: "="), Text("0"))
            }
        }
        specification.width = try number(source, &place) ?? 0
        if peek() == UInt8(ascii: ",") {
            specification.isGrouped = true
            place += 1
        }
        if peek() == UInt8(ascii: ".") {
            place += 1
            guard let precision = try number(source, &place) else { throw error("bad precision in 'format'") }
            specification.precision = precision
        }
        let type = place < source.count ? source[place] : nil
        guard place + (type == nil ? 0 : 1) == source.count, specification.fill.bytes[0] < 0x80 else {
            throw error("unsupported format '\(Text(source))'")
        }
        // A fill of its own between sign and digits, and zeros with groups, are rare enough.
        guard
            specification.alignment != UInt8(ascii: "=") || specification.fill == Text("0") && !specification.isGrouped
        else { throw error("unsupported format '\(Text(source))'") }
        var value = value
        if case .bool(let flag) = value { value = .int(flag ? 1 : 0) }
        switch (value, type) {
        case (.string(var text), nil), (.string(var text), UInt8(ascii: "s")):
            guard specification.sign == UInt8(ascii: "-"), !specification.isGrouped else { break }
            if specification.alignment == UInt8(ascii: "=") {
                guard specification.fill == Text("0") else { break }
                specification.alignment = UInt8(ascii: "<")
            }
            if let precision = specification.precision { text = Text(text.bytes[..<text.byte(ofScalar: precision)]) }
            return pad(text.bytes, specification)
        case (.int(let number), nil), (.int(let number), UInt8(ascii: "d")):
            guard specification.precision == nil else { break }
            return padNumber(number < 0, Array(String(number.magnitude).utf8), specification)
        case (.int(let number), UInt8(ascii: "x")), (.int(let number), UInt8(ascii: "o")),
            (.int(let number), UInt8(ascii: "b")):
            guard specification.precision == nil, !specification.isGrouped else { break }
            let radix = type == UInt8(ascii: "x") ? 16 : type == UInt8(ascii: "o") ? 8 : 2
            return padNumber(number < 0, Array(String(number.magnitude, radix: radix).utf8), specification)
        case (.int, UInt8(ascii: "f")), (.float, UInt8(ascii: "f")), (.float, UInt8(ascii: "e")),
            (.int, UInt8(ascii: "e")):
            if let number = try Renderer.float(value, self), let type { return try float(number, type, specification) }
        case (.float(let number), UInt8(ascii: "%")):
            specification.precision = specification.precision ?? 6
            guard number.isFinite else { break }
            let digits = PrintedNumber.fixed((number * 100).magnitude, min(300, specification.precision ?? 6))
            return padNumber(number.sign == .minus, Array((digits + "%").utf8), specification)
        case (.float(let number), nil):
            guard specification.precision == nil, number.isFinite else { break }
            return padNumber(number.sign == .minus, Array(PythonFloat.text(number.magnitude).utf8), specification)
        default: break
        }
        throw error("unsupported format '\(Text(source))' of a \(value.type)")
    }
}
