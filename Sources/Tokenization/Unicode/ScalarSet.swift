/// A set of Unicode scalars, kept as ascending ranges.
struct ScalarSet: Sendable {
    /// Ascending, neither overlapping nor touching.
    private(set) var ranges: [ClosedRange<UInt32>]

    /// A set from ranges that ascend and neither overlap nor touch.
    init(ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
    }

    /// A set from a generated table of `start+length;`.
    init(table: StaticString) {
        var reader = TableReader(table)
        ranges = []
        while !reader.isAtEnd {
            let start = reader.hexadecimal()
            _ = reader.byte()
            let length = reader.hexadecimal()
            _ = reader.byte()
            if length > 0 { ranges.append(start...(start + length - 1)) }
        }
    }

    /// Whether the set holds `scalar`. O(log n) for n ranges.
    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(scalar)
    }

    /// Everything that the set does not hold, surrogates included.
    var complement: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return ScalarSet(ranges: gaps)
    }

    /// What either set holds. O(n log n) for n ranges in both.
    func union(_ other: ScalarSet) -> ScalarSet {
        var merged: [ClosedRange<UInt32>] = []
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return ScalarSet(ranges: merged)
    }

    /// What this set holds and `other` does not.
    func subtracting(_ other: ScalarSet) -> ScalarSet { complement.union(other).complement }

    /// What the set holds below U+0080.
    var ascii: ScalarSet { subtracting(ScalarSet(ranges: [0x80...0x10FFFF])) }
}

extension ScalarSet {
    /// `char::is_whitespace` of Rust: what the Strip normalizer removes.
    static let rustWhiteSpace = ScalarSet(table: RustClassData.whiteSpace)
    /// `char::is_numeric` of Rust: what the Digits pre-tokenizer splits at.
    static let rustNumeric = ScalarSet(table: RustClassData.numeric)
    /// What the Punctuation pre-tokenizer splits at.
    static let punctuation = ScalarSet(table: RustClassData.punctuation)
    /// `\w` of Rust's regex crate: what an added token with `single_word` must not touch.
    static let rustWord = ScalarSet(table: RustClassData.word)
    /// `\s` of Rust's regex crate: what an added token with `lstrip` or `rstrip` absorbs.
    static let rustSpace = ScalarSet(table: RustClassData.space)
}
