/// What stands for the same thing in LaTeX and Unicode.
enum MathNotation {
    /// What a LaTeX command is kept as; nil where it says only how things look.
    static func command(_ name: [UInt8]) -> [UInt8]? {
        guard let same = same[name] else { return name }
        return same
    }

    /// What a character that is neither a letter nor a digit is kept as.
    enum Symbol {
        case command(StaticString)
        case sign(UInt8)
        /// A degree sign: a raised `\circ`.
        case degree
        case superscript(UInt8)
        case `subscript`(UInt8)
    }

    /// How a character is written in LaTeX or ASCII, where there is one way.
    static func symbol(_ scalar: UInt32) -> Symbol? {
        switch scalar {
        case 0x2010...0x2013, 0x2212, 0xFE63: .sign(UInt8(ascii: "-"))
        case 0x2018, 0x2019, 0x2032: .sign(UInt8(ascii: "'"))
        case 0x2044, 0x2215: .sign(UInt8(ascii: "/"))
        case 0x2223: .sign(UInt8(ascii: "|"))
        case 0x00B0: .degree
        case 0x00B7, 0x22C5: .command("cdot")
        case 0x00D7: .command("times")
        case 0x00F7: .command("div")
        case 0x00B1: .command("pm")
        case 0x221A: .command("sqrt")
        case 0x221E: .command("infty")
        case 0x2208: .command("in")
        case 0x2220: .command("angle")
        case 0x2260: .command("ne")
        case 0x2264: .command("le")
        case 0x2265: .command("ge")
        case 0x2026, 0x22EF: .command("dots")
        case 0x00B2: .superscript(UInt8(ascii: "2"))
        case 0x00B3: .superscript(UInt8(ascii: "3"))
        case 0x00B9: .superscript(UInt8(ascii: "1"))
        case 0x2070, 0x2074...0x2079: .superscript(UInt8(truncatingIfNeeded: scalar - 0x2070) + UInt8(ascii: "0"))
        case 0x2080...0x2089: .subscript(UInt8(truncatingIfNeeded: scalar - 0x2080) + UInt8(ascii: "0"))
        default: nil
        }
    }

    /// Whether words of this character's script are written without spaces between them.
    static func isUnspaced(_ scalar: UInt32) -> Bool {
        switch scalar {
        // Thai and Lao, Myanmar, Khmer.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F, 0x1780...0x17FF: true
        // Han.
        case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF: true
        case 0xF900...0xFAFF, 0x20000...0x3FFFF: true
        // Hiragana and Katakana.
        case 0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F, 0x1AFF0...0x1B16F: true
        default: false
        }
    }

    private static let same: [[UInt8]: [UInt8]?] = {
        var same: [[UInt8]: [UInt8]?] = [:]
        func name(_ text: String, is kept: String?) {
            same.updateValue(kept.map { Array($0.utf8) }, forKey: Array(text.utf8))
        }
        for (other, kept) in [
            ("dfrac", "frac"), ("tfrac", "frac"), ("cfrac", "frac"), ("dbinom", "binom"), ("tbinom", "binom"),
            ("leq", "le"), ("leqslant", "le"), ("geq", "ge"), ("geqslant", "ge"), ("neq", "ne"), ("ldots", "dots"),
            ("cdots", "dots"), ("dotsc", "dots"), ("dotsb", "dots"), ("rightarrow", "to"),
        ] {
            name(other, is: kept)
        }
        for look in [
            "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
            "displaystyle", "textstyle", "limits", "nolimits", "quad", "qquad", "text", "textbf", "textit", "textrm",
            "mathrm", "mathbf", "mathit", "boldsymbol", "operatorname", "mbox", "emph", "rm", "bf", "it",
        ] {
            name(look, is: nil)
        }
        return same
    }()
}
