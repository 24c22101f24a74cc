import Tensors

/// A tensor as the pickle of a checkpoint describes it; checked, but not against the size of its storage.
struct PyTorchTensor {
    let type: TensorType
    let shape: [Int]
    let strides: [Int]
    /// In elements from the beginning of the storage.
    let offset: Int
    /// The storage is the entry `data/<key>`.
    let key: String
    /// What the pickle says of the size of the storage, in bytes.
    let storageSize: Int

    /// What a call in a pickle turns out to be.
    enum Finding {
        case tensor(PyTorchTensor)
        /// A tensor of a kind that is not read; the reason.
        case refused(String)
        /// A tensor whose description breaks its rules; why.
        case malformed(String)
        /// No tensor.
        case other
    }

    private static let refusals = [
        "_rebuild_sparse_tensor": "is sparse; save it with .to_dense()",
        "_rebuild_sparse_csr_tensor": "is sparse; save it with .to_dense()",
        "_rebuild_qtensor": "is quantised; save it with .dequantize()",
        "_rebuild_meta_tensor_no_storage": "is on the device 'meta' and has no data; load the model before saving it",
        "_rebuild_nested_tensor": "is a nested tensor; save it with torch.nested.to_padded_tensor()",
        "_rebuild_wrapper_subclass": "is of a subclass that wraps others; save what it wraps",
        "_rebuild_device_tensor_from_numpy": "is of a device that saves NumPy arrays; save it with .cpu()",
        "_rebuild_device_tensor_from_cpu_tensor": "is of a device of its own; save it with .cpu()",
        "_rebuild_xla_tensor": "is of an XLA device; save it with .cpu()",
    ]

    /// Looks at a call in a pickle.
    static func find(_ reference: Pickle.Reference, in pickle: Pickle, depth: Int = 0) -> Finding {
        guard case .call(let number) = pickle.nodes[reference], depth < 8 else { return .other }
        let call = pickle.calls[number]
        return find(call.function, call.arguments, in: pickle, depth: depth)
    }

    private static func find(
        _ function: Pickle.Reference, _ arguments: Pickle.Reference, in pickle: Pickle, depth: Int
    ) -> Finding {
        guard depth < 8, let global = pickle.global(function), global.hasPrefix("torch."),
            case .tuple(let range) = pickle.nodes[arguments]
        else { return .other }
        let arguments = pickle.items[range]
        func argument(_ index: Int) -> Pickle.Reference { arguments[arguments.startIndex + index] }
        switch global {
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
            guard let data = arguments.first else { return .malformed("is a parameter without data") }
            return find(data, in: pickle, depth: depth + 1)
        case "torch._tensor._rebuild_from_type_v2":
            guard arguments.count >= 3 else { return .malformed("has too few arguments for \(global)") }
            return find(argument(0), argument(2), in: pickle, depth: depth + 1)
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3":
            let isV3 = global.hasSuffix("_v3")
            guard arguments.count >= (isV3 ? 7 : 4) else { return .malformed("has too few arguments for \(global)") }
            let flags = arguments.count > (isV3 ? 7 : 6) ? argument(isV3 ? 7 : 6) : nil
            if let flags, isLazy(flags, in: pickle) {
                return .refused("is a conjugate or a negative that was never computed; save it with .resolve_conj()")
            }
            return rebuild(
                storage: argument(0), offset: argument(1), shape: argument(2), strides: argument(3),
                dtype: isV3 ? argument(6) : nil, in: pickle)
        default:
            guard global.hasPrefix("torch._utils."),
                let reason = refusals[String(global.dropFirst("torch._utils.".count))]
            else { return .other }
            return .refused(reason)
        }
    }

    private static func isLazy(_ flags: Pickle.Reference, in pickle: Pickle) -> Bool {
        guard case .dictionary(let number) = pickle.nodes[flags] else { return false }
        return pickle.dictionaries[number].contains { member in
            guard let key = pickle.text(member.key), key == "conj" || key == "neg",
                case .bool(true) = pickle.nodes[member.value]
            else { return false }
            return true
        }
    }

    private static func rebuild(
        storage: Pickle.Reference, offset: Pickle.Reference, shape: Pickle.Reference, strides: Pickle.Reference,
        dtype: Pickle.Reference?, in pickle: Pickle
    ) -> Finding {
        guard case .persistent(let identifier) = pickle.nodes[storage], let parts = pickle.sequence(identifier),
            parts.count >= 5, pickle.text(parts[parts.startIndex]) == "storage",
            let className = pickle.global(parts[parts.startIndex + 1]),
            let key = pickle.text(parts[parts.startIndex + 2]), let count = pickle.int(parts[parts.startIndex + 4]),
            count >= 0
        else { return .malformed("has a storage that is not described as PyTorch does") }
        let type: TensorType
        let storageSize: Int?
        switch PyTorchType.storage(className) {
        case .typed(let stored):
            type = stored
            storageSize = stored.byteCount(of: count)
        case .untyped:
            guard let dtype, let name = pickle.global(dtype) else {
                return .malformed("has an untyped storage and no dtype")
            }
            guard let known = PyTorchType.dtype(name) else {
                return .refused("has the type \(name), which is not read")
            }
            type = known
            storageSize = count
        case .quantised: return .refused("is quantised; save it with .dequantize()")
        case nil: return .refused("has a storage of the unknown kind \(className)")
        }
        guard let storageSize, let shape = pickle.ints(shape), let strides = pickle.ints(strides),
            let offset = pickle.int(offset), shape.count == strides.count, offset >= 0,
            !shape.contains(where: { $0 < 0 }), !strides.contains(where: { $0 < 0 })
        else { return .malformed("has an offset, a size or strides that are not numbers from 0, as many of each") }
        return .tensor(
            PyTorchTensor(
                type: type, shape: shape, strides: strides, offset: offset, key: key, storageSize: storageSize))
    }

    /// Where the last element ends, in bytes from the beginning of the storage; nil where that overflows.
    var end: Int? {
        guard let width = type.byteWidth else { return nil }
        var last = offset
        if shape.contains(0) { return last.multipliedReportingOverflow(by: width).overflow ? nil : last * width }
        for (extent, stride) in zip(shape, strides) {
            let (reach, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowsToo) = last.addingReportingOverflow(reach)
            guard !overflows, !overflowsToo else { return nil }
            last = sum
        }
        let (bytes, overflows) = last.multipliedReportingOverflow(by: width)
        let (end, overflowsToo) = bytes.addingReportingOverflow(width)
        return overflows || overflowsToo ? nil : end
    }

    /// Whether the elements lie row-major without gaps.
    var isContiguous: Bool {
        if shape.contains(0) { return true }
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            guard stride == expected else { return false }
            let (next, overflows) = expected.multipliedReportingOverflow(by: extent)
            guard !overflows else { return false }
            expected = next
        }
        return true
    }
}
