// Letters and digits as Python's str sees them.

extension Text {
    private init(mapping scalars: some Sequence<Unicode.Scalar>, isMarkup: Bool, _ map: (Unicode.Scalar) -> String) {
        var result = ""
        for scalar in scalars { result += map(scalar) }
        self.init(Array(result.utf8), isMarkup: isMarkup)
    }

    var uppercased: Text {
        if isASCII {
            return Text(bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, isMarkup: isMarkup)
        }
        return Text(mapping: scalars, isMarkup: isMarkup) { $0.properties.uppercaseMapping }
    }

    var lowercased: Text {
        if isASCII {
            return Text(bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, isMarkup: isMarkup)
        }
        let scalars = Array(scalars)
        var result = ""
        for index in scalars.indices { result += Text.lowercase(scalars, index) }
        return Text(Array(result.utf8), isMarkup: isMarkup)
    }

    /// A capital sigma at the end of a word has a form of its own.
    private static func lowercase(_ scalars: [Unicode.Scalar], _ index: Int) -> String {
        guard scalars[index].value == 0x3A3 else { return scalars[index].properties.lowercaseMapping }
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
        return isFinal ? "\u{3C2}" : "\u{3C3}"
    }

    /// `str.capitalize()`
    var capitalized: Text {
        let scalars = Array(scalars)
        var result = scalars.first?.properties.titlecaseMapping ?? ""
        for index in scalars.indices.dropFirst() { result += Text.lowercase(scalars, index) }
        return Text(Array(result.utf8), isMarkup: isMarkup)
    }

    /// `str.title()`
    var titlecased: Text {
        let scalars = Array(scalars)
        var result = ""
        var isInWord = false
        for index in scalars.indices {
            result += isInWord ? Text.lowercase(scalars, index) : scalars[index].properties.titlecaseMapping
            isInWord = scalars[index].properties.isCased
        }
        return Text(Array(result.utf8), isMarkup: isMarkup)
    }

    /// `str.swapcase()`
    var caseSwapped: Text {
        let scalars = Array(scalars)
        var result = ""
        for (index, scalar) in scalars.enumerated() {
            if scalar.properties.isUppercase {
                result += Text.lowercase(scalars, index)
            } else {
                result += scalar.properties.isLowercase ? scalar.properties.uppercaseMapping : String(scalar)
            }
        }
        return Text(Array(result.utf8), isMarkup: isMarkup)
    }

    private func all(_ holds: (Unicode.Scalar) -> Bool) -> Bool { !isEmpty && scalars.allSatisfy(holds) }

    var isDecimal: Bool { all { $0.properties.generalCategory == .decimalNumber } }
    var isDigit: Bool {
        all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
    }
    var isNumeric: Bool { all { $0.isPythonNumeric } }
    var isAlphabetic: Bool { all { $0.isPythonLetter } }
    var isAlphanumeric: Bool { all { $0.isPythonLetter || $0.isPythonNumeric } }
    var isSpace: Bool { all { $0.isPythonSpace } }
    var isLower: Bool {
        let properties = scalars.lazy.map(\.properties)
        return properties.contains { $0.isLowercase }
            && !properties.contains { $0.isUppercase || $0.generalCategory == .titlecaseLetter }
    }
    var isUpper: Bool {
        let properties = scalars.lazy.map(\.properties)
        return properties.contains { $0.isUppercase }
            && !properties.contains { $0.isLowercase || $0.generalCategory == .titlecaseLetter }
    }
    var isTitle: Bool {
        var (isInWord, hasCased) = (false, false)
        for properties in scalars.lazy.map(\.properties) {
            if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
                if isInWord { return false }
                (isInWord, hasCased) = (true, true)
            } else if properties.isLowercase {
                guard isInWord else { return false }
                hasCased = true
            } else {
                isInWord = false
            }
        }
        return hasCased
    }
}

extension Unicode.Scalar {
    fileprivate var isPythonNumeric: Bool { properties.numericType != nil }

    fileprivate var isPythonLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    /// Whether `repr` shows the character as it is.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
