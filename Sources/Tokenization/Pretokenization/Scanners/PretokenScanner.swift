/// A hand-written equivalent of a known split pattern.
///
/// A scanner takes a text apart from left to right without gaps. The text must be valid UTF-8 up to its end; the
/// property tests compare every scanner with the general engine on the same pattern.
protocol PretokenScanner {
    /// Writes the ends of pretokens from `start` on, as distances from `origin`, and returns how many; what this finds fast
    /// is what ``next(_:_:)`` would find. May be none.
    ///
    /// Requires `start < end`, and a capacity of at least ``PretokenBatch/window``.
    func fastEnds(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, origin: UnsafePointer<UInt8>,
        ends: UnsafeMutablePointer<UInt32>, capacity: Int, level: VectorLevel
    ) -> Int

    /// The end of the pretoken that begins at `p`. Requires `p < end`.
    mutating func next(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>
}

extension PretokenScanner {
    func fastEnds(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, origin: UnsafePointer<UInt8>,
        ends: UnsafeMutablePointer<UInt32>, capacity: Int, level: VectorLevel
    ) -> Int {
        0
    }
}

/// Reading flags at a position, shared by the scanners.
struct FlagReader {
    let table: UnsafePointer<UInt8>

    init() {
        table = ScalarFlags.table
    }

    /// The flags of the scalar at `p`, and its length in bytes.
    @inline(__always)
    func at(_ p: UnsafePointer<UInt8>) -> (flags: UInt8, length: Int) {
        let byte = p.pointee
        if byte < 0x80 { return (table[Int(byte)], 1) }
        let (scalar, length) = UTF8Scalar.decodeMultibyte(p)
        return (table[Int(scalar)], length)
    }

    /// The end of the longest run from `p` of scalars that have any of the flags in `mask`.
    @inline(__always)
    func run(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, with mask: UInt8) -> UnsafePointer<UInt8> {
        var q = p
        while q < end {
            let (flags, length) = at(q)
            if flags & mask == 0 { break }
            q += length
        }
        return q
    }

    /// The end of the longest run from `p` of scalars that have none of the flags in `mask`.
    @inline(__always)
    func run(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, without mask: UInt8) -> UnsafePointer<UInt8> {
        var q = p
        while q < end {
            let (flags, length) = at(q)
            if flags & mask != 0 { break }
            q += length
        }
        return q
    }

    /// The end of the longest run from `p` of scalars with a flag in `mask`, and not longer than `limit` scalars.
    @inline(__always)
    func run(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, with mask: UInt8, limit: Int
    ) -> UnsafePointer<UInt8> {
        var q = p
        var count = 0
        while q < end, count < limit {
            let (flags, length) = at(q)
            if flags & mask == 0 { break }
            q += length
            count += 1
        }
        return q
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+` at `p`, where a white space stands.
    ///
    /// The first alternative ends behind the last line break of the run, whatever stands before it; the second leaves
    /// one white space for the word that follows.
    @inline(__always)
    func whiteSpaceWithBreaks(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8> {
        var q = p
        var lastStart = p
        var breakEnd: UnsafePointer<UInt8>?
        while q < end {
            let byte = q.pointee
            let (flags, length) = at(q)
            if flags & ScalarFlags.space == 0 { break }
            lastStart = q
            q += length
            if byte == ASCII.lineFeed || byte == ASCII.carriageReturn { breakEnd = q }
        }
        if let breakEnd { return breakEnd }
        if q == end || lastStart == p { return q }
        return lastStart
    }

    /// `\s+(?!\S)|\s+` at `p`, where a white space stands.
    @inline(__always)
    func whiteSpace(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var q = p
        var lastStart = p
        while q < end {
            let (flags, length) = at(q)
            if flags & ScalarFlags.space == 0 { break }
            lastStart = q
            q += length
        }
        if q == end || lastStart == p { return q }
        return lastStart
    }

    /// The end of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at `p`, or nil. Case folding lets U+017F stand for an s.
    @inline(__always)
    func contraction(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        guard p.pointee == ASCII.apostrophe, end - p >= 2 else { return nil }
        switch p[1] | 0x20 {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return p + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return end - p >= 3 && p[2] | 0x20 == UInt8(ascii: "e") ? p + 3 : nil
        case UInt8(ascii: "l"):
            return end - p >= 3 && p[2] | 0x20 == UInt8(ascii: "l") ? p + 3 : nil
        default:
            return end - p >= 3 && p[1] == 0xC5 && p[2] == 0xBF ? p + 3 : nil
        }
    }
}

/// Bytes that the scanners compare with.
enum ASCII {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let apostrophe: UInt8 = 0x27
    static let slash: UInt8 = 0x2F

    @inline(__always)
    static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == lineFeed || byte == carriageReturn
    }
}
