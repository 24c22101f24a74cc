// `str` and `repr` of values, as Python has them.

extension Renderer {
    /// `str(value)`
    func text(of value: Value) throws(ChatTemplateError) -> Text {
        switch value {
        case .string(let text): return text
        case .undefined: return Text([])
        default: return try representation(of: value)
        }
    }

    /// `repr(value)`
    func representation(of value: Value) throws(ChatTemplateError) -> Text {
        var bytes: [UInt8] = []
        try represent(value, &bytes)
        return Text(bytes)
    }

    private func represent(_ value: Value, _ bytes: inout [UInt8]) throws(ChatTemplateError) {
        try step()
        switch value {
        case .undefined: bytes += Array("Undefined".utf8)
        case .null: bytes += Array("None".utf8)
        case .bool(let value): bytes += Array((value ? "True" : "False").utf8)
        case .int(let value): bytes += Array(String(value).utf8)
        case .large(let value): bytes += Array(String(value).utf8)
        case .float(let value): bytes += Array(PythonFloat.text(value).utf8)
        case .string(let text):
            let quoted = text.quoted
            try spend(bytes: quoted.count)
            bytes += text.isMarkup ? Array("Markup(".utf8) + quoted + Array(")".utf8) : quoted
        case .list(let list): try represent(list.elements, "[", "]", &bytes)
        case .tuple(let list): try represent(list.elements, "(", list.elements.count == 1 ? ",)" : ")", &bytes)
        case .dictionary(let members): try represent(members.keys, members.values, &bytes)
        case .keys(let members): try represent(members.keys, "dict_keys([", "])", &bytes)
        case .values(let members): try represent(members.values, "dict_values([", "])", &bytes)
        case .items(let members): try represent(members.pairs, "dict_items([", "])", &bytes)
        case .range(let range):
            let step = range.step == 1 ? "" : ", \(range.step)"
            bytes += Array("range(\(range.start), \(range.stop)\(step))".utf8)
        case .namespace(let namespace):
            bytes += Array("<Namespace ".utf8)
            try represent(namespace.names.map { .string($0) }, namespace.values, &bytes)
            bytes.append(UInt8(ascii: ">"))
        case .macro(let macro):
            let name = macro.macro.name.map { Text($0).quoted } ?? Array("anonymous".utf8)
            bytes += Array("<Macro ".utf8) + name + [UInt8(ascii: ">")]
        case .loop(let loop): bytes += Array("<LoopContext \(loop.index0 + 1)/\(try loop.length(self))>".utf8)
        case .iterator, .method, .function:
            // Python shows where in memory it lies.
            throw error("a \(value.type) cannot be shown; a filter 'list' or a call may be missing")
        }
        guard bytes.count <= limits.maximumOutput else { throw error("a text exceeds \(limits.maximumOutput) bytes") }
    }

    private func represent(
        _ elements: [Value], _ opening: String, _ closing: String, _ bytes: inout [UInt8]
    ) throws(ChatTemplateError) {
        bytes += Array(opening.utf8)
        try deeper { () throws(ChatTemplateError) in
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes += Array(", ".utf8) }
                try represent(element, &bytes)
            }
        }
        bytes += Array(closing.utf8)
    }

    private func represent(
        _ keys: [Value], _ values: [Value], _ bytes: inout [UInt8]
    ) throws(ChatTemplateError) {
        bytes.append(UInt8(ascii: "{"))
        try deeper { () throws(ChatTemplateError) in
            for (index, (key, value)) in zip(keys, values).enumerated() {
                if index > 0 { bytes += Array(", ".utf8) }
                try represent(key, &bytes)
                bytes += Array(": ".utf8)
                try represent(value, &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension Text {
    /// The text in quotes, as `repr` shows it.
    var quoted: [UInt8] {
        let quote = bytes.contains(UInt8(ascii: "'")) && !bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        var result = quote
        for scalar in scalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "'": result += quote == "'" ? "\\'" : "'"
            default:
                if scalar.isPythonPrintable {
                    result.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                    result += "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
                }
            }
        }
        return Array((result + quote).utf8)
    }
}

/// Floats as Python's `repr` writes them.
enum PythonFloat {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let sign = value.sign == .minus ? "-" : ""
        let (digits, exponent) = shortest(value.magnitude)
        // The point stands after `exponent` digits.
        guard exponent > -4, exponent <= 16 else {
            let mantissa = digits.prefix(1) + (digits.count > 1 ? "." + digits.dropFirst() : "")
            let power = exponent - 1
            let magnitude = String(power.magnitude)
            return sign + mantissa + "e" + (power < 0 ? "-" : "+") + (magnitude.count < 2 ? "0" : "") + magnitude
        }
        if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
        if digits.count <= exponent {
            return sign + digits + String(repeating: "0", count: exponent - digits.count) + ".0"
        }
        return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
    }

    /// The fewest digits that read back as the same number, and the power of ten that stands before them.
    private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        guard value != 0 else { return ("0", 1) }
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let whole = String(mantissa[0])
        var digits = whole + (mantissa.count > 1 ? String(mantissa[1]) : "")
        var point = whole.count + exponent
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        return (digits, point)
    }
}
