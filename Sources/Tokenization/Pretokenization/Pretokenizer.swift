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
    /// - Parameters:
    ///   - leading: how many bytes at the front belong to the first character of the whole input, which Metaspace's
    ///     `first` asks.
    ///   - limit: the most bytes that a step may make of the text.
    func pieces(
        of text: UnsafeBufferPointer<UInt8>, leading: Int, limit: Int
    ) throws(TokenizerError) -> PieceBuffer {
        var buffer = PieceBuffer(bytes: Array(text), leading: leading, limit: limit)
        for step in steps {
            switch step {
            case .split(let pattern, let behavior, let invert):
                try buffer.split(by: pattern, behavior, invert: invert)
            case .byteLevel(let addPrefixSpace, let useRegex):
                if addPrefixSpace { try buffer.prefixSpaces() }
                if useRegex { try buffer.split(by: .known(.gpt2), .isolated, invert: false) }
                try buffer.rewrite { part, output in ByteLevelAlphabet.append(part, to: &output) }
            case .prefixSpace:
                try buffer.prefixSpaces()
            case .metaspace(let replacement, let prepend, let split):
                try buffer.rewrite { piece, isFirst in
                    let isPrefixed = piece.starts(with: replacement) || piece.first == ASCII.space
                    let isWanted = prepend == .always || (prepend == .first && isFirst)
                    return isWanted && !isPrefixed ? replacement : []
                } body: { part, output in
                    for byte in part {
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
    /// How many bytes at the front belong to the first character of the whole input; pieces that begin among them are
    /// first, and none is when they were removed.
    private var leading: Int
    /// The most bytes that a step may make.
    private let limit: Int

    /// One piece, unless it is empty.
    init(bytes: [UInt8], leading: Int, limit: Int) {
        self.bytes = bytes
        self.leading = leading
        self.limit = limit
        pieces = bytes.isEmpty ? [] : [0..<bytes.count]
    }

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
    mutating func prefixSpaces() throws(TokenizerError) {
        try rewrite { piece, _ in
            piece.first == ASCII.space ? [] : [ASCII.space]
        } body: { part, output in
            output.append(contentsOf: part)
        }
    }

    /// Rewrites every piece.
    ///
    /// - Parameters:
    ///   - prefix: what goes in front of a piece, which is told whether it is first.
    ///   - body: appends what becomes of a part of a piece, of the bytes one by one.
    mutating func rewrite(
        prefix: (ArraySlice<UInt8>, Bool) -> [UInt8] = { _, _ in [] }, body: (ArraySlice<UInt8>, inout [UInt8]) -> Void
    ) throws(TokenizerError) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 4)
        var rewritten: [Range<Int>] = []
        rewritten.reserveCapacity(pieces.count)
        var newLeading = 0
        for piece in pieces {
            let start = output.count
            let isFirst = piece.lowerBound < leading
            output.append(contentsOf: prefix(bytes[piece], isFirst))
            let middle = isFirst ? min(leading, piece.upperBound) : piece.lowerBound
            body(bytes[piece.lowerBound..<middle], &output)
            if isFirst { newLeading = output.count }
            body(bytes[middle..<piece.upperBound], &output)
            guard output.count <= limit else { throw .textGrowsTooMuch(limit: limit) }
            if output.count > start { rewritten.append(start..<output.count) }
        }
        bytes = output
        pieces = rewritten
        leading = newLeading
    }
}
