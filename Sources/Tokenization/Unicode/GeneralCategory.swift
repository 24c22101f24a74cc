/// The general category of every scalar, as Oniguruma 6.9.10 (Unicode 16) has it.
enum GeneralCategory: UInt8, CaseIterable {
    // The order of the letters in GeneralCategoryData.
    case uppercaseLetter, lowercaseLetter, titlecaseLetter, modifierLetter, otherLetter
    case nonspacingMark, spacingMark, enclosingMark
    case decimalNumber, letterNumber, otherNumber
    case connectorPunctuation, dashPunctuation, openPunctuation, closePunctuation
    case initialPunctuation, finalPunctuation, otherPunctuation
    case mathSymbol, currencySymbol, modifierSymbol, otherSymbol
    case spaceSeparator, lineSeparator, paragraphSeparator
    case control, format, surrogate, privateUse, unassigned

    /// The short name that patterns use, such as `Lu`.
    var shortName: String {
        Self.shortNames[Int(rawValue)]
    }

    private static let shortNames = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]

    /// Runs of one category, ascending, covering every code point.
    static let runs: [(range: ClosedRange<UInt32>, category: GeneralCategory)] = {
        var letters: [UInt8: GeneralCategory] = [:]
        var names = TableReader(GeneralCategoryData.letters)
        for category in allCases { letters[names.byte()] = category }
        var runs: [(range: ClosedRange<UInt32>, category: GeneralCategory)] = []
        var reader = TableReader(GeneralCategoryData.runs)
        var start: UInt32 = 0
        while !reader.isAtEnd {
            let length = reader.hexadecimal()
            guard let category = letters[reader.byte()], length > 0 else { continue }
            runs.append((start...(start + length - 1), category))
            start += length
        }
        return runs
    }()

    /// The scalars whose category is among `categories`.
    static func scalars(in categories: Set<GeneralCategory>) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        for run in runs where categories.contains(run.category) {
            if let last = ranges.last, last.upperBound + 1 == run.range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound...run.range.upperBound
            } else {
                ranges.append(run.range)
            }
        }
        return ScalarSet(ranges: ranges)
    }
}
