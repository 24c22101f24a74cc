/// Splits LaTeX into tokens.
///
/// In compat mode as latex2sympy's lexer does: the longest token that begins at a place, so that "\cdots" is "\cdot" and "s".
/// In strict mode a command is all the letters after the backslash, and one that is not known is an error.
struct LatexLexer {
    let text: [UInt8]
    let isStrict: Bool
    /// Whether "dx" is a differential; in strict mode only where something is integrated or derived.
    private let hasDifferentials: Bool
    var position = 0
    var tokens: [LatexToken] = []
    /// Brackets that are open, but for braces: in those a comma is between elements.
    var openLists = 0

    private static let longestCommand = 20

    init(_ text: [UInt8], isStrict: Bool) {
        self.text = text
        self.isStrict = isStrict
        hasDifferentials =
            !isStrict || LatexLexer.contains(text, "\\int") || LatexLexer.contains(text, "\\frac{d")
            || LatexLexer.contains(text, "\\frac{\\partial")
    }

    private static func contains(_ text: [UInt8], _ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            guard text.count >= word.count, let first = word.first else { return false }
            for start in 0...(text.count - word.count) where text[start] == first {
                if text[start..<(start + word.count)].elementsEqual(word) { return true }
            }
            return false
        }
    }

    /// The tokens of a text, ended by one that says so.
    mutating func read(budget: inout StepBudget) throws(ReadingError) -> [LatexToken] {
        tokens.reserveCapacity(text.count / 2 + 1)
        while position < text.count {
            try budget.spendReading()
            try readToken()
        }
        tokens.append(LatexToken(.end, text.count, text.count))
        return tokens
    }

    func byte(_ offset: Int) -> UInt8 { offset < text.count ? text[offset] : 0 }

    mutating func add(_ kind: LatexToken.Kind, _ length: Int) {
        switch kind {
        case .open(let bracket) where bracket != .brace: openLists += 1
        case .close(let bracket) where bracket != .brace: openLists -= 1
        default: break
        }
        tokens.append(LatexToken(kind, position, position + length))
        position += length
    }

    func starts(_ word: StaticString, at offset: Int) -> Bool {
        word.withUTF8Buffer { word in
            offset + word.count <= text.count && text[offset..<(offset + word.count)].elementsEqual(word)
        }
    }

    private mutating func readToken() throws(ReadingError) {
        let character = text[position]
        switch character {
        case UInt8(ascii: " "), 9, 10, 13: position += 1
        case UInt8(ascii: "0")...UInt8(ascii: "9"): readNumber()
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): readLetter()
        case UInt8(ascii: "\\"): try readCommand()
        case UInt8(ascii: "^"): readCaret()
        case UInt8(ascii: "."):
            if isDigit(byte(position + 1)) { readNumber() } else { add(.period, 1) }
        case 0x80...: try readCharacter()
        default: try readMark(character)
        }
    }

    private mutating func readMark(_ mark: UInt8) throws(ReadingError) {
        let next = byte(position + 1)
        let equals = UInt8(ascii: "=")
        switch mark {
        case UInt8(ascii: "+"): add(.add, 1)
        case UInt8(ascii: "-"): add(.subtract, 1)
        case UInt8(ascii: "*"): add(.multiply, 1)
        case UInt8(ascii: "/"): add(.divide, 1)
        case UInt8(ascii: "("): add(.open(.parenthesis), 1)
        case UInt8(ascii: ")"): add(.close(.parenthesis), 1)
        case UInt8(ascii: "["): add(.open(.square), 1)
        case UInt8(ascii: "]"): add(.close(.square), 1)
        case UInt8(ascii: "{"): add(.open(.brace), 1)
        case UInt8(ascii: "}"): add(.close(.brace), 1)
        case UInt8(ascii: "|"): add(.bar, 1)
        case UInt8(ascii: "&"): add(.column, 1)
        case UInt8(ascii: "_"): add(.underscore, 1)
        case UInt8(ascii: ":"): add(.colon, 1)
        case UInt8(ascii: ";"): add(.semicolon, 1)
        case UInt8(ascii: ","): add(.comma, 1)
        case UInt8(ascii: "'"): add(.prime, 1)
        case equals: next == equals ? add(.comparison(.equal), 2) : add(.assignment, 1)
        case UInt8(ascii: "~") where next == equals: add(.comparison(.approximately), 2)
        case UInt8(ascii: "<"):
            if next == equals {
                byte(position + 2) == UInt8(ascii: ">") ? add(.unsupported, 3) : add(.comparison(.lessOrEqual), 2)
            } else if next == UInt8(ascii: "-"), byte(position + 2) == UInt8(ascii: ">") {
                add(.unsupported, 3)
            } else {
                add(.comparison(.less), 1)
            }
        case UInt8(ascii: ">"): next == equals ? add(.comparison(.greaterOrEqual), 2) : add(.comparison(.greater), 1)
        case UInt8(ascii: "!"):
            if next == equals {
                add(.comparison(.unequal), byte(position + 2) == equals ? 3 : 2)
            } else {
                add(.bang, 1)
            }
        case UInt8(ascii: "%") where isStrict: add(.percent, 1)
        case UInt8(ascii: "$") where isStrict, UInt8(ascii: "~") where isStrict: position += 1
        default: throw .unreadable
        }
    }

    /// Transposition and degrees are tokens with their caret.
    private mutating func readCaret() {
        let transposes: [StaticString] = ["^T", "^{T}", "^{\\top}"]
        let degrees: [StaticString] = [
            "^{\\circle}", "^{\\circ}", "^{\\degree}", "^{\u{B0}}", "^\\circle", "^\\circ", "^\\degree", "^\u{B0}",
        ]
        for (words, kind) in [(degrees, LatexToken.Kind.degree), (transposes, .transpose)] {
            for word in words where starts(word, at: position) { return add(kind, word.utf8CodeUnitCount) }
        }
        if isStrict {
            var next = position + 1
            while byte(next) == UInt8(ascii: " ") { next += 1 }
            if starts("\\circ", at: next) { return add(.degree, next + 5 - position) }
            if starts("{\\prime", at: next) || starts("\\prime", at: next) {
                let isBraced = byte(next) == UInt8(ascii: "{")
                var end = next + (isBraced ? 1 : 0)
                while starts("\\prime", at: end) { end += 6 }
                if !isBraced || byte(end) == UInt8(ascii: "}") {
                    return add(.prime, end + (isBraced ? 1 : 0) - position)
                }
            }
        }
        add(.caret, 1)
    }

    // MARK: Letters and commands

    private func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
    }

    private func word(_ start: Int, _ end: Int) -> String { String(decoding: text[start..<end], as: UTF8.self) }

    private mutating func readLetter() {
        let letter = text[position]
        let longest = lengthOfFunctionWord()
        if letter == UInt8(ascii: "d"), hasDifferentials {
            let differential = lengthOfDifferential()
            if differential > 1, differential >= longest { return add(.differential, differential) }
        }
        if longest > 0 { return add(.functionWord, longest) }
        switch letter {
        case UInt8(ascii: "e"): add(.exponential, 1)
        case UInt8(ascii: "E") where !isStrict: add(.capitalE, 1)
        default: add(.name(word(position, position + 1)), 1)
        }
    }

    /// Of the longest name of a function here; 0 where there is none, and in strict mode.
    private func lengthOfFunctionWord() -> Int {
        guard !isStrict else { return 0 }
        var end = position
        while end < text.count, end - position < 13, isLetter(text[end]) { end += 1 }
        while end > position + 1 {
            if LatexCommands.functionWords.contains(word(position, end)) { return end - position }
            end -= 1
        }
        return 0
    }

    /// "d", space, and a letter or a command.
    private func lengthOfDifferential() -> Int {
        var end = position + 1
        while [UInt8(ascii: " "), 9, 10, 13].contains(byte(end)) { end += 1 }
        if isLetter(byte(end)) { return end + 1 - position }
        guard byte(end) == UInt8(ascii: "\\"), isLetter(byte(end + 1)) else { return 1 }
        end += 1
        while isLetter(byte(end)) { end += 1 }
        return end - position
    }

    private mutating func readCommand() throws(ReadingError) {
        let next = byte(position + 1)
        switch next {
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "!"): position += 2
        case UInt8(ascii: "$"):
            if starts("\\$\\infty", at: position) { add(.infinity, 8) } else { position += 2 }
        case UInt8(ascii: "("): add(.open(.parenthesisVisual), 2)
        case UInt8(ascii: ")"): add(.close(.parenthesisVisual), 2)
        case UInt8(ascii: "{"):
            if starts("\\{\\}", at: position) { add(.namedSet(.empty), 4) } else { add(.open(.braceVisual), 2) }
        case UInt8(ascii: "}"): add(.close(.braceVisual), 2)
        case UInt8(ascii: "|"): add(.norm, 2)
        case UInt8(ascii: "\\"): add(.row, 2)
        case UInt8(ascii: "%") where isStrict: add(.percent, 2)
        case UInt8(ascii: " ") where isStrict: position += 2
        default:
            guard isLetter(next) else { throw .unreadable }
            try readNamedCommand()
        }
    }

    private mutating func readNamedCommand() throws(ReadingError) {
        let start = position + 1
        var end = start
        while end < text.count, end - start < LatexLexer.longestCommand, isLetter(text[end]) { end += 1 }
        if readEnvironment() { return }
        if starts("\\lbrace\\rbrace", at: position) { return add(.namedSet(.empty), 14) }
        if starts("\\not\\equiv", at: position) { return add(.comparison(.unequal), 10) }
        if isStrict, starts("\\not\\in", at: position) { return add(.notMemberOf, 7) }
        let shortest = isStrict ? end - 1 : start
        while end > shortest {
            let name = word(start, end)
            if try readCommand(name, end) { return }
            end -= 1
        }
        throw .unreadable
    }

    /// Whether the command is known; then it is read.
    private mutating func readCommand(_ name: String, _ end: Int) throws(ReadingError) -> Bool {
        if LatexCommands.accents.contains(name), try readAccent(name, end) { return true }
        if LatexCommands.spaces.contains(name) {
            position = end
            return true
        }
        if isStrict {
            if LatexCommands.strictSpaces.contains(name) {
                position = end
                return true
            }
            if let kind = LatexCommands.strictKinds[name] {
                add(kind, end - position)
                return true
            }
        }
        guard let kind = LatexCommands.kinds[name] else { return false }
        let length = end - position
        if kind == .infinity, starts("\\%", at: end) || (!isStrict && byte(end) == UInt8(ascii: "%")) {
            add(kind, length + (byte(end) == UInt8(ascii: "%") ? 1 : 2))
        } else if case .name = kind, !isStrict, byte(end) == UInt8(ascii: " ") {
            // The space is a part of the name of a function.
            add(kind, length + 1)
        } else {
            add(kind, length)
        }
        return true
    }

    private mutating func readEnvironment() -> Bool {
        let isStart = starts("\\begin{", at: position)
        guard isStart || starts("\\end{", at: position) else { return false }
        let start = position + (isStart ? 7 : 5)
        var end = start
        while isLetter(byte(end)), end - start < 12 { end += 1 }
        guard byte(end) == UInt8(ascii: "}") else { return false }
        let bracket: LatexToken.Bracket
        switch word(start, end) {
        case "matrix", "pmatrix", "bmatrix": bracket = .matrix
        case "Bmatrix" where isStrict, "smallmatrix" where isStrict: bracket = .matrix
        case "vmatrix": bracket = .determinant
        case "array": bracket = .array
        default: return false
        }
        end += 1
        if bracket == .array, isStart {
            guard byte(end) == UInt8(ascii: "{") else { return false }
            end += 1
            while [UInt8(ascii: "c"), UInt8(ascii: "l"), UInt8(ascii: "r")].contains(byte(end)) { end += 1 }
            guard byte(end) == UInt8(ascii: "}") else { return false }
            end += 1
        }
        add(isStart ? .open(bracket) : .close(bracket), end - position)
        return true
    }

    /// A command with an argument up to the first brace that closes.
    private mutating func readAccent(_ name: String, _ end: Int) throws(ReadingError) -> Bool {
        var open = end
        if [UInt8(ascii: " "), 9, 10, 13].contains(byte(open)) { open += 1 }
        guard byte(open) == UInt8(ascii: "{") else {
            guard isStrict, isLetter(byte(open)), name != "text", name != "mbox" else { return false }
            add(name == "mathbb" ? .primes : .name(accented(name, word(open, open + 1))), open + 1 - position)
            return true
        }
        var close = open + 1
        while close < text.count, text[close] != UInt8(ascii: "}") { close += 1 }
        guard close < text.count else { return false }
        let content = word(open + 1, close)
        if name == "mathbb", open == end || isStrict, let kind = LatexCommands.blackboard[content] {
            add(kind, close + 1 - position)
            return true
        }
        let isText =
            name.hasPrefix("text") || name == "mbox" || (isStrict && ["mathrm", "mathbf", "mathit"].contains(name))
        if isStrict, isText {
            let isJoining = ["and", "or"].contains(content.filter { $0 != " " })
            add(isJoining ? .comma : .words(content), close + 1 - position)
        } else {
            add(.name(accented(name, content)), close + 1 - position)
        }
        return true
    }

    /// The name of a symbol with an accent.
    private func accented(_ name: String, _ content: String) -> String {
        var content = String(content.filter { $0 != " " })
        let accent: String
        switch name {
        case "bar", "overline": accent = "bar"
        case "vec", "overrightarrow": accent = "vec"
        case "tilde", "widetilde": accent = "tilde"
        default:
            if name.hasPrefix("text") || name == "mbox" {
                content = content.filter { $0 != "(" && $0 != ")" }
                return content
            }
            accent = name.hasPrefix("math") ? "math" : name
        }
        return "\(accent){\(content)}"
    }

    // MARK: Beyond ASCII

    private mutating func readCharacter() throws(ReadingError) {
        let lead = text[position]
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        let end = Swift.min(position + length, text.count)
        guard let scalar = word(position, end).unicodeScalars.first else { throw .unreadable }
        if isStrict {
            if scalar == "\u{A0}" || scalar == "\u{2009}" || scalar == "\u{202F}" {
                position = end
                return
            }
            if let kind = LatexCommands.strictCharacters[scalar] { return add(kind, end - position) }
        }
        guard let kind = LatexCommands.characters[scalar] else { throw .unreadable }
        add(kind, end - position)
    }
}
