public import Tensors

/// What a conversion did to numbers beyond rounding them.
public struct ConversionCounts: Sendable, Hashable {
    /// Finite numbers that became infinite, or NaN where the type has no infinity.
    public var overflowed = 0
    /// Numbers other than zero that became zero.
    public var underflowed = 0

    /// None.
    public init() {}

    /// Adds the counts of another stretch.
    public static func += (left: inout ConversionCounts, right: ConversionCounts) {
        left.overflowed += right.overflowed
        left.underflowed += right.underflowed
    }
}

/// Converts elements from one type to another.
public enum ElementConversion {
    /// Whether there is such a conversion.
    public static func isSupported(from source: TensorType, to target: TensorType) -> Bool { source == target }

    /// Converts elements.
    public static func convert(
        _ source: UnsafeRawBufferPointer, from sourceType: TensorType, into target: UnsafeMutableRawBufferPointer,
        to targetType: TensorType
    ) -> ConversionCounts {
        target.copyMemory(from: source)
        return ConversionCounts()
    }
}
