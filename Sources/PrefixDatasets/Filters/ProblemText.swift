/// A problem's text as the filters compare it: words of letters, numbers and mathematics, without what only says how it
/// looks.
///
/// The article Filters says exactly what is kept. In short: letters are lower-cased; punctuation, white space, `$` and
/// LaTeX commands of layout go; numbers, brackets, signs and other commands stay. A word is an atom (letters and
/// digits, or a command), the signs before it, and what `^` and `_` bind to it: `f(x) = x^{2}+1` has the words `f`,
/// `(x`, `)=x^2`, `+1`.
struct ProblemText: Sendable {
    /// The words in UTF-8, one space between them.
    let bytes: [UInt8]
    /// Where each word ends in ``bytes``.
    let wordEnds: [Int]
    /// A hash of the numbers, signs, commands and brackets of mathematics in their order: equal where two problems
    /// calculate with the same things, whatever the wording.
    let mathematics: UInt64

    /// Normalises a text, in time and memory linear in its length.
    init(_ text: String) {
        let lexer = ProblemLexer(text)
        var words = WordJoiner()
        words.bytes.reserveCapacity(lexer.bytes.count + lexer.bytes.count / 2)
        for token in lexer.tokens { words.append(token, lexer.bytes[token.start..<token.end]) }
        words.finish()
        bytes = words.bytes
        wordEnds = words.ends
        mathematics = Self.mathematics(of: lexer)
    }

    var wordCount: Int { wordEnds.count }

    /// The bytes of some words that follow each other.
    func bytes(ofWords words: Range<Int>) -> ArraySlice<UInt8> {
        guard let last = words.last, let first = words.first else { return [] }
        return bytes[(first == 0 ? 0 : wordEnds[first - 1] + 1)..<wordEnds[last]]
    }

    /// A hash of every run of `count` words, in order; of the whole text where it has fewer words; none of an empty
    /// text.
    ///
    /// Linear in the length of the text, whatever `count` is. Texts of more words than `count` can be compared run by
    /// run.
    func hashes(ofRunsOf count: Int) -> [UInt64] {
        let words = wordHashes()
        let length = min(max(1, count), words.count)
        guard length > 0 else { return [] }
        let base: UInt64 = 0xD6E8_FEB8_6659_FD93
        var leading: UInt64 = 1
        for _ in 0..<length { leading = leading &* base }
        var hashes: [UInt64] = []
        hashes.reserveCapacity(words.count - length + 1)
        var rolling: UInt64 = 0
        for (index, word) in words.enumerated() {
            rolling = rolling &* base &+ word
            if index >= length { rolling = rolling &- leading &* words[index - length] }
            if index >= length - 1 { hashes.append(HashMixing.scrambled(rolling ^ UInt64(length))) }
        }
        return hashes
    }

    private func wordHashes() -> [UInt64] {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            return wordEnds.map { end in
                defer { start = end + 1 }
                return HashMixing.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
        }
    }

    private static func mathematics(of lexer: ProblemLexer) -> UInt64 {
        let tokens = lexer.tokens
        func isFormula(_ index: Int) -> Bool {
            guard tokens.indices.contains(index) else { return false }
            let token = tokens[index]
            return token.kind != .word || token.hasDigits || token.end - token.start == 1
        }
        return lexer.bytes.withUnsafeBytes { bytes in
            var hash: UInt64 = 0
            for (index, token) in tokens.enumerated() {
                let counts =
                    switch token.kind {
                    case .word: token.hasDigits
                    case .command, .script, .openBrace, .closeBrace: true
                    // Hyphens, slashes and apostrophes between words are part of the wording.
                    case .sign: !Self.isPartOfWording(bytes[token.start]) || isFormula(index + 1)
                    case .opening: isFormula(index + 1)
                    case .closing: isFormula(index - 1)
                    }
                guard counts else { continue }
                let piece = UnsafeRawBufferPointer(rebasing: bytes[token.start..<token.end])
                hash = HashMixing.combined(hash, HashMixing.hash(piece))
            }
            return hash
        }
    }

    private static func isPartOfWording(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "'")
    }
}

/// Joins tokens to words.
private struct WordJoiner {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    private var hasAtom = false
    private var isBound = false

    mutating func append(_ token: ProblemLexer.Token, _ piece: ArraySlice<UInt8>) {
        let continues =
            switch token.kind {
            case .script: true
            default: !hasAtom || isBound
            }
        if !continues {
            ends.append(bytes.count)
            bytes.append(UInt8(ascii: " "))
            hasAtom = false
        }
        bytes.append(contentsOf: piece)
        if token.isAtom {
            hasAtom = true
            isBound = false
        } else if token.kind == .script {
            isBound = true
        }
    }

    mutating func finish() {
        if let last = ends.last {
            if bytes.count > last + 1 { ends.append(bytes.count) }
        } else if !bytes.isEmpty {
            ends.append(bytes.count)
        }
    }
}
