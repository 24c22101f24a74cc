/// Cuts a template into tokens, with the white space rules that transformers sets: `trim_blocks` and `lstrip_blocks` on, the
/// last newline of the source dropped.
struct Lexer {
    private let source: [UInt8]
    private var position = 0
    private var line = 1
    /// Whether the text under way begins a line, as far as stripping before a block is concerned.
    private var isLineStart = true
    private var tokens: [Token] = []

    /// The tokens of a template, the last of which is `end`. Linear in its length.
    static func tokens(of source: [UInt8]) throws(ChatTemplateError) -> [Token] {
        var lexer = Lexer(source: source)
        try lexer.run()
        return lexer.tokens
    }

    private init(source: [UInt8]) {
        var normalized: [UInt8] = []
        normalized.reserveCapacity(source.count)
        for (index, byte) in source.enumerated() {
            if byte == 0x0D {
                normalized.append(0x0A)
            } else if byte != 0x0A || index == 0 || source[index - 1] != 0x0D {
                normalized.append(byte)
            }
        }
        if normalized.last == 0x0A { normalized.removeLast() }
        self.source = normalized
    }

    private enum Opening { case variable, block, comment }

    private mutating func run() throws(ChatTemplateError) {
        while let (place, opening) = nextOpening(from: position) {
            let text = position..<place
            position = place + 2
            if opening == .block, let raw = rawBlock() {
                emit(text, sign: raw.sign, isVariable: false)
                skip(to: raw.end)
                try readRaw()
                continue
            }
            let sign = position < source.count ? source[position] : 0
            let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
            emit(text, sign: isSigned ? sign : nil, isVariable: opening == .variable)
            if isSigned { position += 1 }
            switch opening {
            case .comment: try skipComment()
            case .variable: try readTag(.variableBegin, .variableEnd, "}}")
            case .block: try readTag(.blockBegin, .blockEnd, "%}")
            }
        }
        emitWhole(position..<source.count)
        tokens.append(Token(kind: .end, line: line))
    }

    private func nextOpening(from start: Int) -> (Int, Opening)? {
        var place = start
        while place + 1 < source.count {
            if source[place] == UInt8(ascii: "{") {
                switch source[place + 1] {
                case UInt8(ascii: "{"): return (place, .variable)
                case UInt8(ascii: "%"): return (place, .block)
                case UInt8(ascii: "#"): return (place, .comment)
                default: break
                }
            }
            place += 1
        }
        return nil
    }

    // MARK: Text

    private mutating func emit(_ text: Range<Int>, sign: UInt8?, isVariable: Bool) {
        var end = text.upperBound
        if sign == UInt8(ascii: "-") {
            end = Text.trimmedEnd(of: source, in: text)
        } else if sign == nil, !isVariable {
            let lineStart = source[text].lastIndex(of: 0x0A).map { $0 + 1 } ?? text.lowerBound
            let beginsLine = lineStart > text.lowerBound || isLineStart
            // As in jinja2, nothing is not white space: there must be something to strip.
            if beginsLine, lineStart < end, Text.trimmedEnd(of: source, in: lineStart..<end) == lineStart {
                end = lineStart
            }
        }
        emitWhole(text.lowerBound..<end)
        countLines(end..<text.upperBound)
    }

    private mutating func emitWhole(_ text: Range<Int>) {
        guard !text.isEmpty else { return }
        tokens.append(Token(kind: .data(Text(source[text])), line: line))
        countLines(text)
    }

    private mutating func countLines(_ range: Range<Int>) {
        for byte in source[range] where byte == 0x0A { line += 1 }
    }

    private mutating func skip(to end: Int) {
        countLines(position..<end)
        isLineStart = end > 0 && source[end - 1] == 0x0A
        position = end
    }

    // MARK: Raw blocks and comments

    private func afterSpaces(_ start: Int) -> Int {
        start + Text.leadingSpace(of: source, in: start..<source.count)
    }

