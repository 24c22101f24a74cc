import CKernels

/// How many `float32` elements a smaller type would hold exactly: what tells a checkpoint that was widened from one that was
/// trained or merged in `float32`.
public struct ExactnessCounts: Sendable, Hashable {
    /// The number of elements.
    public private(set) var count: UInt64 = 0
    /// Those that are exactly a `bfloat16`: their lower 16 bits are zero.
    public private(set) var bfloat16Count: UInt64 = 0
    /// Those that are exactly a `float16`, subnormal ones too.
    public private(set) var float16Count: UInt64 = 0

    /// Counts of nothing.
    public init() {}

    /// Whether there are elements and all are exactly a `bfloat16`.
    public var isBFloat16: Bool { count > 0 && bfloat16Count == count }
    /// Whether there are elements and all are exactly a `float16`.
    public var isFloat16: Bool { count > 0 && float16Count == count }

    /// Adds whole `float32` elements at any address, in linear time.
    public mutating func add(_ elements: UnsafeRawBufferPointer) {
        add(elements, level: .best)
    }

    mutating func add(_ elements: UnsafeRawBufferPointer, level: VectorLevel) {
        precondition(elements.count % 4 == 0, "a buffer holds whole elements")
        guard let start = elements.baseAddress else { return }
        ckernels_count_exact(
            level.rawValue, start.assumingMemoryBound(to: UInt8.self), elements.count / 4, &bfloat16Count, &float16Count
        )
        count += UInt64(elements.count / 4)
    }

    /// Adds the counts of other elements.
    public mutating func merge(_ other: ExactnessCounts) {
        count += other.count
        bfloat16Count += other.bfloat16Count
        float16Count += other.float16Count
    }
}
