/// The type of one element of a stored tensor: everything that a checkpoint may hold, computed with or not.
///
/// The raw value is the lower-case name by which PyTorch knows the type.
public enum TensorType: String, Sendable, Hashable, CaseIterable {
    /// A byte that is 0 or 1.
    case bool
    /// Integers.
    case int8, int16, int32, int64, uint8, uint16, uint32, uint64
    /// IEEE 754 binary16, binary32, binary64.
    case float16, float32, float64
    /// The upper half of a binary32.
    case bfloat16
    /// Pairs of binary32 or binary64: the real part, then the imaginary one.
    case complex64, complex128
    /// OCP FP8 (revision 1.0): 4 bits of exponent, 3 of mantissa, bias 7; no infinity, NaN is 0x7F and 0xFF, the largest
    /// finite number is 448.
    case float8E4M3 = "float8_e4m3fn"
    /// OCP FP8: 5 bits of exponent, 2 of mantissa, bias 15; infinities and NaN as in IEEE 754, the largest finite number
    /// is 57,344.
    case float8E5M2 = "float8_e5m2"
    /// FP8 without infinities and without a negative zero, whose pattern is the only NaN; the bias is one more.
    case float8E4M3FNUZ = "float8_e4m3fnuz"
    case float8E5M2FNUZ = "float8_e5m2fnuz"
    /// OCP MX scale: a power of two, bias 127; NaN is 0xFF.
    case float8E8M0 = "float8_e8m0fnu"
    /// OCP MX elements below a byte.
    case float6E2M3 = "float6_e2m3fn"
    case float6E3M2 = "float6_e3m2fn"
    case float4E2M1 = "float4_e2m1fn"

    /// The name by which PyTorch knows the type, such as `"bfloat16"`.
    public var name: String { rawValue }

    /// The size of one element in bits.
    public var bitWidth: Int {
        switch self {
        case .float4E2M1: 4
        case .float6E2M3, .float6E3M2: 6
        case .bool, .int8, .uint8, .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: 8
        case .int16, .uint16, .float16, .bfloat16: 16
        case .int32, .uint32, .float32: 32
        case .int64, .uint64, .float64, .complex64: 64
        case .complex128: 128
        }
    }

    /// The size of one element in bytes; nil where elements share bytes.
    public var byteWidth: Int? { bitWidth % 8 == 0 ? bitWidth / 8 : nil }

    /// The bytes that so many elements take; nil if that is no whole number or overflows.
    public func byteCount(of count: Int) -> Int? {
        let (bits, overflows) = count.multipliedReportingOverflow(by: bitWidth)
        guard count >= 0, !overflows, bits % 8 == 0 else { return nil }
        return bits / 8
    }

    /// The bytes that a tensor of this shape takes; nil if that is no whole number, overflows or an extent is negative.
    ///
    /// An extent of zero gives zero, however large the others are.
    public func byteCount(of shape: [Int]) -> Int? {
        guard let count = TensorType.elementCount(of: shape) else { return nil }
        return byteCount(of: count)
    }

    /// The number of elements of a tensor of this shape; nil if it overflows or an extent is negative.
    public static func elementCount(of shape: [Int]) -> Int? {
        guard !shape.contains(where: { $0 < 0 }) else { return nil }
        if shape.contains(0) { return 0 }
        var count = 1
        for extent in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            if overflows { return nil }
            count = product
        }
        return count
    }

    /// The bytes that are reversed where numbers are stored with the other byte order: those of one number, or of one
    /// part of a complex one.
    public var swappedWidth: Int {
        switch self {
        case .complex64: 4
        case .complex128: 8
        default: max(1, bitWidth / 8)
        }
    }

    /// Whether elements are real floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .float32, .float64, .bfloat16, .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ,
            .float8E8M0, .float6E2M3, .float6E3M2, .float4E2M1:
            true
        default: false
        }
    }

    /// Whether elements are integers; a boolean is none.
    public var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }

    /// The type as arrays of the rest of Kedge have it, if they have it.
    public var elementType: ElementType? { ElementType(rawValue: rawValue) }

    /// The type of that name, or nil: PyTorch's names, and the usual short ones such as `f32`, `fp32`, `bf16`, `half`,
    /// `fp8_e4m3`, `i64`; case does not matter.
    public init?(named name: String) {
        let lower = name.lowercased()
        guard let type = TensorType(rawValue: lower) ?? TensorType.aliases[lower] else {
            return nil
        }
        self = type
    }

    private static let aliases: [String: TensorType] = [
        "f64": .float64, "fp64": .float64, "double": .float64, "f32": .float32, "fp32": .float32, "float": .float32,
        "f16": .float16, "fp16": .float16, "half": .float16, "bf16": .bfloat16,
        "f8_e4m3": .float8E4M3, "fp8_e4m3": .float8E4M3, "fp8_e4m3fn": .float8E4M3, "e4m3": .float8E4M3,
        "e4m3fn": .float8E4M3, "float8_e4m3": .float8E4M3, "f8_e4m3fn": .float8E4M3,
        "f8_e5m2": .float8E5M2, "fp8_e5m2": .float8E5M2, "e5m2": .float8E5M2,
        "i8": .int8, "i16": .int16, "i32": .int32, "i64": .int64, "u8": .uint8, "u16": .uint16, "u32": .uint32,
        "u64": .uint64, "c64": .complex64, "c128": .complex128,
    ]
}

extension ElementType {
    /// The type as checkpoints have it.
    public var tensorType: TensorType {
        switch self {
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        }
    }
}
