/// The words of a text in lower case, as Python's `text.lower().split()` gives them.
enum LowercasedWords {
    /// Calls with the UTF-8 of each word in turn. Linear in the length of the text.
    static func forEach(in text: String, _ body: ([UInt8]) -> Void) {
        let scalars = text.unicodeScalars
        var word: [UInt8] = []
        var place = scalars.startIndex
        while place < scalars.endIndex {
            let scalar = scalars[place]
            if isBlank(scalar) {
                if !word.isEmpty { body(word) }
                word.removeAll(keepingCapacity: true)
            } else if scalar.value < 0x80 {
                let byte = UInt8(scalar.value)
                word.append((0x41...0x5A).contains(byte) ? byte + 0x20 : byte)
            } else if scalar == "\u{3A3}" {
                word.append(contentsOf: (isFinal(place, in: scalars) ? "\u{3C2}" : "\u{3C3}").utf8)
            } else {
                word.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            }
            place = scalars.index(after: place)
        }
        if !word.isEmpty { body(word) }
    }

    /// What Python's `str.isspace` says of a character.
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
            true
        default:
            false
        }
    }

    /// Unicode's Final_Sigma: a cased letter before and none after, characters without case between them not counted.
    private static func isFinal(_ place: String.Index, in scalars: String.UnicodeScalarView) -> Bool {
        let before = scalars[..<place].reversed().first { !$0.properties.isCaseIgnorable }
        guard let before, before.properties.isCased else { return false }
        let after = scalars[scalars.index(after: place)...].first { !$0.properties.isCaseIgnorable }
        return !(after?.properties.isCased ?? false)
    }
}
