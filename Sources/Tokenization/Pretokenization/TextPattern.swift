/// What a Split or a Replace looks for.
enum TextPattern: Sendable {
    case literal([UInt8])
    case regex(OnigurumaRegex)
    /// A regular expression that a hand-written scanner knows; it covers every text without gaps.
    case known(KnownPattern)
    /// Single scalars of a set: Digits and Punctuation.
    case scalars(ScalarSet)

    /// The matches in `text` in order, and the stretches between them.
    func matches(in text: UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> [PatternMatch] {
        var result: [PatternMatch] = []
        var last = 0
        try forEachMatch(in: text) { range in
            if last < range.lowerBound { result.append(PatternMatch(range: last..<range.lowerBound, isMatch: false)) }
            result.append(PatternMatch(range: range, isMatch: true))
            last = range.upperBound
        }
        if last < text.count { result.append(PatternMatch(range: last..<text.count, isMatch: false)) }
        return result
    }

    /// The text with every match replaced, or nil when nothing matches.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that the result may have.
    ///   - leading: how many bytes at the front belong to the first character of the input, before and after.
    func replacingMatches(
        in text: UnsafeBufferPointer<UInt8>, with content: [UInt8], limit: Int, leading: inout Int
    ) throws(TokenizerError) -> [UInt8]? {
        if case .literal(let needle) = self, needle.count == 1, content.count <= MemoryLayout<UInt64>.size {
            let count = ByteSearch.count(of: needle[0], in: text)
            guard count > 0 else { return nil }
            let length = text.count + count * (content.count - 1)
            guard length <= limit else { throw .textGrowsTooMuch(limit: limit) }
            leading += text[..<min(leading, text.count)].count { $0 == needle[0] } * (content.count - 1)
            return Self.replacing(needle[0], in: text, with: content, length: length)
        }
        var output: [UInt8] = []
        var last = 0
        var found = false
        var isTooLong = false
        var newLeading = 0
        try forEachMatch(in: text) { range in
            if !found { output.reserveCapacity(text.count + text.count / 4) }
            found = true
            isTooLong = isTooLong || output.count + (range.lowerBound - last) + content.count > limit
            guard !isTooLong else { return }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: text[last..<range.lowerBound]))
            newLeading += max(0, min(leading, range.lowerBound) - last)
            output.append(contentsOf: content)
            // The oracle gives the content the place of the last character that it replaces.
            if range.upperBound <= leading || range.upperBound == 0 { newLeading += content.count }
            last = range.upperBound
        }
        guard found else { return nil }
        guard !isTooLong, output.count + (text.count - last) <= limit else { throw .textGrowsTooMuch(limit: limit) }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: text[last...]))
        leading = newLeading + max(0, leading - last)
        return output
    }

    private func forEachMatch(
        in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
    ) throws(TokenizerError) {
        switch self {
        case .literal(let needle):
            guard let first = needle.first else { return Self.forEachBoundary(in: text, body) }
            var index = 0
            while let candidate = ByteSearch.firstIndex(of: first, in: text, from: index) {
                let end = candidate + needle.count
                guard end <= text.count else { return }
                if text[candidate..<end].elementsEqual(needle) {
                    body(candidate..<end)
                    index = end
                } else {
                    index = candidate + 1
                }
            }
        case .regex(let regex):
            try regex.forEachMatch(in: text, body)
        case .known(let pattern):
            pattern.forEachPretoken(in: text, body)
        case .scalars(let set):
            var index = 0
            while index < text.count {
                let (scalar, length) = UTF8Scalar.decode(text, at: index)
                if set.contains(scalar) { body(index..<(index + length)) }
                index += length
            }
        }
    }

    /// The matches of an empty needle: before every scalar, and at the end.
    private static func forEachBoundary(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        for index in text.indices where text[index] & 0xC0 != 0x80 { body(index..<index) }
        body(text.count..<text.count)
    }

    /// Replaces one byte by up to eight, as SentencePiece-style tokenizers do with every space of every text.
    ///
    /// Stores eight bytes for every byte of the text and advances by as many as count: a branch would be guessed wrongly
    /// at every other word.
    private static func replacing(
        _ needle: UInt8, in text: UnsafeBufferPointer<UInt8>, with content: [UInt8], length: Int
    ) -> [UInt8] {
        let replacement = content.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let width = content.count
        let slack = MemoryLayout<UInt64>.size
        return [UInt8](unsafeUninitializedCapacity: length + slack) { output, initialized in
            guard var target = UnsafeMutableRawPointer(output.baseAddress) else { return }
            for byte in text {
                let isMatch = byte == needle
                target.storeBytes(of: (isMatch ? replacement : UInt64(byte)).littleEndian, as: UInt64.self)
                target += isMatch ? width : 1
            }
            initialized = length
        }
    }
}

/// A stretch of text that a pattern matched, or one between two matches.
struct PatternMatch: Equatable, Sendable {
    var range: Range<Int>
    var isMatch: Bool
}

/// What becomes of the matches of a Split.
enum SplitBehavior: String, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// The pieces of a text whose matches are `matches`, in order and without the empty ones.
    func pieces(_ matches: [PatternMatch]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var previousIsMatch = false
        switch self {
        case .removed:
            pieces = matches.filter { !$0.isMatch }.map(\.range)
        case .isolated:
            pieces = matches.map(\.range)
        case .contiguous:
            for match in matches {
                if match.isMatch == previousIsMatch, let last = pieces.last {
                    pieces[pieces.count - 1] = last.lowerBound..<match.range.upperBound
                } else {
                    pieces.append(match.range)
                }
                previousIsMatch = match.isMatch
            }
        case .mergedWithPrevious:
            for match in matches {
                if match.isMatch, !previousIsMatch, let last = pieces.last {
                    pieces[pieces.count - 1] = last.lowerBound..<match.range.upperBound
                } else {
                    pieces.append(match.range)
                }
                previousIsMatch = match.isMatch
            }
        case .mergedWithNext:
            for match in matches.reversed() {
                if match.isMatch, !previousIsMatch, let last = pieces.last {
                    pieces[pieces.count - 1] = match.range.lowerBound..<last.upperBound
                } else {
                    pieces.append(match.range)
                }
                previousIsMatch = match.isMatch
            }
            pieces.reverse()
        }
        return pieces.filter { !$0.isEmpty }
    }
}
