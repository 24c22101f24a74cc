import CKernels
public import Tensors

/// What the elements of a tensor are like: how many of which kind, their range, and their moments.
///
/// It is filled in one pass, in any number of pieces, and statistics of parts are merged. Moments are taken of blocks of 4,096
/// elements about one of them near their mean, in `Double`, and joined by Pébay's formulas. So neither a mean that is large
/// against the deviation nor numbers near the ends of the range of their type do harm: sums, norms, mean and deviation
/// agree with exact arithmetic to some 1e-15, kurtosis to some 1e-14. Elements far from all others that sit where every block
/// looks for one near its mean cost at worst four more digits.
///
/// Whole blocks of `float32` are summed sixteen elements at a time in `Float`, at twice the speed, where their range allows it:
/// sums, norms, mean (against the mean magnitude) and deviation agree with exact arithmetic to 1e-8, kurtosis to 1e-7, and the
/// more closely the more elements there are: to some 1e-9 and 1e-8 of a million. Elements that take but a few values, whose
/// roundings do not cancel out, are the worst: 1e-7, and 1e-6 for kurtosis.
///
/// The same pieces in the same order give the same bits, on every processor. Cut otherwise, moments differ by rounding; counts
/// and extremes never do.
public struct ElementStatistics: Sendable, Equatable {
    /// The number of elements.
    public internal(set) var count: UInt64 = 0
    /// The elements that are not a number.
    public internal(set) var nanCount: UInt64 = 0
    /// The elements that are infinite and positive.
    public internal(set) var positiveInfinityCount: UInt64 = 0
    /// The elements that are infinite and negative.
    public internal(set) var negativeInfinityCount: UInt64 = 0
    /// The elements that are zero, of either sign.
    public internal(set) var zeroCount: UInt64 = 0
    /// The elements that are subnormal numbers of their type; integers have none.
    public internal(set) var subnormalCount: UInt64 = 0
    /// The least finite element; nil if there is none. That of 64-bit integers is rounded to a `Double`.
    public internal(set) var minimum: Double?
    /// The greatest finite element; nil if there is none. That of 64-bit integers is rounded to a `Double`.
    public internal(set) var maximum: Double?

    var powers = PowerSums()

    /// Statistics of nothing.
    public init() {}

    /// Whether elements of a type have statistics: booleans, as 0 and 1, integers, and floats of at least a byte.
    public static func isSupported(_ type: TensorType) -> Bool { type.kernelType != nil }

    /// The elements that are numbers and not infinite.
    public var finiteCount: UInt64 { count - nanCount - positiveInfinityCount - negativeInfinityCount }

    /// Adds elements. The type has to be supported and the elements whole: anything else is a programmer's error. They may
    /// begin at any address. Takes linear time, and 32 KB of memory.
    public mutating func add(_ elements: UnsafeRawBufferPointer, type: TensorType) {
        add(elements, type: type, level: .best)
    }

    mutating func add(_ elements: UnsafeRawBufferPointer, type: TensorType, level: VectorLevel) {
        guard let code = type.kernelType else { preconditionFailure("\(type.name) has no statistics") }
        let size = type.bitWidth / 8
        let total = elements.count / size
        precondition(total * size == elements.count, "a buffer holds whole elements")
        guard let start = elements.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let block = Int(CKERNELS_BLOCK)
        var summary = ckernels_summary()
        var index = 0
        while index < total {
            let part = min(block, total - index)
            ckernels_summarise(level.rawValue, code, start + index * size, part, &summary)
            add(summary, count: part)
            index += part
        }
    }

    private mutating func add(_ summary: ckernels_summary, count part: Int) {
        count += UInt64(part)
        nanCount += summary.nans
        positiveInfinityCount += summary.positive_infinities
        negativeInfinityCount += summary.negative_infinities
        zeroCount += summary.zeros
        subnormalCount += summary.subnormals
        guard summary.finite > 0 else { return }
        widen(minimum: summary.minimum, maximum: summary.maximum)
        powers.merge(PowerSums(summary))
    }

    /// Widens the range; a negative zero becomes the positive one.
    mutating func widen(minimum low: Double, maximum high: Double) {
        minimum = Swift.min(minimum ?? low, low) + 0
        maximum = Swift.max(maximum ?? high, high) + 0
    }

    /// Adds the statistics of other elements, as if they came after these.
    public mutating func merge(_ other: ElementStatistics) {
        count += other.count
        nanCount += other.nanCount
        positiveInfinityCount += other.positiveInfinityCount
        negativeInfinityCount += other.negativeInfinityCount
        zeroCount += other.zeroCount
        subnormalCount += other.subnormalCount
        if let low = other.minimum, let high = other.maximum { widen(minimum: low, maximum: high) }
        powers.merge(other.powers)
    }
}

extension ElementStatistics {
    private func scaled(_ value: Double, times power: Int = 1) -> Double {
        Double(sign: .plus, exponent: powers.exponent * power, significand: value)
    }

    /// The largest magnitude of a finite element; nil if there is none.
    public var absoluteMaximum: Double? {
        guard let minimum, let maximum else { return nil }
        return Swift.max(-minimum, maximum) + 0
    }

    /// The sum of the finite elements; infinite beyond the range of `Double`.
    public var sum: Double { scaled(powers.sum.value) }

    /// The sum of the magnitudes of the finite elements, which is their L1 norm; infinite beyond the range of `Double`.
    public var l1Norm: Double { scaled(powers.absoluteSum.value) }

    /// The sum of the squares of the finite elements; infinite beyond the range of `Double`.
    public var sumOfSquares: Double { scaled(scaledSquares, times: 2) }

    private var scaledSquares: Double {
        powers.count == 0 ? 0 : powers.second + powers.sum.value * powers.mean
    }

    /// The root of the sum of the squares of the finite elements.
    public var l2Norm: Double { scaled(scaledSquares.squareRoot()) }

    /// The mean of the finite elements; nil if there is none.
    public var mean: Double? { powers.count == 0 ? nil : scaled(powers.mean) }

    /// The standard deviation of the finite elements as a population (divided by their number); nil if there is none.
    public var standardDeviation: Double? {
        powers.count == 0 ? nil : scaled((powers.second / powers.count).squareRoot())
    }

    /// The third standardised moment of the finite elements; nil if they do not differ.
    public var skewness: Double? {
        guard powers.second > 0 else { return nil }
        let variance = powers.second / powers.count
        return powers.third / powers.second / variance.squareRoot()
    }

    /// The fourth standardised moment of the finite elements, not the excess: 3 for a normal distribution. Nil if they do
    /// not differ.
    public var kurtosis: Double? {
        guard powers.second > 0 else { return nil }
        return powers.fourth / powers.second / (powers.second / powers.count)
    }
}
