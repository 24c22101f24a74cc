/// Skipping ASCII by machine words.
enum ASCIIRun {
    /// An index from `start` on, at most `text.count`, before which everything is ASCII; where it is below
    /// `text.count - 31` one of the next 32 bytes is not.
    ///
    /// Words of eight bytes rather than SIMD types: the standard library's reductions over those do not vectorise here.
    @inline(__always)
    static func skip(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = text.baseAddress else { return start }
        let raw = UnsafeRawPointer(base)
        var index = start
        while index + 32 <= text.count {
            let a = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let b = raw.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self)
            let c = raw.loadUnaligned(fromByteOffset: index + 16, as: UInt64.self)
            let d = raw.loadUnaligned(fromByteOffset: index + 24, as: UInt64.self)
            if (a | b | c | d) & 0x8080_8080_8080_8080 != 0 { break }
            index += 32
        }
        return index
    }
}
