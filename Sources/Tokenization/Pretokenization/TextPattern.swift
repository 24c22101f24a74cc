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
        func add(_ range: Range<Int>) {
            if last < range.lowerBound { result.append(PatternMatch(range: last..<range.lowerBound, isMatch: false)) }
            result.append(PatternMatch(range: range, isMatch: true))
            last = range.upperBound
        }
        switch self {
        case .literal(let needle):
            var index = 0
            // An empty needle matches nothing.
            while !needle.isEmpty, index + needle.count <= text.count {
                if text[index] == needle[0], text[index..<(index + needle.count)].elementsEqual(needle) {
                    add(index..<(index + needle.count))
                    index += needle.count
                } else {
                    index += 1
                }
            }
        case .regex(let regex):
            try regex.forEachMatch(in: text, add)
        case .known(let pattern):
            pattern.forEachPretoken(in: text, add)
        case .scalars(let set):
            var index = 0
            while index < text.count {
                let (scalar, length) = UTF8Scalar.decode(text, at: index)
                if set.contains(scalar) { add(index..<(index + length)) }
                index += length
            }
        }
        if last < text.count { result.append(PatternMatch(range: last..<text.count, isMatch: false)) }
        return result
    }

    /// The text with every match replaced, or nil when nothing matches.
    func replacingMatches(
        in text: UnsafeBufferPointer<UInt8>, with content: [UInt8]
    ) throws(TokenizerError) -> [UInt8]? {
        if case .literal(let needle) = self, needle.count == 1, !text.contains(needle[0]) { return nil }
        let matches = try matches(in: text)
        guard matches.contains(where: \.isMatch) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(text.count + matches.count * content.count / 2)
        for match in matches {
            if match.isMatch {
                output.append(contentsOf: content)
            } else {
                output.append(contentsOf: text[match.range])
            }
        }
        return output
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
