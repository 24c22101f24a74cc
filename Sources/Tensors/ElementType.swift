/// The type of one element of a tensor, as checkpoints and datasets store it.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// Signed integers.
    case int8, int16, int32, int64
    /// Unsigned integers.
    case uint8, uint16, uint32, uint64
    /// IEEE 754 binary16: 5 bits of exponent, 10 of mantissa.
    case float16
    /// The upper half of a binary32: 8 bits of exponent, 7 of mantissa.
    case bfloat16
    /// IEEE 754 binary32 and binary64.
    case float32, float64

    /// The lower-case name by which NumPy and PyTorch know the type, such as `"bfloat16"`.
    public var name: String { rawValue }

    /// The size of one element in bytes: 1, 2, 4 or 8.
    public var byteWidth: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }
}

/// A Swift type whose memory is one element of a tensor.
///
/// Conform only types whose size is `elementType.byteWidth` and for which every bit pattern is a value.
public protocol TensorElement: BitwiseCopyable, Sendable, Equatable {
    /// The stored type that this Swift type represents.
    static var elementType: ElementType { get }
    /// The element whose bits are all zero.
    static var zero: Self { get }
}

extension Int8: TensorElement {
    /// `.int8`
    public static var elementType: ElementType { .int8 }
}
extension Int16: TensorElement {
    /// `.int16`
    public static var elementType: ElementType { .int16 }
}
extension Int32: TensorElement {
    /// `.int32`
    public static var elementType: ElementType { .int32 }
}
extension Int64: TensorElement {
    /// `.int64`
    public static var elementType: ElementType { .int64 }
}
extension UInt8: TensorElement {
    /// `.uint8`
    public static var elementType: ElementType { .uint8 }
}
extension UInt16: TensorElement {
    /// `.uint16`
    public static var elementType: ElementType { .uint16 }
}
extension UInt32: TensorElement {
    /// `.uint32`
    public static var elementType: ElementType { .uint32 }
}
extension UInt64: TensorElement {
    /// `.uint64`
    public static var elementType: ElementType { .uint64 }
}
extension Float16: TensorElement {
    /// `.float16`
    public static var elementType: ElementType { .float16 }
}
extension BFloat16: TensorElement {
    /// `.bfloat16`
    public static var elementType: ElementType { .bfloat16 }
}
extension Float: TensorElement {
    /// `.float32`
    public static var elementType: ElementType { .float32 }
}
extension Double: TensorElement {
    /// `.float64`
    public static var elementType: ElementType { .float64 }
}
