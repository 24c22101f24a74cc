/// How two tensors of one shape differ, A being the first and B the second; values are compared after widening.
public struct TensorDifference: Sendable, Hashable {
    /// Elements whose distance in units of the last place is at least `lower` and at most `upper`.
    public struct Distance: Sendable, Hashable {
        /// The smallest distance.
        public let lower: UInt64
        /// The largest distance.
        public let upper: UInt64
        /// How many elements.
        public let count: Int
    }

    /// All elements.
    public let elementCount: Int
    /// Whether both have the same bytes.
    public let isIdentical: Bool
    /// Elements that are different numbers, or a number in one and NaN in the other. Two zeros are equal, and two NaNs.
    /// Of types that are no real numbers: elements of other bytes; below a byte, other bytes.
    public let changedCount: Int
    /// Elements that are NaN or infinite in A or B; the norms leave them out.
    public let nonFiniteCount: Int
    /// ||B - A||: a root of a sum of squares, as the others.
    public let differenceNorm: Double
    /// ||A||.
    public let firstNorm: Double
    /// ||B||.
    public let secondNorm: Double
    /// The largest |b - a|.
    public let maximum: Double
    /// (A, B) / (||A|| ||B||), -1...1; nil where one of them is zero.
    public let cosine: Double?
    /// How many steps of their type lie between the elements, by powers of two; nil for types other than binary32,
    /// binary16 and bfloat16, and for two types. Pairs with a NaN are left out.
    public let distances: [Distance]?

    /// ||B - A|| / ||A||; 0 where both are zero, nil where only A is.
    public var relativeNorm: Double? {
        if differenceNorm == 0 { return 0 }
        return firstNorm > 0 ? differenceNorm / firstNorm : nil
    }

    /// The share of elements that changed, 0...1.
    public var changedShare: Double { elementCount > 0 ? Double(changedCount) / Double(elementCount) : 0 }
}
