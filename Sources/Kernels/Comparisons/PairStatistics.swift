import CKernels
public import Tensors

/// What two tensors of the same shape have in common, element by element.
///
/// Sums are of pairs of finite elements, in `Double`, of blocks of 4,096 pairs; a block in a row adds to compensated sums. The
/// same pieces in the same order give the same bits, on every processor. Squares of `float64` elements beyond 1e154 overflow.
public struct PairStatistics: Sendable, Equatable {
    /// The number of pairs.
    public private(set) var count: UInt64 = 0
    /// The pairs that differ as numbers: zeros of both signs do not, two NaN do not, a NaN and a number do.
    public private(set) var changedCount: UInt64 = 0
    /// The pairs of which one or both are not finite, and which the sums leave out.
    public private(set) var nonfiniteCount: UInt64 = 0
    /// The largest |a - b|.
    public private(set) var largestDifference = 0.0

    private var dot = CompensatedSum()
    private var firstSquares = CompensatedSum()
    private var secondSquares = CompensatedSum()
    private var differenceSquares = CompensatedSum()
    private var differenceMagnitudes = CompensatedSum()

    /// Statistics of nothing.
    public init() {}

    /// Whether elements of a type are compared: booleans, integers, and floats of at least a byte.
    public static func isSupported(_ type: TensorType) -> Bool { type.kernelType != nil }

    /// Adds pairs of elements, of one type or of two. The types have to be supported, and both buffers have to hold the same
    /// number of whole elements: anything else is a programmer's error. Takes linear time, and 64 KB of memory.
    public mutating func add(
        _ first: UnsafeRawBufferPointer, type firstType: TensorType, _ second: UnsafeRawBufferPointer,
        type secondType: TensorType
    ) {
        add(first, type: firstType, second, type: secondType, level: .best)
    }

    mutating func add(
        _ first: UnsafeRawBufferPointer, type firstType: TensorType, _ second: UnsafeRawBufferPointer,
        type secondType: TensorType, level: VectorLevel
    ) {
        guard let firstCode = firstType.kernelType, let secondCode = secondType.kernelType else {
            preconditionFailure("\(firstType.name) and \(secondType.name) are not compared")
        }
        let firstSize = firstType.bitWidth / 8
        let secondSize = secondType.bitWidth / 8
        let total = first.count / firstSize
        precondition(
            first.count == total * firstSize && second.count == total * secondSize,
            "both buffers hold the same number of whole elements")
        guard let a = first.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let b = second.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        var comparison = ckernels_comparison()
        var index = 0
        while index < total {
            let part = min(Int(CKERNELS_BLOCK), total - index)
            ckernels_compare(
                level.rawValue, firstCode, a + index * firstSize, secondCode, b + index * secondSize, part, &comparison)
            changedCount += comparison.changed
            nonfiniteCount += comparison.nonfinite
            largestDifference = max(largestDifference, comparison.largest_difference)
            dot.add(comparison.dot)
            firstSquares.add(comparison.first_squares)
            secondSquares.add(comparison.second_squares)
            differenceSquares.add(comparison.difference_squares)
            differenceMagnitudes.add(comparison.difference_magnitudes)
            index += part
        }
        count += UInt64(total)
    }

    /// Adds the statistics of other pairs, as if they came after these.
    public mutating func merge(_ other: PairStatistics) {
        count += other.count
        changedCount += other.changedCount
        nonfiniteCount += other.nonfiniteCount
        largestDifference = max(largestDifference, other.largestDifference)
        dot.add(other.dot)
        firstSquares.add(other.firstSquares)
        secondSquares.add(other.secondSquares)
        differenceSquares.add(other.differenceSquares)
        differenceMagnitudes.add(other.differenceMagnitudes)
    }
}

extension PairStatistics {
    /// The sum of a b.
    public var dotProduct: Double { dot.value }
    /// The sum of a².
    public var firstSumOfSquares: Double { firstSquares.value }
    /// The sum of b².
    public var secondSumOfSquares: Double { secondSquares.value }
    /// The sum of (a - b)².
    public var differenceSumOfSquares: Double { differenceSquares.value }
    /// The sum of |a - b|.
    public var differenceL1Norm: Double { differenceMagnitudes.value }
    /// The root of the sum of (a - b)².
    public var differenceL2Norm: Double { differenceSquares.value.squareRoot() }

    /// |a - b| / |a|, by L2 norms; nil if the first tensor is zero and the second is not, 0 if both are.
    public var relativeL2Difference: Double? {
        if differenceSquares.value == 0 { return 0 }
        return firstSquares.value > 0 ? (differenceSquares.value / firstSquares.value).squareRoot() : nil
    }

    /// a·b / (|a| |b|), from -1 to 1; nil if either tensor is zero.
    public var cosine: Double? {
        let norms = firstSquares.value.squareRoot() * secondSquares.value.squareRoot()
        return norms > 0 ? min(1, max(-1, dot.value / norms)) : nil
    }

    /// The fraction of pairs that differ; nil if there is no pair.
    public var changedFraction: Double? { count == 0 ? nil : Double(changedCount) / Double(count) }
}