    private func has(_ text: StaticString, at place: Int) -> Bool {
        guard place + text.utf8CodeUnitCount <= source.count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(source[place..<(place + $0.count)]) }
    }

    /// After `{%`: the sign and the end of `raw %}`, or nil where another tag stands.
    private func rawBlock() -> (sign: UInt8?, end: Int)? {
        var place = position
        var sign: UInt8?
        if has("-", at: place) || has("+", at: place) {
            sign = source[place]
            place += 1
        }
        place = afterSpaces(place)
        guard has("raw", at: place) else { return nil }
        place = afterSpaces(place + 3)
        if has("-%}", at: place) { return (sign, afterSpaces(place + 3)) }
        return has("%}", at: place) ? (sign, place + 2) : nil
    }

    private mutating func readRaw() throws(ChatTemplateError) {
        let start = position
        let startLine = line
        var place = start
        while place + 1 < source.count {
            defer { place += 1 }
            guard has("{%", at: place) else { continue }
            var next = place + 2
            var sign: UInt8?
            if has("-", at: next) || has("+", at: next) {
                sign = source[next]
                next += 1
            }
            next = afterSpaces(next)
            guard has("endraw", at: next), let end = closing("%}", at: afterSpaces(next + 6), trims: true) else {
                continue
            }
            emit(start..<place, sign: sign, isVariable: false)
            position = place
            skip(to: end)
            return
        }
        throw ChatTemplateError(line: startLine, message: "the 'raw' block has no end")
    }

    private mutating func skipComment() throws(ChatTemplateError) {
        var place = position
        while place + 1 < source.count {
            if let end = closing("#}", at: place, trims: true) {
                skip(to: end)
                return
            }
            place += 1
        }
        throw ChatTemplateError(line: line, message: "the comment has no end")
    }

    /// The end of a closing mark and of the white space that it takes along; nil where there is none.
    private func closing(_ mark: StaticString, at place: Int, trims: Bool) -> Int? {
        if has("-", at: place), has(mark, at: place + 1) { return afterSpaces(place + 1 + mark.utf8CodeUnitCount) }
        if trims, has("+", at: place), has(mark, at: place + 1) { return place + 1 + mark.utf8CodeUnitCount }
        guard has(mark, at: place) else { return nil }
        let end = place + mark.utf8CodeUnitCount
        return trims && has("\n", at: end) ? end + 1 : end
    }

    // MARK: Tags

    private mutating func readTag(
        _ begin: Token.Kind, _ end: Token.Kind, _ mark: StaticString
    ) throws(ChatTemplateError) {
        tokens.append(Token(kind: begin, line: line))
        var open: [UInt8] = []
        while position < source.count {
            if open.isEmpty, let place = closing(mark, at: position, trims: end == .blockEnd) {
                tokens.append(Token(kind: end, line: line))
                skip(to: place)
                return
            }
            let space = afterSpaces(position)
            if space > position {
                countLines(position..<space)
                position = space
                continue
            }
            try readToken(&open)
        }
        throw ChatTemplateError(line: line, message: "the tag has no end")
    }

    private mutating func readToken(_ open: inout [UInt8]) throws(ChatTemplateError) {
        let start = position
        let byte = source[position]
        if let number = try readNumber() {
            tokens.append(Token(kind: number, line: line))
        } else if byte == UInt8(ascii: "_") || byte.isASCIILetter || byte >= 0x80 {
            while position < source.count, source[position].isNamePart { position += 1 }
            let name = String(decoding: source[start..<position], as: UTF8.self)
            guard Lexer.isIdentifier(name) else {
                throw ChatTemplateError(line: line, message: "'\(name)' is not a name")
            }
            tokens.append(Token(kind: .name(name), line: line))
        } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
            try readString(byte)
        } else if let symbol = readSymbol() {
            switch symbol {
            case .leftBrace: open.append(UInt8(ascii: "}"))
            case .leftBracket: open.append(UInt8(ascii: "]"))
            case .leftParenthesis: open.append(UInt8(ascii: ")"))
            case .rightBrace, .rightBracket, .rightParenthesis:
                guard open.popLast() == byte else {
                    throw ChatTemplateError(line: line, message: "unexpected '\(symbol.rawValue)'")
                }
            default: break
            }
            tokens.append(Token(kind: .symbol(symbol), line: line))
        } else {
            throw ChatTemplateError(
                line: line, message: "unexpected character '\(Character(Unicode.Scalar(byte)))'")
        }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first == "_" || first.properties.isXIDStart else { return false }
        return name.unicodeScalars.dropFirst().allSatisfy { $0.properties.isXIDContinue }
    }

    private mutating func readSymbol() -> Token.Symbol? {
        for length in [2, 1] where position + length <= source.count {
            let text = String(decoding: source[position..<(position + length)], as: UTF8.self)
            if let symbol = Token.Symbol(rawValue: text) {
                position += length
                return symbol
            }
        }
        return nil
    }
}

// MARK: Literals

extension Lexer {
    private mutating func readString(_ quote: UInt8) throws(ChatTemplateError) {
        let startLine = line
        var place = position + 1
        while place < source.count, source[place] != quote { place += source[place] == UInt8(ascii: "\\") ? 2 : 1 }
        guard place < source.count else {
            throw ChatTemplateError(line: startLine, message: "the string has no end")
        }
        let body = source[(position + 1)..<place]
        tokens.append(Token(kind: .string(try Lexer.unescaped(body, line: startLine)), line: startLine))
        countLines(position..<place)
        position = place + 1
    }

