import Testing

@testable import Checkpoints

@Suite struct SliceReaderTests {
    /// Every byte of the result by its definition.
    private func expected(_ segments: [(bytes: [UInt8], extent: Int, range: Range<Int>)], outer: Int, inner: Int)
        -> [UInt8]
    {
        (0..<outer).flatMap { row in
            segments.flatMap { segment in
                segment.range.flatMap { index in
                    (0..<inner).map { segment.bytes[(row * segment.extent + index) * inner + $0] }
                }
            }
        }
    }

    @Test(arguments: 0..<40) func readsWhatItSays(seed: Int) throws {
        var generator = TestGenerator(state: UInt64(seed) + 1)
        let outer = Int.random(in: 1...40, using: &generator)
        let inner = Int.random(in: 1...(seed % 4 == 0 ? 5_000 : 8), using: &generator)
        var segments: [(bytes: [UInt8], extent: Int, range: Range<Int>)] = []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let extent = Int.random(in: 1...(seed % 3 == 0 ? 200 : 12), using: &generator)
            let first = Int.random(in: 0..<extent, using: &generator)
            let last = Int.random(in: first...extent, using: &generator)
            let bytes = (0..<outer * extent * inner).map { _ in UInt8.random(in: 0...255, using: &generator) }
            segments.append((bytes, extent, first..<last))
        }
        let whole = expected(segments, outer: outer, inner: inner)
        guard !whole.isEmpty else { return }
        let reader = SliceReader(
            segments.map {
                SliceReader.Segment(base: InlineReader(bytes: $0.bytes), extent: $0.extent, range: $0.range)
            }, innerSize: inner, width: 1)
        for attempt in 0..<20 {
            let begin = attempt == 0 ? 0 : Int.random(in: 0..<whole.count, using: &generator)
            let end = attempt == 0 ? whole.count : Int.random(in: begin...whole.count, using: &generator)
            var bytes = [UInt8](repeating: 0, count: end - begin)
            try bytes.withUnsafeMutableBytes { try reader.read(at: begin, into: $0) }
            #expect(bytes == Array(whole[begin..<end]))
        }
    }
}

/// The same numbers every time.
struct TestGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    }
}
