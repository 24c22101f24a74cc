import CKernels
import Tensors

extension TensorType {
    /// The number by which the loops in C know the type; nil where they do not calculate with it.
    var kernelType: Int32? {
        let type =
            switch self {
            case .bool: CKERNELS_BOOL
            case .int8: CKERNELS_INT8
            case .int16: CKERNELS_INT16
            case .int32: CKERNELS_INT32
            case .int64: CKERNELS_INT64
            case .uint8: CKERNELS_UINT8
            case .uint16: CKERNELS_UINT16
            case .uint32: CKERNELS_UINT32
            case .uint64: CKERNELS_UINT64
            case .float16: CKERNELS_FLOAT16
            case .float32: CKERNELS_FLOAT32
            case .float64: CKERNELS_FLOAT64
            case .bfloat16: CKERNELS_BFLOAT16
            case .float8E4M3: CKERNELS_FLOAT8_E4M3
            case .float8E5M2: CKERNELS_FLOAT8_E5M2
            case .float8E4M3FNUZ: CKERNELS_FLOAT8_E4M3FNUZ
            case .float8E5M2FNUZ: CKERNELS_FLOAT8_E5M2FNUZ
            case .float8E8M0: CKERNELS_FLOAT8_E8M0
            case .complex64, .complex128, .float6E2M3, .float6E3M2, .float4E2M1: -1
            }
        return type < 0 ? nil : Int32(type)
    }
}
