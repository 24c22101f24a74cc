/// UTF-8 with the classes of characters that patterns ask for.
///
/// White space, digits and letters are those of Unicode, as in Python's regular expressions. Positions are those of bytes,
/// at the first byte of a character; a position behind the end has no character.
struct SourceText {
    let bytes: [UInt8]
    let count: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        count = bytes.count
    }

    init(_ text: String) { self.init(Array(text.utf8)) }

    /// The text of a range.
    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    @inline(__always) func byte(_ position: Int) -> UInt8? {
        position >= 0 && position < count ? bytes[position] : nil
    }

    @inline(__always) func isByte(_ byte: Unicode.Scalar, at position: Int) -> Bool {
        position >= 0 && position < count && bytes[position] == UInt8(truncatingIfNeeded: byte.value)
    }

    /// Whether a literal of ASCII stands at a position.
    @inline(__always) func has(_ literal: StaticString, at position: Int) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard position >= 0, position <= count - length else { return false }
        let start = literal.utf8Start
        for index in 0..<length where bytes[position + index] != start[index] { return false }
        return true
    }

    /// Whether a literal of lower case ASCII letters and spaces stands at a position, in any case.
    @inline(__always) func hasAnyCase(_ literal: StaticString, at position: Int) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard position >= 0, position <= count - length else { return false }
        let start = literal.utf8Start
        for index in 0..<length {
            let byte = bytes[position + index]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if lower != start[index] { return false }
        }
        return true
    }

    /// The length of the character at a position; at least 1.
    @inline(__always) func characterLength(at position: Int) -> Int {
        guard position < count else { return 1 }
        let byte = bytes[position]
        if byte < 0xC0 { return 1 }
        return min(byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4, count - position)
    }

    /// Where the character before a position begins; -1 at the start.
    @inline(__always) func before(_ position: Int) -> Int {
        var index = position - 1
        while index > 0, bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// The character at a position; nil behind the end.
    func scalar(at position: Int) -> Unicode.Scalar? {
        guard position >= 0, position < count else { return nil }
        let first = UInt32(bytes[position])
        if first < 0x80 { return Unicode.Scalar(first) }
        let length = characterLength(at: position)
        var value = first & (0xFF >> UInt32(length + 1))
        for index in 1..<max(length, 1) { value = value << 6 | UInt32(bytes[position + index] & 0x3F) }
        return Unicode.Scalar(value)
    }

    /// The length of the white space character at a position; 0 where there is none.
    @inline(__always) func spaceLength(at position: Int) -> Int {
        guard position >= 0, position < count else { return 0 }
        let byte = bytes[position]
        if byte < 0x80 { return Self.isSpace(byte) ? 1 : 0 }
        return wideSpaceLength(at: position)
    }

    @inline(__always) static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)
    }

    private func wideSpaceLength(at position: Int) -> Int {
        let next = position + 1 < count ? bytes[position + 1] : 0
        let last = position + 2 < count ? bytes[position + 2] : 0
        switch bytes[position] {
        case 0xC2: return next == 0x85 || next == 0xA0 ? 2 : 0
        case 0xE1: return next == 0x9A && last == 0x80 ? 3 : 0
        case 0xE2:
            if next == 0x81 { return last == 0x9F ? 3 : 0 }
            guard next == 0x80 else { return 0 }
            return last <= 0x8A || last == 0xA8 || last == 0xA9 || last == 0xAF ? 3 : 0
        case 0xE3: return next == 0x80 && last == 0x80 ? 3 : 0
        default: return 0
        }
    }

    /// Where the white space that begins at a position ends.
    @inline(__always) func skipSpaces(_ position: Int) -> Int {
        var index = position
        while true {
            let length = spaceLength(at: index)
            if length == 0 { return index }
            index += length
        }
    }

    /// Where the white space before a position begins, no earlier than a limit.
    func skipSpacesBackward(_ position: Int, to limit: Int = 0) -> Int {
        var index = position
        while index > limit {
            let previous = before(index)
            if previous < limit || spaceLength(at: previous) == 0 { return index }
            index = previous
        }
        return index
    }

    /// The length of the decimal digit at a position; 0 where there is none.
    @inline(__always) func digitLength(at position: Int) -> Int {
        guard position >= 0, position < count else { return 0 }
        let byte = bytes[position]
        if byte < 0x80 { return byte >= 0x30 && byte <= 0x39 ? 1 : 0 }
        return scalar(at: position)?.properties.generalCategory == .decimalNumber ? characterLength(at: position) : 0
    }

    /// Where the digits that begin at a position end.
    func skipDigits(_ position: Int) -> Int {
        var index = position
        while true {
            let length = digitLength(at: index)
            if length == 0 { return index }
            index += length
        }
    }

    /// Whether a decimal digit stands before a position.
    @inline(__always) func hasDigit(before position: Int) -> Bool {
        position > 0 && digitLength(at: before(position)) > 0
    }

    /// Whether a letter, a number or an underscore stands at a position.
    func isWord(at position: Int) -> Bool {
        guard let scalar = scalar(at: position) else { return false }
        if scalar.isASCII { return scalar == "_" || Self.isLetter(bytes[position]) || Self.isDigit(bytes[position]) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    /// Whether an ASCII letter stands at a position.
    @inline(__always) func isLetter(at position: Int) -> Bool {
        position >= 0 && position < count && Self.isLetter(bytes[position])
    }

    @inline(__always) static func isLetter(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A)
    }

    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// A range without the white space at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        while start < range.upperBound {
            let length = spaceLength(at: start)
            if length == 0 { break }
            start += length
        }
        guard start < range.upperBound else { return range.upperBound..<range.upperBound }
        return start..<skipSpacesBackward(range.upperBound, to: start)
    }

    /// Whether the next eight bytes are none of `$`, `[` and `\`; false where there are fewer.
    @inline(__always) func lacksEnvironmentSigns(at position: Int) -> Bool {
        guard position >= 0, position <= count - 8 else { return false }
        let word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt64.self) }
        return !Self.hasZero(word ^ 0x2424_2424_2424_2424) && !Self.hasZero(word ^ 0x5B5B_5B5B_5B5B_5B5B)
            && !Self.hasZero(word ^ 0x5C5C_5C5C_5C5C_5C5C)
    }

    @inline(__always) private static func hasZero(_ word: UInt64) -> Bool {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
    }
}
