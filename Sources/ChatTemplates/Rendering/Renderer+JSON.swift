// The filter `tojson`: Python's json.dumps with ensure_ascii off, as transformers has it.

extension Renderer {
    private struct Style {
        var isASCII = false
        var indent: [UInt8]?
        var itemSeparator = Array(", ".utf8)
        var keySeparator = Array(": ".utf8)
        var sortsKeys = false
    }

    func json(_ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        var style = Style()
        if !arguments.isEmpty {
            let bound = try arguments.bound(
                to: "ensure_ascii", "indent", "separators", "sort_keys", of: "tojson", self)
            style.isASCII = bound[0]?.isTrue ?? false
            style.sortsKeys = bound[3]?.isTrue ?? false
            switch bound[1] {
            case nil, .null: break
            case .string(let text): style.indent = text.bytes
            case let width?:
                guard let count = width.index, count <= 1000 else { throw error("'indent' wants a small number") }
                style.indent = Array(repeating: 0x20, count: max(0, count))
            }
            if style.indent != nil { style.itemSeparator = Array(",".utf8) }
            if let separators = bound[2], !isNull(separators) {
                guard case .list(let list) = listed(separators), list.elements.count == 2,
                    case .string(let item) = list.elements[0], case .string(let key) = list.elements[1]
                else { throw error("'separators' wants two strings") }
                (style.itemSeparator, style.keySeparator) = (item.bytes, key.bytes)
            }
        }
        var bytes: [UInt8] = []
        try write(value, style, 0, &bytes)
        try spend(bytes: bytes.count)
        return .string(Text(bytes))
    }

    private func isNull(_ value: Value) -> Bool { if case .null = value { true } else { false } }

    private func listed(_ value: Value) -> Value { if case .tuple(let list) = value { .list(list) } else { value } }

    private func write(
        _ value: Value, _ style: Style, _ level: Int, _ bytes: inout [UInt8]
    ) throws(ChatTemplateError) {
        try step()
        switch value {
        case .null: bytes += Array("null".utf8)
        case .bool(let value): bytes += Array((value ? "true" : "false").utf8)
        case .int(let value): bytes += Array(String(value).utf8)
        case .large(let value): bytes += Array(String(value).utf8)
        case .float(let value): bytes += Array(Renderer.number(value).utf8)
        case .string(let text):
            try spend(bytes: text.bytes.count)
            Renderer.write(text, isASCII: style.isASCII, &bytes)
        case .list(let list), .tuple(let list):
            try writeItems(list.elements.count, "[", "]", style, level, &bytes) {
                (place, bytes) throws(ChatTemplateError) in
                try write(list.elements[place], style, level + 1, &bytes)
            }
        case .dictionary(let members):
            let places = try sortedPlaces(members, style)
            try writeItems(places.count, "{", "}", style, level, &bytes) { (place, bytes) throws(ChatTemplateError) in
                let place = places[place]
                Renderer.write(try name(members.keys[place]), isASCII: style.isASCII, &bytes)
                bytes += style.keySeparator
                try write(members.values[place], style, level + 1, &bytes)
            }
        default:
            throw error("a \(value.type) has no JSON" + (value.isUndefined ? ": \(undefinedMessage(value))" : ""))
        }
        guard bytes.count <= limits.maximumOutput else { throw error("a text exceeds \(limits.maximumOutput) bytes") }
    }

    private func undefinedMessage(_ value: Value) -> String {
        if case .undefined(let undefined) = value { undefined.message } else { "" }
    }

    private func writeItems(
        _ count: Int, _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ style: Style, _ level: Int,
        _ bytes: inout [UInt8], _ item: (Int, inout [UInt8]) throws(ChatTemplateError) -> Void
    ) throws(ChatTemplateError) {
        bytes.append(UInt8(ascii: opening))
        try deeper { () throws(ChatTemplateError) in
            for place in 0..<count {
                if place > 0 { bytes += style.itemSeparator }
                newline(style, level + 1, &bytes)
                try item(place, &bytes)
            }
        }
        if count > 0 { newline(style, level, &bytes) }
        bytes.append(UInt8(ascii: closing))
    }

    private func newline(_ style: Style, _ level: Int, _ bytes: inout [UInt8]) {
        guard let indent = style.indent else { return }
        bytes.append(0x0A)
        for _ in 0..<level { bytes += indent }
    }

    private func sortedPlaces(_ members: DictionaryValue, _ style: Style) throws(ChatTemplateError) -> [Int] {
        let places = Array(0..<members.count)
        guard style.sortsKeys else { return places }
        return try sorted(places, isReversed: false) { (left, right) throws(ChatTemplateError) in
            try isLess(members.keys[left], members.keys[right], "<")
        }
    }

    private func name(_ key: Value) throws(ChatTemplateError) -> Text {
        switch key {
        case .string(let text): return text
        case .null: return Text("null")
        case .bool(let value): return Text(value ? "true" : "false")
        case .int(let value): return Text(String(value))
        case .large(let value): return Text(String(value))
        case .float(let value): return Text(Renderer.number(value))
        default: throw error("a \(key.type) cannot be a key in JSON")
        }
    }

    private static func number(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : PythonFloat.text(value)
    }

    private static func write(_ text: Text, isASCII: Bool, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        if isASCII, !text.isASCII {
            for scalar in text.scalars {
                if scalar.isASCII {
                    write(UInt8(truncatingIfNeeded: scalar.value), &bytes)
                } else {
                    for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() { escape(unit, &bytes) }
                }
            }
        } else {
            for byte in text.bytes { write(byte, &bytes) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func write(_ byte: UInt8, _ bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0x0A: bytes += Array("\\n".utf8)
        case 0x0D: bytes += Array("\\r".utf8)
        case 0x09: bytes += Array("\\t".utf8)
        case 0x0C: bytes += Array("\\f".utf8)
        case 0x08: bytes += Array("\\b".utf8)
        case 0..<0x20: escape(UInt16(byte), &bytes)
        default: bytes.append(byte)
        }
    }

    private static func escape(_ unit: UInt16, _ bytes: inout [UInt8]) {
        let digits = String(unit, radix: 16)
        bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    }
}
