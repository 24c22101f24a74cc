/// What conversions of elements lost, apart from precision.
public struct ConversionCounts: Sendable, Hashable {
    /// The finite elements that became infinite or, where the target has no infinity, NaN.
    public var overflowed: UInt64
    /// The elements other than zero that became zero.
    public var underflowed: UInt64

    /// Counts of nothing, or those given.
    public init(overflowed: UInt64 = 0, underflowed: UInt64 = 0) {
        self.overflowed = overflowed
        self.underflowed = underflowed
    }

    /// The counts of two conversions together.
    public static func + (left: ConversionCounts, right: ConversionCounts) -> ConversionCounts {
        ConversionCounts(
            overflowed: left.overflowed + right.overflowed, underflowed: left.underflowed + right.underflowed)
    }

    /// Adds the counts of another conversion.
    public static func += (left: inout ConversionCounts, right: ConversionCounts) {
        left = left + right
    }
}