    /// Python's escapes; one that is not known stays as it is.
    private static func unescaped(_ body: ArraySlice<UInt8>, line: Int) throws(ChatTemplateError) -> Text {
        guard body.contains(UInt8(ascii: "\\")) else { return Text(body) }
        var bytes: [UInt8] = []
        var index = body.startIndex
        while index < body.endIndex {
            let byte = body[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < body.endIndex else {
                bytes.append(byte)
                continue
            }
            let escape = body[index]
            index += 1
            switch escape {
            case 0x0A: break
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(escape)
            case UInt8(ascii: "a"): bytes.append(0x07)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "v"): bytes.append(0x0B)
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                var value = UInt32(escape - 0x30)
                var count = 1
                while count < 3, index < body.endIndex, (0x30...0x37).contains(body[index]) {
                    value = value * 8 + UInt32(body[index] - 0x30)
                    index += 1
                    count += 1
                }
                try append(value, line, &bytes)
            case UInt8(ascii: "x"): try append(hexadecimal(body, &index, 2, line), line, &bytes)
            case UInt8(ascii: "u"): try append(hexadecimal(body, &index, 4, line), line, &bytes)
            case UInt8(ascii: "U"): try append(hexadecimal(body, &index, 8, line), line, &bytes)
            case UInt8(ascii: "N"):
                throw ChatTemplateError(line: line, message: "unsupported escape '\\N' in a string")
            default:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(escape)
            }
        }
        return Text(bytes)
    }

    private static func hexadecimal(
        _ body: ArraySlice<UInt8>, _ index: inout Int, _ count: Int, _ line: Int
    ) throws(ChatTemplateError) -> UInt32 {
        let digits = body[index..<min(index + count, body.endIndex)]
        guard digits.count == count, digits.allSatisfy({ $0.isHexadecimalDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else {
            throw ChatTemplateError(line: line, message: "an escape of a string lacks digits")
        }
        index += count
        return value
    }

    private static func append(_ value: UInt32, _ line: Int, _ bytes: inout [UInt8]) throws(ChatTemplateError) {
        guard let scalar = Unicode.Scalar(value) else {
            throw ChatTemplateError(
                line: line, message: "an escape of a string names U+\(String(value, radix: 16)), which is no character")
        }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.EncodedScalar())
    }

    /// Digits with single underscores between them, from `place` on; their end, or nil where there are none.
    private func digits(from place: Int, _ isDigit: (UInt8) -> Bool = { $0.isASCIIDigit }) -> Int? {
        var end = place
        while end < source.count {
            if isDigit(source[end]) {
                end += 1
            } else if source[end] == UInt8(ascii: "_"), end > place, end + 1 < source.count, isDigit(source[end + 1]) {
                end += 2
            } else {
                break
            }
        }
        return end > place ? end : nil
    }

    private mutating func readNumber() throws(ChatTemplateError) -> Token.Kind? {
        guard source[position].isASCIIDigit, let whole = digits(from: position) else { return nil }
        let start = position
        var end = whole
        var isFloat = false
        let followsDot = start > 0 && source[start - 1] == UInt8(ascii: ".")
        if !followsDot {
            if end < source.count, source[end] == UInt8(ascii: "."), let fraction = digits(from: end + 1) {
                end = fraction
                isFloat = true
            }
            if end < source.count, source[end] | 0x20 == UInt8(ascii: "e") {
                let isSigned =
                    end + 1 < source.count
                    && (source[end + 1] == UInt8(ascii: "+") || source[end + 1] == UInt8(ascii: "-"))
                if let exponent = digits(from: end + (isSigned ? 2 : 1)) {
                    end = exponent
                    isFloat = true
                }
            }
        }
        if isFloat {
            position = end
            return .float(Double(plain(start..<end)) ?? .infinity)
        }
        return .integer(try readInteger(whole))
    }

    private func plain(_ range: Range<Int>) -> String {
        String(decoding: source[range].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    private mutating func readInteger(_ whole: Int) throws(ChatTemplateError) -> Int {
        let start = position
        var radix = 10
        var first = start
        position = whole
        if source[start] == UInt8(ascii: "0") {
            // A zero may be followed by zeros only; what follows then is a token of its own, as in jinja2.
            position = digits(from: start, { $0 == UInt8(ascii: "0") }) ?? start + 1
            let letter = start + 1 < source.count ? source[start + 1] | 0x20 : 0
            let prefixes: [(UInt8, Int)] = [(UInt8(ascii: "x"), 16), (UInt8(ascii: "o"), 8), (UInt8(ascii: "b"), 2)]
            for (prefix, base) in prefixes where letter == prefix {
                let from = start + 2 + (start + 2 < source.count && source[start + 2] == UInt8(ascii: "_") ? 1 : 0)
                guard let end = digits(from: from, { $0.digitValue < base }) else { break }
                (position, radix, first) = (end, base, from)
            }
        }
        guard let value = Int(plain(first..<position), radix: radix) else {
            throw ChatTemplateError(line: line, message: "an integer is too large")
        }
        return value
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    fileprivate var isNamePart: Bool { isASCIIDigit || isASCIILetter || self == UInt8(ascii: "_") || self >= 0x80 }
    fileprivate var isHexadecimalDigit: Bool { digitValue < 16 }
    fileprivate var digitValue: Int {
        if isASCIIDigit { return Int(self) - 0x30 }
        return isASCIILetter ? Int(self | 0x20) - 0x61 + 10 : 99
    }
}
