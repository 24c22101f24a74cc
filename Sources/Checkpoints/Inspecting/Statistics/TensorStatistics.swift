public import Tensors

/// What one pass over a tensor's elements finds. Moments and norms are those of the finite elements.
public struct TensorStatistics: Sendable, Hashable {
    /// How many elements are of a kind.
    public struct Counts: Sendable, Hashable {
        /// All elements.
        public var elements = 0
        /// Not a number.
        public var nan = 0
        /// Infinities above zero.
        public var positiveInfinity = 0
        /// Infinities below zero.
        public var negativeInfinity = 0
        /// Zeros of either sign.
        public var zero = 0
        /// Other than zero, and below the smallest normal number of their type.
        public var subnormal = 0

        /// Elements that are numbers.
        public var finite: Int { elements - nan - positiveInfinity - negativeInfinity }
    }

    /// Sums over the finite elements; there are none without a finite element.
    public struct Moments: Sendable, Hashable {
        /// The smallest.
        public var minimum = 0.0
        /// The largest.
        public var maximum = 0.0
        /// The mean.
        public var mean = 0.0
        /// The root of the mean squared distance from the mean: that of the population.
        public var standardDeviation = 0.0
        /// The fourth moment about the mean over the squared variance: 3 for a normal distribution; nil where all
        /// elements are equal.
        public var kurtosis: Double?
        /// The sum of magnitudes.
        public var l1 = 0.0
        /// The root of the sum of squares.
        public var l2 = 0.0

        /// The largest magnitude.
        public var absoluteMaximum: Double { max(minimum.magnitude, maximum.magnitude) }
    }

    /// A value below which a share of the finite elements lies, interpolated as NumPy does.
    public struct Quantile: Sendable, Hashable {
        /// The share, 0...1.
        public let share: Double
        /// The value.
        public let value: Double
    }

    /// How many elements lie in each of equal steps between two values.
    public struct Histogram: Sendable, Hashable {
        /// Where the first step begins.
        public let lower: Double
        /// Where the last step ends, included.
        public let upper: Double
        /// The counts of the steps.
        public let counts: [Int]
    }

    /// Elements whose magnitude is at least 2^exponent and below 2^(exponent + 1).
    public struct Binade: Sendable, Hashable {
        /// The power of two.
        public let exponent: Int
        /// How many are below zero.
        public let negative: Int
        /// How many are above zero.
        public let positive: Int
    }

    /// Rows: what is behind one index of the first dimension. Counted for tensors of two dimensions and more whose rows
    /// have two elements and more.
    public struct Rows: Sendable, Hashable {
        /// All rows.
        public let count: Int
        /// Rows of zeros.
        public let zero: Int
        /// Rows of one and the same bit pattern, those of zeros included.
        public let constant: Int
    }

    /// How many elements are of a kind.
    public let counts: Counts
    /// Sums; nil without a finite element.
    public let moments: Moments?
    /// Quantiles, ascending.
    public let quantiles: [Quantile]
    /// 64 steps between the smallest and the largest finite element; nil where they are equal.
    public let histogram: Histogram?
    /// Magnitudes by powers of two, ascending; exact down to the smallest normal number.
    public let binades: [Binade]
    /// Whether quantiles, histogram and binades are exact. They are for types of 8 and 16 bits; for others a value is off by at
    /// most 1/128 of itself (binary32) or 1/16 (other types), and by more where it is subnormal. Of tensors of a million (2^20)
    /// elements and more of such a type an eighth is counted, and the counts stand for the whole.
    public let isExact: Bool
    /// Rows that are dead or constant.
    public let rows: Rows?
    /// The narrower type that represents every element exactly, where elements are wider than need be.
    public let narrowerType: TensorType?

    /// The shares of ``quantiles``.
    public static let shares = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1]
    /// The steps of ``histogram``.
    public static let steps = 64
}
