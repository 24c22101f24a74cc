import Tensors

/// Names of types in PyTorch's checkpoints.
enum PyTorchType {
    /// What a typed storage holds, by the name of its class.
    private static let storages: [String: TensorType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool, "ComplexFloatStorage": .complex64,
        "ComplexDoubleStorage": .complex128,
    ]

    /// What the class of a storage says about its elements.
    enum Storage {
        case typed(TensorType)
        case untyped
        case quantised
    }

    /// - Parameter global: such as `torch.FloatStorage` or `torch.cuda.HalfStorage`.
    static func storage(_ global: String) -> Storage? {
        guard let name = global.split(separator: ".").last,
            ["torch", "torch.cuda", "torch.storage"].contains(String(global.dropLast(name.count + 1)))
        else { return nil }
        if let type = storages[String(name)] { return .typed(type) }
        if name == "UntypedStorage" { return .untyped }
        return name.hasSuffix("Storage") && (name.hasPrefix("QInt") || name.hasPrefix("QUInt")) ? .quantised : nil
    }

    /// The class whose storages hold this type, such as `FloatStorage`; nil where they are untyped.
    static func storageName(of type: TensorType) -> String? { storages.first { $0.value == type }?.key }

    /// - Parameter global: such as `torch.float8_e4m3fn`.
    static func dtype(_ global: String) -> TensorType? {
        let prefix = "torch."
        guard global.hasPrefix(prefix), let type = TensorType(rawValue: String(global.dropFirst(prefix.count))),
            type.byteWidth != nil
        else { return nil }
        return type
    }
}
