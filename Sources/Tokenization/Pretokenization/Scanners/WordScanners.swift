import CScanners

/// GPT-2, Phi-2:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
struct GPT2Scanner: PretokenScanner {
    private let reader = FlagReader()
    private static let word = ScalarFlags.letter
    private static let notPunctuation = ScalarFlags.letter | ScalarFlags.number | ScalarFlags.space

    func fastEnds(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, origin: UnsafePointer<UInt8>,
        ends: UnsafeMutablePointer<UInt32>, capacity: Int, level: VectorLevel
    ) -> Int {
        var classes = reader.classes(letter: Self.word)
        return cscanners_split(level.rawValue, Int32(CSCANNERS_GPT2), &classes, origin, start, end, ends, capacity)
    }

    @inline(__always)
    mutating func next(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        if p.pointee == ASCII.apostrophe, let stop = contraction(p, end) { return stop }
        var start = p
        var (flags, length) = reader.at(p)
        if p.pointee == ASCII.space, end - p >= 2 {
            let following = reader.at(p + 1)
            // A second white space: the run is not an optional space before something.
            if following.flags & ScalarFlags.space == 0 {
                start = p + 1
                (flags, length) = following
            }
        }
        if flags & ScalarFlags.letter != 0 { return reader.run(start + length, end, with: ScalarFlags.letter) }
        if flags & ScalarFlags.number != 0 { return reader.run(start + length, end, with: ScalarFlags.number) }
        if flags & ScalarFlags.space == 0 { return reader.run(start + length, end, without: Self.notPunctuation) }
        return reader.whiteSpace(p, end)
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`, lower case only.
    @inline(__always)
    private func contraction(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        guard end - p >= 2 else { return nil }
        switch p[1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return p + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return end - p >= 3 && p[2] == UInt8(ascii: "e") ? p + 3 : nil
        case UInt8(ascii: "l"):
            return end - p >= 3 && p[2] == UInt8(ascii: "l") ? p + 3 : nil
        default:
            return nil
        }
    }
}

/// What tells the members of the cl100k family apart.
protocol WordRules {
    /// How many digits a pretoken may hold.
    static var digits: Int { get }
    /// `\p{L}` or `[\p{L}\p{M}]`
    static var word: UInt8 { get }
}

/// Qwen2, Qwen2.5, Qwen3: one digit at a time.
enum QwenRules: WordRules {
    static var digits: Int { 1 }
    static var word: UInt8 { ScalarFlags.letter }
}

/// Llama-3, OLMo, cl100k: up to three digits.
enum LlamaRules: WordRules {
    static var digits: Int { 3 }
    static var word: UInt8 { ScalarFlags.letter }
}

/// Qwen3.5: marks belong to words.
enum MarkedQwenRules: WordRules {
    static var digits: Int { 1 }
    static var word: UInt8 { ScalarFlags.letter | ScalarFlags.mark }
}

/// The cl100k family:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
struct WordScanner<Rules: WordRules>: PretokenScanner {
    private let reader = FlagReader()

    func fastEnds(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, origin: UnsafePointer<UInt8>,
        ends: UnsafeMutablePointer<UInt32>, capacity: Int, level: VectorLevel
    ) -> Int {
        var classes = reader.classes(letter: Rules.word)
        let pattern = Rules.digits == 1 ? CSCANNERS_WORDS_ONE_DIGIT : CSCANNERS_WORDS_THREE_DIGITS
        return cscanners_split(level.rawValue, Int32(pattern), &classes, origin, start, end, ends, capacity)
    }

    @inline(__always)
    mutating func next(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        let notPunctuation = Rules.word | ScalarFlags.number | ScalarFlags.space
        let byte = p.pointee
        let (flags, length) = reader.at(p)
        if flags & Rules.word != 0 { return reader.run(p + length, end, with: Rules.word) }
        if byte == ASCII.apostrophe, let stop = reader.contraction(p, end) { return stop }
        if flags & ScalarFlags.number != 0 {
            return reader.run(p + length, end, with: ScalarFlags.number, limit: Rules.digits - 1)
        }
        let second = p + length
        if second < end, !ASCII.isLineBreak(byte) {
            let following = reader.at(second)
            if following.flags & Rules.word != 0 {
                return reader.run(second + following.length, end, with: Rules.word)
            }
            if byte == ASCII.space, following.flags & notPunctuation == 0 {
                return punctuation(from: second + following.length, end, notPunctuation)
            }
        }
        if flags & ScalarFlags.space == 0 { return punctuation(from: second, end, notPunctuation) }
        return reader.whiteSpaceWithBreaks(p, end)
    }

    @inline(__always)
    private func punctuation(
        from p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ notPunctuation: UInt8
    ) -> UnsafePointer<UInt8> {
        var q = reader.run(p, end, without: notPunctuation)
        while q < end, ASCII.isLineBreak(q.pointee) { q += 1 }
        return q
    }
}

extension FlagReader {
    /// The classes of the vectorised scanners, with the scalars for letters that have a flag in `letter`.
    fileprivate func classes(letter: UInt8) -> cscanners_classes {
        cscanners_classes(flags: table, letter: letter, number: ScalarFlags.number, space: ScalarFlags.space)
    }
}
