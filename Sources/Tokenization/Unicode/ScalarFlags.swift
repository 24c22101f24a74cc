/// What the scanners ask of a scalar, one bit each.
struct ScalarFlags {
    static let letter: UInt8 = 1 << 0
    static let number: UInt8 = 1 << 1
    /// `\s`
    static let space: UInt8 = 1 << 2
    static let mark: UInt8 = 1 << 3
    /// `[\p{P}\p{S}]`
    static let symbol: UInt8 = 1 << 4
    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
    static let upper: UInt8 = 1 << 5
    /// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
    static let lower: UInt8 = 1 << 6
    /// `[一-龥぀-ゟ゠-ヿ]`: the ideographs and kana that DeepSeek's second split isolates.
    static let ideographOrKana: UInt8 = 1 << 7

    /// One byte of flags for each of the 0x110000 code points. Filled once and never freed: a flat table costs one load
    /// per scalar, and only the lines that a text uses ever reach the cache.
    nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 0x110000)
        table.initialize(repeating: 0, count: 0x110000)
        for (range, category) in GeneralCategory.runs {
            let flags = flags(of: category)
            if flags != 0 {
                (table + Int(range.lowerBound)).update(repeating: flags, count: range.count)
            }
        }
        for range in ScalarSet(table: ScriptData.space).ranges {
            for scalar in range { table[Int(scalar)] |= space }
        }
        for range in [0x4E00...0x9FA5, 0x3040...0x30FF] {
            for scalar in range { table[scalar] |= ideographOrKana }
        }
        return UnsafePointer(table)
    }()

    private static func flags(of category: GeneralCategory) -> UInt8 {
        switch category {
        case .uppercaseLetter, .titlecaseLetter: letter | upper
        case .lowercaseLetter: letter | lower
        case .modifierLetter, .otherLetter: letter | upper | lower
        case .nonspacingMark, .spacingMark, .enclosingMark: mark | upper | lower
        case .decimalNumber, .letterNumber, .otherNumber: number
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
            symbol
        default: 0
        }
    }
}
