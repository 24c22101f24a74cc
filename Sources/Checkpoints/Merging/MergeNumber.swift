import Tensors

/// A type that merging calculates in.
protocol MergeNumber: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    static var tensorType: TensorType { get }
    /// The bits of a number without its sign, ordered as magnitudes are; NaN is the largest.
    var magnitudeBits: UInt64 { get }
    /// How many of those there are, sign included.
    static var bitCount: Int { get }
    init(_ value: Double)
}

extension Float: MergeNumber {
    static var tensorType: TensorType { .float32 }
    static var bitCount: Int { 32 }
    var magnitudeBits: UInt64 { UInt64(bitPattern & 0x7FFF_FFFF) }
}

extension Double: MergeNumber {
    static var tensorType: TensorType { .float64 }
    static var bitCount: Int { 64 }
    var magnitudeBits: UInt64 { bitPattern & 0x7FFF_FFFF_FFFF_FFFF }
}
