/// Writes the Unicode classes of a pattern (`\p{...}`, `\w`, `\d`, `\b`, `[[:alpha:]]` and their negations) as the ranges of
/// Kedge's own tables.
///
/// The ids of a text must not depend on which Oniguruma is installed: Debian 12's is two Unicode versions behind the
/// one inside tokenizers. Names that the tables do not hold are left to the engine.
struct UnicodePropertyRewriter {
    /// The options in force that decide what a class means, or what is a comment.
    private struct Options {
        var ignoresCase = false
        var isExtended = false
        var hasASCIIWords = false
        var hasASCIIDigits = false
        var hasASCIIBrackets = false
        var isLookbehind = false
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var result = String.UnicodeScalarView()
    private var options = Options()
    /// What the options return to at the end of each open group.
    private var outerOptions: [Options] = []
    private var classDepth = 0

    /// The pattern with every known class written as ranges. O(n + r) for n scalars and r ranges written.
    static func rewrite(_ pattern: String) -> String {
        var rewriter = Self(scalars: Array(pattern.unicodeScalars))
        rewriter.run()
        return String(rewriter.result)
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private mutating func run() {
        while let scalar = peek() {
            switch scalar {
            case "\\": escape()
            case "[": openBracket()
            case "]" where classDepth > 0:
                classDepth -= 1
                copy()
            case _ where classDepth > 0: copy()
            case "(": openGroup()
            case ")":
                if let outer = outerOptions.popLast() { options = outer }
                copy()
            case "#" where options.isExtended: copy(through: "\n")
            default: copy()
            }
        }
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        index + distance < scalars.count ? scalars[index + distance] : nil
    }

    private mutating func copy(_ count: Int = 1) {
        let end = min(index + count, scalars.count)
        result.append(contentsOf: scalars[index..<end])
        index = end
    }

    private mutating func copy(through last: Unicode.Scalar) {
        while let scalar = peek() {
            copy()
            if scalar == last { return }
        }
    }

    // MARK: Groups and options

    private mutating func openGroup() {
        guard peek(1) == "?" else {
            outerOptions.append(options)
            return copy()
        }
        if peek(2) == "#" { return copyComment() }
        var changed = options
        var length = 2
        var value = true
        while let letter = peek(length), letter != ")", letter != ":" {
            switch letter {
            case "-": value = false
            case "i": changed.ignoresCase = value
            case "x": changed.isExtended = value
            case "W": changed.hasASCIIWords = value
            case "D": changed.hasASCIIDigits = value
            case "P": changed.hasASCIIBrackets = value
            case "m", "S", "C", "I", "L", "y", "{", "g", "w", "}": break
            default:
                // A look-around, a name, an atomic group: no options.
                outerOptions.append(options)
                if letter == "<", peek(3) == "=" || peek(3) == "!" { options.isLookbehind = true }
                return copy(2)
            }
            length += 1
        }
        // `(?i)` holds until the end of the group that it stands in, `(?i:...)` until the end of its own.
        if peek(length) == ":" { outerOptions.append(options) }
        options = changed
        copy(length + 1)
    }

    private mutating func copyComment() {
        copy(3)
        while let scalar = peek() {
            copy(scalar == "\\" ? 2 : 1)
            if scalar == ")" { return }
        }
    }

    // MARK: Classes

    private mutating func openBracket() {
        if classDepth > 0, let bracket = posixBracket() {
            append(bracket.negated ? bracket.set.complement : bracket.set)
            index = bracket.end
            return
        }
        classDepth += 1
        copy()
        if peek() == "^" { copy() }
        // As the first member it is a literal.
        if peek() == "]" { copy() }
    }

    private func posixBracket() -> (set: ScalarSet, negated: Bool, end: Int)? {
        guard peek(1) == ":" else { return nil }
        let negated = peek(2) == "^"
        var name = ""
        var end = index + (negated ? 3 : 2)
        while end < scalars.count, scalars[end].value >= 0x61, scalars[end].value <= 0x7A {
            name.unicodeScalars.append(scalars[end])
            end += 1
        }
        guard end + 1 < scalars.count, scalars[end] == ":", scalars[end + 1] == "]",
            let set = UnicodeClasses.posixBracket(name)
        else { return nil }
        return (isASCII(name) ? set.ascii : set, negated, end + 2)
    }

    private mutating func escape() {
        guard let letter = peek(1) else { return copy() }
        // The engine allows no look-ahead within a look-behind, and knows ASCII by itself.
        if letter == "b" || letter == "B", classDepth == 0, !options.isLookbehind, !isASCII("word") {
            index += 2
            return appendBoundary(negated: letter == "B")
        }
        if let property = property() {
            let set = property.negated ? property.set.complement : property.set
            if classDepth > 0 {
                append(set)
            } else {
                // By itself a class heeds no (?i), which a bracketed one does.
                result.append(contentsOf: (options.ignoresCase ? "(?-i:[" : "[").unicodeScalars)
                append(set)
                result.append(contentsOf: (options.ignoresCase ? "])" : "]").unicodeScalars)
            }
            index = property.end
            return
        }
        // A control character takes its argument with it, which may be a bracket.
        let length = letter == "c" ? 2 : (letter == "C" || letter == "M") && peek(2) == "-" ? 3 : 0
        copy(max(length, 2))
        if length > 0, peek() != "\\" { copy() }
    }

    /// The class at a backslash.
    private func property() -> (set: ScalarSet, negated: Bool, end: Int)? {
        switch peek(1) {
        case "w", "W": return (word(isASCII: isASCII("word")), peek(1) == "W", index + 2)
        case "d", "D":
            return (isASCII("digit") ? UnicodeClasses.digit.ascii : UnicodeClasses.digit, peek(1) == "D", index + 2)
        case "p", "P": break
        default: return nil
        }
        guard peek(2) == "{", let close = scalars[(index + 3)...].firstIndex(of: "}") else { return nil }
        var negated = peek(1) == "P"
        var name = scalars[(index + 3)..<close]
        if name.first == "^" {
            negated.toggle()
            name = name.dropFirst()
        }
        var key = ""
        for scalar in name where scalar != "_" && scalar != " " && scalar != "-" {
            key.unicodeScalars.append(contentsOf: String(scalar).lowercased().unicodeScalars)
        }
        if key == "word" { return (word(isASCII: isASCII(key)), negated, close + 1) }
        guard let set = UnicodeClasses.property(key) else { return nil }
        return (isASCII(key) ? set.ascii : set, negated, close + 1)
    }

    private mutating func appendBoundary(negated: Bool) {
        var outer = result
        result = String.UnicodeScalarView()
        append(UnicodeClasses.word)
        let word = (options.ignoresCase ? "(?-i:[" : "[") + String(result) + (options.ignoresCase ? "])" : "]")
        let (afterWord, afterOther) = negated ? ("=", "!") : ("!", "=")
        outer.append(contentsOf: "(?:(?<=\(word))(?\(afterWord)\(word))".unicodeScalars)
        outer.append(contentsOf: "|(?<!\(word))(?\(afterOther)\(word)))".unicodeScalars)
        result = outer
    }

    private func word(isASCII: Bool) -> ScalarSet {
        isASCII
            ? UnicodeClasses.word.ascii : classDepth > 0 ? UnicodeClasses.bracketedWord : UnicodeClasses.word
    }

    /// Whether (?W), (?D) or (?P) restricts a class. They heed its POSIX name only: `\p{Alpha}`, not `\p{Alphabetic}`.
    private func isASCII(_ name: String) -> Bool {
        switch name {
        case "word": options.hasASCIIWords || options.hasASCIIBrackets
        case "digit": options.hasASCIIDigits || options.hasASCIIBrackets
        case "alpha", "alnum", "upper", "lower", "punct", "graph", "print": options.hasASCIIBrackets
        default: false
        }
    }

    // MARK: Ranges

    private mutating func append(_ set: ScalarSet) {
        let before = result.endIndex
        for range in set.ranges {
            // Surrogates are in no text, and Oniguruma refuses them as UTF-8.
            if range.overlaps(0xD800...0xDFFF) {
                if range.lowerBound < 0xD800 { append(range.lowerBound...0xD7FF) }
                if range.upperBound > 0xDFFF { append(0xE000...range.upperBound) }
            } else {
                append(range)
            }
        }
        // The engine refuses a class without members.
        if result.endIndex == before { result.append(contentsOf: "[a&&b]".unicodeScalars) }
    }

    private mutating func append(_ range: ClosedRange<UInt32>) {
        let low = String(range.lowerBound, radix: 16)
        let high = String(range.upperBound, radix: 16)
        result.append(contentsOf: "\\x{\(low)}-\\x{\(high)}".unicodeScalars)
    }
}
