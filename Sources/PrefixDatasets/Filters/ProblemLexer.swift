/// Cuts a problem's text into atoms (words, numbers, LaTeX commands) and signs.
struct ProblemLexer {
    enum Kind {
        /// A word or a number; `digits` tells which.
        case word
        case command
        /// `^` and `_`, which bind what follows to what stands before.
        case script
        case sign
        case opening, closing
        case openBrace, closeBrace
    }

    struct Token {
        var kind: Kind
        var start: Int
        var end: Int
        var hasDigits = false

        var isAtom: Bool { kind == .word || kind == .command }
    }

    private(set) var bytes: [UInt8] = []
    private(set) var tokens: [Token] = []

    /// What the last token may still be continued by.
    private enum Run {
        case none
        case word
        /// A scalar of a script without spaces: marks only.
        case unspaced
        case superscript, `subscript`
    }

    private var run = Run.none
    private let scalars: [Unicode.Scalar]

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        bytes.reserveCapacity(text.utf8.count)
        tokens.reserveCapacity(scalars.count / 4)
        var index = 0
        while index < scalars.count {
            let scalar = Self.narrowed(scalars[index])
            if scalar == "\\" {
                index = command(after: index)
            } else {
                if scalar.isASCII {
                    ascii(UInt8(truncatingIfNeeded: scalar.value), at: index)
                } else {
                    other(scalar)
                }
                index += 1
            }
        }
    }

    /// The ASCII character that a full-width form stands for.
    private static func narrowed(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard 0xFF01...0xFF5E ~= scalar.value else { return scalar }
        return Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value - 0xFEE0))
    }

    private mutating func ascii(_ byte: UInt8, at index: Int) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): word(CollectionOfOne(byte))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): word(CollectionOfOne(byte | 0x20))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit(byte)
        case UInt8(ascii: "."): point(at: index)
        case UInt8(ascii: "^"), UInt8(ascii: "_"): append(.script, CollectionOfOne(byte))
        case UInt8(ascii: "("), UInt8(ascii: "["): append(.opening, CollectionOfOne(byte))
        case UInt8(ascii: ")"), UInt8(ascii: "]"): append(.closing, CollectionOfOne(byte))
        case UInt8(ascii: "{"): append(.openBrace, CollectionOfOne(byte))
        case UInt8(ascii: "}"): closeBrace()
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "="),
            UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: "|"), UInt8(ascii: "'"):
            append(.sign, CollectionOfOne(byte))
        default: run = .none
        }
    }

    private mutating func other(_ scalar: Unicode.Scalar) {
        if let symbol = MathNotation.symbol(scalar.value) { return self.symbol(symbol) }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            if MathNotation.isUnspaced(scalar.value) {
                append(.word, Array(String(scalar).utf8), run: .unspaced)
            } else {
                word(Array(properties.lowercaseMapping.utf8))
            }
        case .letterNumber, .otherNumber:
            word(Array(properties.lowercaseMapping.utf8))
            tokens[tokens.count - 1].hasDigits = true
        case .decimalNumber:
            digit(UInt8(ascii: "0") + UInt8(min(9, max(0, properties.numericValue ?? 0))))
        case .nonspacingMark, .spacingMark, .enclosingMark:
            if run == .unspaced { extend(Array(String(scalar).utf8)) } else { word(Array(String(scalar).utf8)) }
        case .mathSymbol, .otherSymbol, .currencySymbol, .modifierSymbol:
            append(.sign, Array(String(scalar).utf8))
        case .openPunctuation where Self.isMathBracket(scalar.value): append(.opening, Array(String(scalar).utf8))
        case .closePunctuation where Self.isMathBracket(scalar.value): append(.closing, Array(String(scalar).utf8))
        // A soft hyphen or a joiner changes how a word looks, not which word it is.
        case .format: break
        default: run = .none
        }
    }

    /// Ceilings, floors, and angle brackets; other non-ASCII brackets are quotation marks of East Asian text.
    private static func isMathBracket(_ scalar: UInt32) -> Bool {
        0x2308...0x230B ~= scalar || 0x27E6...0x27EF ~= scalar
    }

    private mutating func symbol(_ symbol: MathNotation.Symbol) {
        switch symbol {
        case .command(let name): command([UInt8](name.description.utf8))
        case .sign(let byte): append(.sign, CollectionOfOne(byte))
        case .degree:
            append(.script, [UInt8(ascii: "^")])
            command(Array("circ".utf8))
        case .superscript(let digit): script(digit, UInt8(ascii: "^"), .superscript)
        case .subscript(let digit): script(digit, UInt8(ascii: "_"), .subscript)
        }
    }

    private mutating func script(_ digit: UInt8, _ sign: UInt8, _ kind: Run) {
        if run == kind { return extend(CollectionOfOne(digit)) }
        append(.script, CollectionOfOne(sign))
        append(.word, CollectionOfOne(digit), run: kind)
        tokens[tokens.count - 1].hasDigits = true
    }

    /// Reads the backslash at `index` and what belongs to it; gives where to go on.
    private mutating func command(after index: Int) -> Int {
        var end = index + 1
        while end < scalars.count, Self.isLetter(scalars[end]) { end += 1 }
        if end > index + 1 {
            command(scalars[(index + 1)..<end].map { UInt8(truncatingIfNeeded: $0.value) })
            return end
        }
        run = .none
        guard end < scalars.count, scalars[end].isASCII else { return end }
        let byte = UInt8(truncatingIfNeeded: scalars[end].value)
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "|"): append(.sign, [UInt8(ascii: "\\"), byte])
        case UInt8(ascii: "{"): append(.opening, [UInt8(ascii: "\\"), byte])
        case UInt8(ascii: "}"): append(.closing, [UInt8(ascii: "\\"), byte])
        case UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "#"): append(.sign, CollectionOfOne(byte))
        case UInt8(ascii: "_"): append(.script, CollectionOfOne(byte))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return end
        // Thin spaces, and the delimiters of formulas.
        default: break
        }
        return end + 1
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z") ~= scalar || ("A"..."Z") ~= scalar
    }

    private mutating func command(_ name: [UInt8]) {
        run = .none
        // The case of a command is kept: \Delta is not \delta.
        if let kept = MathNotation.command(name) { append(.command, [UInt8(ascii: "\\")] + kept) }
    }

    private mutating func word(_ piece: some Collection<UInt8>) {
        if run == .word { extend(piece) } else { append(.word, piece, run: .word) }
    }

    private mutating func digit(_ byte: UInt8) {
        word(CollectionOfOne(byte))
        tokens[tokens.count - 1].hasDigits = true
    }

    /// A point between digits, or before the digits of a number that begins with it, belongs to the number.
    private mutating func point(at index: Int) {
        let next = index + 1 < scalars.count ? Self.narrowed(scalars[index + 1]) : " "
        let isAfterPoint = index > 0 && scalars[index - 1] == "."
        guard ("0"..."9") ~= next, !isAfterPoint else { return run = .none }
        if run == .word, let last = bytes.last, UInt8(ascii: "0")...UInt8(ascii: "9") ~= last {
            extend([UInt8(ascii: ".")])
        } else if run == .none {
            append(.word, Array("0.".utf8), run: .word)
        } else {
            run = .none
        }
    }

    /// Braces around nothing or a single atom group nothing: `x^{2}` is `x^2`.
    private mutating func closeBrace() {
        if tokens.last?.kind == .openBrace {
            tokens.removeLast()
            run = .none
        } else if tokens.count >= 2, tokens[tokens.count - 2].kind == .openBrace, tokens[tokens.count - 1].isAtom {
            tokens.remove(at: tokens.count - 2)
            run = .none
        } else {
            append(.closeBrace, [UInt8(ascii: "}")])
        }
    }

    private mutating func extend(_ piece: some Collection<UInt8>) {
        bytes.append(contentsOf: piece)
        tokens[tokens.count - 1].end = bytes.count
    }

    private mutating func append(_ kind: Kind, _ piece: some Collection<UInt8>, run: Run = .none) {
        let start = bytes.count
        bytes.append(contentsOf: piece)
        tokens.append(Token(kind: kind, start: start, end: bytes.count))
        self.run = run
    }
}
