/// The pretokens of a stretch of text, by their ends: some hundreds at a time are found before the first is looked up, for
/// two short loops are predicted better than one long one.
struct PretokenBatch: ~Copyable {
    /// Where the batch begins, and with it the first pretoken.
    private(set) var origin: UnsafePointer<UInt8>
    /// The distances of the ends from ``origin``.
    let ends: UnsafeMutablePointer<UInt32>
    private(set) var count = 0

    private let level: VectorLevel

    /// The most pretokens of a batch: their ends and the text that they cover stay in the fastest cache.
    private static let capacity = 1024
    /// The bytes that vectors classify at once: no more pretokens than this come out of one step, and less is not worth it.
    static let window = 64

    init(level: VectorLevel = .best) {
        self.level = level
        ends = .allocate(capacity: Self.capacity)
        // Never read before the first batch is found.
        origin = UnsafePointer(UnsafeRawPointer(ends).assumingMemoryBound(to: UInt8.self))
    }

    deinit {
        ends.deallocate()
    }

    /// The distance of the beginning of a pretoken from ``origin``.
    func start(of index: Int) -> UInt32 {
        index == 0 ? 0 : ends[index - 1]
    }

    /// The bytes of a pretoken.
    func pretoken(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let start = start(of: index)
        return UnsafeBufferPointer(start: origin + Int(start), count: Int(ends[index] - start))
    }

    /// Finds pretokens from `start` on, and returns where the next one begins. Requires `start < end`.
    ///
    /// A pretoken of more than ``TokenEncoder/maximumWordBytes`` is a batch by itself, whose ``count`` is 0.
    @inline(__always)
    mutating func find<Scanner: PretokenScanner>(
        _ scanner: inout Scanner, from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8> {
        origin = start
        count = 0
        var p = start
        while p < end, count <= Self.capacity - Self.window {
            if end - p >= Self.window {
                let found = scanner.fastEnds(
                    from: p, to: end, origin: origin, ends: ends + count, capacity: Self.capacity - count, level: level)
                if found > 0 {
                    count += found
                    p = origin + Int(ends[count - 1])
                    guard p < end, count <= Self.capacity - Self.window else { break }
                }
            }
            let next = scanner.next(p, end)
            // With a limit for each the distances fit 32 bits.
            guard next - p <= TokenEncoder.maximumWordBytes else { return count == 0 ? next : p }
            p = next
            ends[count] = UInt32(truncatingIfNeeded: p - origin)
            count += 1
        }
        return p
    }
}
