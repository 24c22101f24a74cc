/// One step of a pre-tokenizer, as tokenizer.json names them.
enum PretokenizerStep: Sendable {
    case split(TextPattern, SplitBehavior, invert: Bool)
    case byteLevel(addPrefixSpace: Bool, useRegex: Bool)
    /// The first half of a ByteLevel with `add_prefix_space`.
    case prefixSpace
    case metaspace(replacement: [UInt8], prepend: PrependScheme, split: Bool)

    enum PrependScheme: String, Sendable {
        case first, never, always
    }
}

/// The pre-tokenizer of a tokenizer, taken apart into what the encoder runs.
struct Pretokenizer: Sendable {
    /// The steps that rewrite or refine the pieces one after another.
    let steps: [PretokenizerStep]
    /// Whether the byte-level alphabet applies to the finished pieces: ByteLevel came last, so that its characters are
    /// never written out.
    let mapsBytes: Bool
    /// The scanner that does all of the splitting, when there is one and nothing else happens.
    let scanner: Scanner?

    enum Scanner: Sendable, Equatable {
        case known(KnownPattern)
        case deepSeek
    }

    init(steps: [PretokenizerStep]) {
        var steps = steps
        var mapsBytes = false
        if case .byteLevel(let addPrefixSpace, let useRegex) = steps.last {
            steps.removeLast()
            mapsBytes = true
            if addPrefixSpace { steps.append(.prefixSpace) }
            if useRegex { steps.append(.split(.known(.gpt2), .isolated, invert: false)) }
        }
        self.steps = steps
        self.mapsBytes = mapsBytes
        scanner = Self.scanner(for: steps)
    }

    private static func scanner(for steps: [PretokenizerStep]) -> Scanner? {
        if steps.count == 1, case .split(.known(let pattern), .isolated, invert: false) = steps[0] {
            return .known(pattern)
        }
        let patterns = steps.compactMap { step -> String? in
            guard case .split(.regex(let regex), .isolated, invert: false) = step else { return nil }
            return KnownPattern.canonical(regex.pattern)
        }
        let isDeepSeek = patterns.elementsEqual(KnownPattern.deepSeek) { $0.utf8.elementsEqual($1.utf8) }
        return steps.count == 3 && isDeepSeek ? .deepSeek : nil
    }

    /// Splits `text` into pieces.
    ///
    /// - Parameter isFirst: whether `text` begins where the whole input begins, which Metaspace's `first` asks.
    func pieces(of text: UnsafeBufferPointer<UInt8>, isFirst: Bool) throws(TokenizerError) -> PieceBuffer {
        var buffer = PieceBuffer(bytes: Array(text), pieces: text.isEmpty ? [] : [0..<text.count])
        for step in steps {
            switch step {
            case .split(let pattern, let behavior, let invert):
                try buffer.split(by: pattern, behavior, invert: invert)
            case .byteLevel(let addPrefixSpace, let useRegex):
                if addPrefixSpace { buffer.prefixSpaces() }
                if useRegex { try buffer.split(by: .known(.gpt2), .isolated, invert: false) }
                buffer.rewrite { piece, _, output in ByteLevelAlphabet.append(piece, to: &output) }
            case .prefixSpace:
                buffer.prefixSpaces()
            case .metaspace(let replacement, let prepend, let split):
                buffer.rewrite { piece, start, output in
                    let isPrefixed =
                        piece.starts(with: replacement) || (replacement.count > 0 && piece.first == ASCII.space)
                    switch prepend {
                    case .always where !isPrefixed: output.append(contentsOf: replacement)
                    case .first where !isPrefixed && isFirst && start == 0: output.append(contentsOf: replacement)
                    default: break
                    }
                    for byte in piece {
                        if byte == ASCII.space { output.append(contentsOf: replacement) } else { output.append(byte) }
                    }
                }
                if split { try buffer.split(by: .literal(replacement), .mergedWithNext, invert: false) }
            }
        }
        return buffer
    }
}

/// Text that has been split into pieces.
struct PieceBuffer {
    var bytes: [UInt8]
    /// Ascending, never empty.
    var pieces: [Range<Int>]

    /// Splits every piece; a pattern sees each piece as a text of its own.
    mutating func split(by pattern: TextPattern, _ behavior: SplitBehavior, invert: Bool) throws(TokenizerError) {
        var refined: [Range<Int>] = []
        refined.reserveCapacity(pieces.count)
        let current = pieces
        try withBytes(bytes) { (buffer) throws(TokenizerError) in
            for piece in current {
                var matches = try pattern.matches(in: UnsafeBufferPointer(rebasing: buffer[piece]))
                if invert {
                    for index in matches.indices { matches[index].isMatch.toggle() }
                }
                for range in behavior.pieces(matches) {
                    refined.append((piece.lowerBound + range.lowerBound)..<(piece.lowerBound + range.upperBound))
                }
            }
        }
        pieces = refined
    }

    /// Puts a space in front of every piece that does not begin with one.
    mutating func prefixSpaces() {
        rewrite { piece, _, output in
            if piece.first != ASCII.space { output.append(ASCII.space) }
            output.append(contentsOf: piece)
        }
    }

    /// Rewrites every piece; `body` gets the piece, where it starts, and the output to append to.
    mutating func rewrite(_ body: (ArraySlice<UInt8>, Int, inout [UInt8]) -> Void) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 4)
        var rewritten: [Range<Int>] = []
        rewritten.reserveCapacity(pieces.count)
        for piece in pieces {
            let start = output.count
            body(bytes[piece], piece.lowerBound, &output)
            if output.count > start { rewritten.append(start..<output.count) }
        }
        bytes = output
        pieces = rewritten
    }
}
