/// Replaces `\p{...}`, `\P{...}`, `\p{^...}`, `\w`, `\W`, `\d` and `\D` in a pattern by the ranges of Kedge's own tables.
///
/// The ids of a text must not depend on which Oniguruma is installed: Debian 12's is two Unicode versions behind the
/// one inside tokenizers. Names that the tables do not hold are left to the engine.
enum UnicodePropertyRewriter {
    /// The pattern with every known property written as ranges.
    static func rewrite(_ pattern: String) throws(TokenizerError) -> String {
        let scalars = Array(pattern.unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        var classDepth = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\\", index + 1 < scalars.count {
                if let property = property(in: scalars, at: index, isBracketed: classDepth > 0) {
                    let ranges = property.negated ? property.set.complement : property.set
                    // By itself a property heeds no (?i), which a bracketed class does.
                    if classDepth == 0 { result.append(contentsOf: "(?-i:[".unicodeScalars) }
                    append(ranges, to: &result)
                    if classDepth == 0 { result.append(contentsOf: "])".unicodeScalars) }
                    index = property.end
                } else {
                    result.append(scalar)
                    result.append(scalars[index + 1])
                    index += 2
                }
                continue
            }
            if scalar == "[" { classDepth += 1 }
            if scalar == "]", classDepth > 0 { classDepth -= 1 }
            result.append(scalar)
            index += 1
        }
        return String(result)
    }

    private static func property(
        in scalars: [Unicode.Scalar], at index: Int, isBracketed: Bool
    ) -> (set: ScalarSet, negated: Bool, end: Int)? {
        if let set = (isBracketed ? bracketedShorthands : shorthands)[scalars[index + 1]] {
            return (set, false, index + 2)
        }
        guard index + 2 < scalars.count, scalars[index + 1] == "p" || scalars[index + 1] == "P",
            scalars[index + 2] == "{", let close = scalars[(index + 3)...].firstIndex(of: "}")
        else { return nil }
        var negated = scalars[index + 1] == "P"
        var name = scalars[(index + 3)..<close]
        if name.first == "^" {
            negated.toggle()
            name = name.dropFirst()
        }
        var key = ""
        for scalar in name where scalar != "_" && scalar != " " && scalar != "-" {
            key.unicodeScalars.append(contentsOf: String(scalar).lowercased().unicodeScalars)
        }
        guard let set = sets(named: key) else { return nil }
        return (set, negated, close + 1)
    }

    private static func append(_ set: ScalarSet, to result: inout String.UnicodeScalarView) {
        for range in set.ranges {
            // Surrogates are in no text, and Oniguruma refuses them as UTF-8.
            if range.overlaps(0xD800...0xDFFF) {
                if range.lowerBound < 0xD800 { append(range.lowerBound...0xD7FF, to: &result) }
                if range.upperBound > 0xDFFF { append(0xE000...range.upperBound, to: &result) }
            } else {
                append(range, to: &result)
            }
        }
    }

    private static func append(_ range: ClosedRange<UInt32>, to result: inout String.UnicodeScalarView) {
        let low = String(range.lowerBound, radix: 16)
        let high = String(range.upperBound, radix: 16)
        result.append(contentsOf: "\\x{\(low)}-\\x{\(high)}".unicodeScalars)
    }

    private static func sets(named key: String) -> ScalarSet? {
        if let script = scripts[key] { return ScalarSet(table: script) }
        let long = longNames[key] ?? key
        let categories = GeneralCategory.allCases.filter {
            $0.shortName.lowercased() == long || (long.count == 1 && $0.shortName.lowercased().hasPrefix(long))
        }
        return categories.isEmpty ? nil : GeneralCategory.scalars(in: Set(categories))
    }

    private static let shorthands = shorthands(word: ScalarSet(table: ScriptData.word))

    /// Within brackets the oracle's `\w` lacks the superscripts and fractions of Latin-1, which it has by itself.
    private static let bracketedShorthands: [Unicode.Scalar: ScalarSet] = {
        let latin1Numbers: [UInt32] = [0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE]
        var ranges: [ClosedRange<UInt32>] = []
        for range in ScalarSet(table: ScriptData.word).ranges {
            if range.upperBound > 0xFF {
                ranges.append(range)
            } else {
                ranges += range.filter { !latin1Numbers.contains($0) }.map { $0...$0 }
            }
        }
        return shorthands(word: ScalarSet(ranges: ranges))
    }()

    private static func shorthands(word: ScalarSet) -> [Unicode.Scalar: ScalarSet] {
        let digit = ScalarSet(table: ScriptData.digit)
        return ["w": word, "W": word.complement, "d": digit, "D": digit.complement]
    }

    private static let scripts: [String: StaticString] = [
        "han": ScriptData.han, "hiragana": ScriptData.hiragana, "katakana": ScriptData.katakana,
        "hangul": ScriptData.hangul, "latin": ScriptData.latin, "cyrillic": ScriptData.cyrillic,
        "greek": ScriptData.greek, "arabic": ScriptData.arabic, "hebrew": ScriptData.hebrew,
        "thai": ScriptData.thai, "devanagari": ScriptData.devanagari,
    ]

    private static let longNames: [String: String] = [
        "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
        "modifierletter": "lm", "otherletter": "lo", "mark": "m", "nonspacingmark": "mn", "spacingmark": "mc",
        "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "letternumber": "nl", "othernumber": "no",
        "punctuation": "p", "connectorpunctuation": "pc", "dashpunctuation": "pd", "openpunctuation": "ps",
        "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf", "otherpunctuation": "po",
        "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so",
        "separator": "z", "spaceseparator": "zs", "lineseparator": "zl", "paragraphseparator": "zp", "other": "c",
        "control": "cc", "format": "cf", "surrogate": "cs", "privateuse": "co", "unassigned": "cn",
    ]
}
