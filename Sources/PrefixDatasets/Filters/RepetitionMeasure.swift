/// How much of a trace says again what it said before.
struct Repetition: Hashable, Sendable {
    /// How many tokens lie in n-grams that occurred earlier in the trace, counted without overlap.
    var duplicatedTokens = 0
    /// `duplicatedTokens` as a share of all tokens, from 0 to 1.
    var duplicatedShare = 0.0
    /// How many tokens at the end of the trace repeat one period at least three times; 0 when it does not end in a
    /// loop.
    var loopTokens = 0
    /// The length of that period in tokens; 0 without a loop.
    var loopPeriod = 0
}

/// Measures the repetition in traces of token ids, whatever their language.
///
/// Time is linear in a trace's tokens, memory 9 to 17 bytes for each token of the longest trace, kept from trace to
/// trace. The hash's base differs from process to process, so that nobody can prepare a trace that makes n-grams of usual
/// lengths collide; the results do not differ, because n-grams are compared token by token.
struct RepetitionMeasure: ~Copyable {
    /// How many tokens an n-gram has.
    let ngram: Int
    private let base = UInt64.random(in: .min ... .max) | 1
    /// `base` to the power of `ngram`.
    private let leading: UInt64
    /// One more than where an n-gram starts, by its hash; 0 where a slot is free.
    private var slots: [UInt32] = []
    /// How many tokens match between the trace and itself shifted by a period, counted from the end.
    private var matches: [Int32] = []

    /// - Parameter ngram: how many tokens an n-gram has; less than 1 counts as 1. The article Filters says why 20.
    init(ngram: Int = 20) {
        self.ngram = max(1, ngram)
        var (leading, square, exponent): (UInt64, UInt64, Int) = (1, base, self.ngram)
        while exponent > 0 {
            if exponent & 1 == 1 { leading = leading &* square }
            square = square &* square
            exponent >>= 1
        }
        self.leading = leading
    }

    /// Measures a trace, given without its end-of-sequence token, which would hide a loop before it. Of a trace with
    /// more than `Int32.max` tokens the first ones are measured.
    mutating func measure(_ tokens: Span<Int32>) -> Repetition {
        tokens.withUnsafeBufferPointer { tokens in
            let tokens = UnsafeBufferPointer(rebasing: tokens.prefix(Int(Int32.max)))
            var repetition = Repetition()
            guard !tokens.isEmpty else { return repetition }
            repetition.duplicatedTokens = duplicated(tokens)
            repetition.duplicatedShare = Double(repetition.duplicatedTokens) / Double(tokens.count)
            (repetition.loopTokens, repetition.loopPeriod) = loop(tokens)
            return repetition
        }
    }

    /// As datatrove's `find_all_duplicate` (after Gopher): an n-gram seen before counts with all its tokens, and the
    /// search goes on behind it; any other n-gram is remembered, and the search goes on one token later.
    private mutating func duplicated(_ tokens: UnsafeBufferPointer<Int32>) -> Int {
        guard tokens.count > ngram else { return 0 }
        // At most half of the slots are ever used.
        let bits = Int.bitWidth - (2 * tokens.count - 1).leadingZeroBitCount
        let capacity = 1 << bits
        if slots.count < capacity { slots = [UInt32](repeating: 0, count: capacity) }
        let (ngram, base, leading) = (ngram, base, leading)
        return slots.withUnsafeMutableBufferPointer { slots in
            slots[..<capacity].update(repeating: 0)
            var duplicated = 0
            var hash: UInt64 = 0
            for index in 0..<ngram { hash = hash &* base &+ Self.value(tokens[index]) }
            var start = 0
            while true {
                var slot = Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - bits))
                while slots[slot] != 0, !Self.isSame(tokens, ngram, start, Int(slots[slot]) - 1) {
                    slot = (slot + 1) & (capacity - 1)
                }
                let isSeen = slots[slot] != 0
                if isSeen { duplicated += ngram } else { slots[slot] = UInt32(start + 1) }
                let next = start + (isSeen ? ngram : 1)
                guard next + ngram <= tokens.count else { return duplicated }
                while start < next {
                    hash = hash &* base &+ Self.value(tokens[start + ngram]) &- leading &* Self.value(tokens[start])
                    start += 1
                }
            }
        }
    }

    private static func value(_ token: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: token)) + 1
    }

    private static func isSame(_ tokens: UnsafeBufferPointer<Int32>, _ ngram: Int, _ a: Int, _ b: Int) -> Bool {
        for offset in 0..<ngram where tokens[a + offset] != tokens[b + offset] { return false }
        return true
    }

    /// The longest stretch at the end that has a period and holds it three times, and the smallest such period.
    ///
    /// `matches[p]` is what the Z algorithm computes on the trace read backwards: a stretch of `matches[p] + p` tokens
    /// has the period p.
    private mutating func loop(_ tokens: UnsafeBufferPointer<Int32>) -> (tokens: Int, period: Int) {
        let last = tokens.count - 1
        let longestPeriod = tokens.count / 3
        guard longestPeriod > 0 else { return (0, 0) }
        if matches.count <= longestPeriod { matches = [Int32](repeating: 0, count: longestPeriod + 1) }
        return matches.withUnsafeMutableBufferPointer { matches in
            var best = (tokens: 0, period: 0)
            var (left, right) = (0, 0)
            for period in 1...longestPeriod {
                var length = period < right ? min(right - period, Int(matches[period - left])) : 0
                while period + length <= last, tokens[last - length] == tokens[last - period - length] { length += 1 }
                matches[period] = Int32(length)
                if period + length > right { (left, right) = (period, period + length) }
                if length >= 2 * period, length + period > best.tokens { best = (length + period, period) }
            }
            return best
        }
    }
}
