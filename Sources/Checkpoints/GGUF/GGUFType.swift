import Tensors

/// How the elements of a GGUF tensor are stored: some at a time, in blocks.
struct GGUFType {
    /// The name in ggml, such as `Q4_K`.
    let name: String
    /// The elements of a block, and its bytes; nil for a type that is not known.
    let block: (elements: Int, bytes: Int)?
    /// The type of single elements, where it is stored in these.
    let elementType: TensorType?

    private init(_ name: String, _ block: (elements: Int, bytes: Int)?, _ elementType: TensorType? = nil) {
        self.name = name
        self.block = block
        self.elementType = elementType
    }

    /// The type of a number in a tensor's entry (enum ggml_type).
    init(_ number: UInt32) {
        switch number {
        case 0: self.init("F32", (1, 4), .float32)
        case 1: self.init("F16", (1, 2), .float16)
        case 24: self.init("I8", (1, 1), .int8)
        case 25: self.init("I16", (1, 2), .int16)
        case 26: self.init("I32", (1, 4), .int32)
        case 27: self.init("I64", (1, 8), .int64)
        case 28: self.init("F64", (1, 8), .float64)
        case 30: self.init("BF16", (1, 2), .bfloat16)
        default:
            if let (name, elements, bytes) = Self.quantised[number] {
                self.init(name, (elements, bytes))
            } else {
                self.init("type \(number)", nil)
            }
        }
    }

    private static let quantised: [UInt32: (String, Int, Int)] = [
        2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34),
        9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
        13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66),
        17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18),
        21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 29: ("IQ1_M", 256, 56),
        34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
        41: ("Q1_0", 128, 18),
    ]
}
