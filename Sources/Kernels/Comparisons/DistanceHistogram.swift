import CKernels
public import Tensors

/// How far apart the elements of two tensors of one type are, in units in the last place.
///
/// The distance is the number of steps from one number of the type to the next; both zeros are one number, and an infinity
/// comes after the largest finite number.
public struct DistanceHistogram: Sendable, Equatable {
    /// The type of the elements.
    public let type: TensorType
    /// The pairs by distance: the first count is of equal ones, that at index k > 0 of distances from 2^(k-1) to 2^k - 1.
    public private(set) var counts = [UInt64](repeating: 0, count: Int(CKERNELS_DISTANCES))
    /// The pairs of two NaN.
    public private(set) var bothNaNCount: UInt64 = 0
    /// The pairs of a NaN and a number.
    public private(set) var oneNaNCount: UInt64 = 0

    /// Counts of nothing. The type has to be `float32`, `float16` or `bfloat16`.
    public init(type: TensorType) {
        precondition(DistanceHistogram.isSupported(type), "distances of \(type.name) are not counted")
        self.type = type
    }

    /// Whether distances of a type are counted: those of `float32`, `float16` and `bfloat16`.
    public static func isSupported(_ type: TensorType) -> Bool {
        type == .float32 || type == .float16 || type == .bfloat16
    }

    /// The number of pairs.
    public var count: UInt64 { counts.reduce(0, +) + bothNaNCount + oneNaNCount }

    /// Adds pairs. Both buffers have to hold the same number of whole elements, at any address. Takes linear time.
    public mutating func add(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) {
        add(first, second, level: .best)
    }

    mutating func add(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, level: VectorLevel) {
        let size = type.bitWidth / 8
        precondition(
            first.count == second.count && first.count % size == 0,
            "both buffers hold the same number of whole elements")
        guard let a = first.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let b = second.baseAddress?.assumingMemoryBound(to: UInt8.self), let code = type.kernelType
        else { return }
        counts.withUnsafeMutableBufferPointer {
            ckernels_count_distances(
                level.rawValue, code, a, b, first.count / size, $0.baseAddress, &bothNaNCount, &oneNaNCount)
        }
    }

    /// Adds the counts of other pairs, which have to be of the same type.
    public mutating func merge(_ other: DistanceHistogram) {
        precondition(type == other.type, "histograms of one type are merged")
        for index in counts.indices { counts[index] += other.counts[index] }
        bothNaNCount += other.bothNaNCount
        oneNaNCount += other.oneNaNCount
    }
}
