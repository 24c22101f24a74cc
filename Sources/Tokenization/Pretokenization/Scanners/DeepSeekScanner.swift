/// DeepSeek V3 and R1: three Splits one after another, done in one pass.
///
/// First `\p{N}{1,3}`, then `[一-龥぀-ゟ゠-ヿ]+`, then
/// ``[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*``
/// `|\s*[\r\n]+|\s+(?!\S)|\s+`. A later Split sees the pieces of an earlier one as texts of their own, so its look-ahead
/// stops at their ends.
struct DeepSeekScanner: PretokenScanner {
    private let reader = FlagReader()
    /// The end of the piece of the first two Splits that the third is taking apart.
    private var stretchEnd: UnsafePointer<UInt8>?

    private static let isolated = ScalarFlags.number | ScalarFlags.ideographOrKana
    private static let word = ScalarFlags.letter | ScalarFlags.mark

    init() {}

    @inline(__always)
    mutating func next(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        if let stretchEnd, p < stretchEnd { return main(p, stretchEnd) }
        let (flags, length) = reader.at(p)
        if flags & ScalarFlags.number != 0 {
            return reader.run(p + length, end, with: ScalarFlags.number, limit: 2)
        }
        // The kana blocks hold marks, symbols and punctuation such as U+30FB besides letters, so that the third Split has
        // something to do there too.
        let stop =
            flags & ScalarFlags.ideographOrKana != 0
            ? ideographs(from: p + length, end) : reader.run(p + length, end, without: Self.isolated)
        stretchEnd = stop
        return main(p, stop)
    }

    /// A run of ideographs and kana; the numbers among them are already pieces of the first Split.
    @inline(__always)
    private func ideographs(from p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var q = p
        while q < end {
            let (flags, length) = reader.at(q)
            if flags & ScalarFlags.ideographOrKana == 0 || flags & ScalarFlags.number != 0 { break }
            q += length
        }
        return q
    }

    @inline(__always)
    private func main(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        let byte = p.pointee
        let (flags, length) = reader.at(p)
        let second = p + length
        if flags & Self.word != 0 { return reader.run(second, end, with: Self.word) }
        guard second < end else {
            // One scalar alone: every alternative that can match takes just it, and one that none matches is a piece.
            return second
        }
        if Self.isASCIIPunctuation(byte), Self.isASCIILetter(second.pointee) {
            var q = second + 1
            while q < end, Self.isASCIILetter(q.pointee) { q += 1 }
            return q
        }
        let following = reader.at(second)
        let mayLead = flags & (ScalarFlags.letter | ScalarFlags.symbol) == 0 && !ASCII.isLineBreak(byte)
        if mayLead, following.flags & Self.word != 0 {
            return reader.run(second + following.length, end, with: Self.word)
        }
        if flags & ScalarFlags.symbol != 0 { return symbols(from: second, end) }
        if byte == ASCII.space, following.flags & ScalarFlags.symbol != 0 {
            return symbols(from: second + following.length, end)
        }
        if flags & ScalarFlags.space != 0 { return reader.whiteSpaceWithBreaks(p, end) }
        return unmatched(from: second, end)
    }

    @inline(__always)
    private func symbols(from p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var q = reader.run(p, end, with: ScalarFlags.symbol)
        while q < end, ASCII.isLineBreak(q.pointee) { q += 1 }
        return q
    }

    /// Controls, formats and unassigned scalars that no alternative matches stay together as the stretch between two
    /// matches. The last of them leads a word if one follows: the engine finds that match first.
    private func unmatched(from p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var q = p
        while q < end {
            let (flags, length) = reader.at(q)
            if flags & (Self.word | ScalarFlags.symbol | ScalarFlags.space) != 0 { return q }
            if q + length < end, reader.at(q + length).flags & Self.word != 0 { return q }
            q += length
        }
        return q
    }

    @inline(__always)
    private static func isASCIILetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    @inline(__always)
    private static func isASCIIPunctuation(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !isASCIILetter(byte) && !(0x30...0x39).contains(byte)
    }
}
