import Tensors

extension TensorType {
    /// The name in safetensors headers; nil where the format has no such type.
    var safetensorsName: String? {
        switch self {
        case .bool: "BOOL"
        case .int8: "I8"
        case .int16: "I16"
        case .int32: "I32"
        case .int64: "I64"
        case .uint8: "U8"
        case .uint16: "U16"
        case .uint32: "U32"
        case .uint64: "U64"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .float32: "F32"
        case .float64: "F64"
        case .complex64: "C64"
        case .complex128: nil
        case .float8E4M3: "F8_E4M3"
        case .float8E5M2: "F8_E5M2"
        case .float8E4M3FNUZ: "F8_E4M3FNUZ"
        case .float8E5M2FNUZ: "F8_E5M2FNUZ"
        case .float8E8M0: "F8_E8M0"
        case .float6E2M3: "F6_E2M3"
        case .float6E3M2: "F6_E3M2"
        case .float4E2M1: "F4"
        }
    }

    private static let bySafetensorsName: [String: TensorType] = Dictionary(
        uniqueKeysWithValues: allCases.compactMap { type in type.safetensorsName.map { ($0, type) } })

    /// The type of that name in safetensors headers.
    init?(safetensorsName name: String) {
        guard let type = TensorType.bySafetensorsName[name] else { return nil }
        self = type
    }
}
