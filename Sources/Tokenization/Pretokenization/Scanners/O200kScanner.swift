/// o200k (GPT-4o, gpt-oss):
/// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
/// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
/// `\p{N}{1,3}`, ` ?[^\s\p{L}\p{N}]+[\r\n/]*`, `\s*[\r\n]+`, `\s+(?!\S)`, `\s+`, in this order.
struct O200kScanner: PretokenScanner {
    private let reader = FlagReader()
    private static let cased = ScalarFlags.upper | ScalarFlags.lower
    private static let notPunctuation = ScalarFlags.letter | ScalarFlags.number | ScalarFlags.space

    @inline(__always)
    mutating func next(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        let byte = p.pointee
        let (flags, length) = reader.at(p)
        if let stop = word(p, end, flags, length) {
            return reader.contraction(stop, end, orNone: stop)
        }
        if flags & ScalarFlags.number != 0 {
            return reader.run(p + length, end, with: ScalarFlags.number, limit: 2)
        }
        let second = p + length
        if byte == ASCII.space, second < end {
            let following = reader.at(second)
            if following.flags & Self.notPunctuation == 0 {
                return punctuation(from: second + following.length, end)
            }
        }
        if flags & ScalarFlags.space == 0 { return punctuation(from: second, end) }
        return reader.whiteSpaceWithBreaks(p, end)
    }

    /// The two word alternatives without their contraction, tried in the order in which a backtracking engine would:
    /// for each alternative first with, then without the optional scalar in front.
    @inline(__always)
    private func word(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ flags: UInt8, _ length: Int
    ) -> UnsafePointer<UInt8>? {
        let isLetterOrNumber = flags & (ScalarFlags.letter | ScalarFlags.number) != 0
        let mayLead = !isLetterOrNumber && !ASCII.isLineBreak(p.pointee)
        if mayLead, let stop = endingInLower(p + length, end) { return stop }
        if flags & Self.cased != 0, let stop = endingInLower(p, end) { return stop }
        if mayLead, let stop = beginningWithUpper(p + length, end) { return stop }
        if flags & Self.cased != 0, let stop = beginningWithUpper(p, end) { return stop }
        return nil
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`
    ///
    /// The first run is greedy; where nothing lower follows it, it gives back as far as its last scalar that also
    /// belongs to the second class, and the second run then holds that scalar alone.
    @inline(__always)
    private func endingInLower(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        var q = p
        var lastShared: UnsafePointer<UInt8>?
        while q < end {
            let (flags, length) = reader.at(q)
            if flags & ScalarFlags.upper == 0 {
                if flags & ScalarFlags.lower != 0 { return reader.run(q + length, end, with: ScalarFlags.lower) }
                break
            }
            q += length
            if flags & ScalarFlags.lower != 0 { lastShared = q }
        }
        return lastShared
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`
    @inline(__always)
    private func beginningWithUpper(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        let q = reader.run(p, end, with: ScalarFlags.upper)
        return q == p ? nil : reader.run(q, end, with: ScalarFlags.lower)
    }

    @inline(__always)
    private func punctuation(from p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var q = reader.run(p, end, without: Self.notPunctuation)
        while q < end, ASCII.isLineBreak(q.pointee) || q.pointee == ASCII.slash { q += 1 }
        return q
    }
}

extension FlagReader {
    /// The end of a contraction at `p`, or `p` itself where none stands.
    @inline(__always)
    fileprivate func contraction(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, orNone: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8> {
        guard p < end else { return orNone }
        return contraction(p, end) ?? orNone
    }
}
