/// The classes that patterns name, as the oracle's Oniguruma sees them.
///
/// Most are unions of general categories: the generator of the tables checks each rule at every code point.
enum UnicodeClasses {
    static let digit = ScalarSet(table: ScriptData.digit)
    /// `\w` by itself. Within brackets it lacks the superscripts and fractions of Latin-1.
    static let word = ScalarSet(table: ScriptData.word)
    static let bracketedWord = word.subtracting(
        ScalarSet(ranges: [0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE]))

    /// `[[:name:]]`; nil for the names whose members are the same in every version of Unicode.
    static func posixBracket(_ name: String) -> ScalarSet? {
        switch name {
        case "word": bracketedWord
        case "punct": categories("p").union(categories("s"))
        case "alpha", "alnum", "digit", "graph", "lower", "print", "upper": property(name)
        default: nil
        }
    }

    /// `\p{name}`, of a name in lower case without spaces, hyphens and underscores; nil for a name that is not held.
    ///
    /// `word` is ``word`` or ``bracketedWord``, by where it stands.
    static func property(_ name: String) -> ScalarSet? {
        switch name {
        case "alpha", "alphabetic":
            return categories("l").union(categories("nl")).union(ScalarSet(table: ScriptData.otherAlphabetic))
        case "upper", "uppercase": return categories("lu").union(ScalarSet(table: ScriptData.otherUppercase))
        case "lower", "lowercase": return categories("ll").union(ScalarSet(table: ScriptData.otherLowercase))
        case "alnum": return property("alpha")?.union(digit)
        case "digit": return digit
        case "punct": return categories("p")
        case "posixpunct": return posixBracket("punct")
        case "lc", "casedletter": return categories("lu").union(categories("ll")).union(categories("lt"))
        case "assigned": return categories("cn").complement
        case "graph": return property("print")?.subtracting(categories("zs"))
        case "print":
            let unprinted = ["cc", "cn", "cs", "zl", "zp"].map(categories)
            return unprinted.reduce(ScalarSet(ranges: [])) { $0.union($1) }.complement
        default: break
        }
        if let script = scripts[scriptCodes[name] ?? name] { return ScalarSet(table: script) }
        let set = categories(longNames[name] ?? name)
        return set.ranges.isEmpty ? nil : set
    }

    /// The scalars of the category, or of all the categories of the group, that `name` abbreviates.
    private static func categories(_ name: String) -> ScalarSet {
        GeneralCategory.scalars(
            in: Set(
                GeneralCategory.allCases.filter {
                    let short = $0.shortName.lowercased()
                    return short == name || (name.count == 1 && short.hasPrefix(name))
                }))
    }

    private static let scripts: [String: StaticString] = [
        "han": ScriptData.han,
        "hiragana": ScriptData.hiragana,
        "katakana": ScriptData.katakana,
        "hangul": ScriptData.hangul,
        "latin": ScriptData.latin,
        "cyrillic": ScriptData.cyrillic,
        "greek": ScriptData.greek,
        "arabic": ScriptData.arabic,
        "hebrew": ScriptData.hebrew,
        "thai": ScriptData.thai,
        "devanagari": ScriptData.devanagari,
        "balinese": ScriptData.balinese,
        "common": ScriptData.common,
        "egyptianhieroglyphs": ScriptData.egyptianHieroglyphs,
        "garay": ScriptData.garay,
        "gurungkhema": ScriptData.gurungKhema,
        "kannada": ScriptData.kannada,
        "kawi": ScriptData.kawi,
        "khitansmallscript": ScriptData.khitanSmallScript,
        "khojki": ScriptData.khojki,
        "kiratrai": ScriptData.kiratRai,
        "lao": ScriptData.lao,
        "myanmar": ScriptData.myanmar,
        "nagmundari": ScriptData.nagMundari,
        "olonal": ScriptData.olOnal,
        "sunuwar": ScriptData.sunuwar,
        "todhri": ScriptData.todhri,
        "tulutigalari": ScriptData.tuluTigalari,
        "emoji": ScriptData.emoji,
        "emojipresentation": ScriptData.emojiPresentation,
        "ideographic": ScriptData.ideographic,
        "unifiedideograph": ScriptData.unifiedIdeograph,
    ]

    /// The four-letter codes of ISO 15924.
    private static let scriptCodes: [String: String] = [
        "hani": "han", "hira": "hiragana", "kana": "katakana", "hang": "hangul", "latn": "latin", "cyrl": "cyrillic",
        "grek": "greek", "arab": "arabic", "hebr": "hebrew", "deva": "devanagari", "bali": "balinese", "zyyy": "common",
        "egyp": "egyptianhieroglyphs", "gara": "garay", "gukh": "gurungkhema", "knda": "kannada",
        "kits": "khitansmallscript", "khoj": "khojki", "krai": "kiratrai", "laoo": "lao", "mymr": "myanmar",
        "nagm": "nagmundari", "onao": "olonal", "sunu": "sunuwar", "todr": "todhri", "tutg": "tulutigalari",
    ]

    private static let longNames: [String: String] = [
        "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
        "modifierletter": "lm", "otherletter": "lo", "mark": "m", "combiningmark": "m", "nonspacingmark": "mn",
        "spacingmark": "mc",
        "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "letternumber": "nl", "othernumber": "no",
        "punctuation": "p", "connectorpunctuation": "pc", "dashpunctuation": "pd", "openpunctuation": "ps",
        "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf", "otherpunctuation": "po",
        "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so",
        "separator": "z", "spaceseparator": "zs", "lineseparator": "zl", "paragraphseparator": "zp", "other": "c",
        "control": "cc", "format": "cf", "surrogate": "cs", "privateuse": "co", "unassigned": "cn",
    ]
}
