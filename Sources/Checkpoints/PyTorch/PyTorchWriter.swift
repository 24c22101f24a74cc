import Tensors

/// Writes PyTorch's zip checkpoints: an OrderedDict of tensors, as `torch.load(..., weights_only=True)` takes it.
enum PyTorchWriter {
    /// Every tensor gets a storage of its own. There is no place for metadata.
    ///
    /// - Throws: `invalidRequest` for a type that PyTorch does not have.
    static func makeSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        guard !options.isCompressed else {
            throw CheckpointError(
                .invalidRequest, path: destination,
                "PyTorch's checkpoints are not written compressed; leave the compression out")
        }
        var pickle = PickleWriter()
        pickle.begin()
        for (index, tensor) in tensors.enumerated() {
            guard tensor.type.byteWidth != nil, tensor.elementCount != nil else {
                throw CheckpointError(
                    .invalidRequest, path: destination, tensor: tensor.name,
                    "PyTorch has no type \(tensor.type.name); convert it with --dtype-rule")
            }
            pickle.add(tensor, key: "\(index)")
        }
        let root = "archive/"
        var members = [
            ZipMember(name: root + "data.pkl", preamble: pickle.end()),
            ZipMember(name: root + ".format_version", preamble: Array("1".utf8)),
            ZipMember(name: root + ".storage_alignment", preamble: Array("64".utf8)),
            ZipMember(name: root + "byteorder", preamble: Array("little".utf8)),
        ]
        for (index, tensor) in tensors.enumerated() {
            members.append(
                ZipMember(
                    name: "\(root)data/\(index)", preamble: [], tensor: (index, tensor.byteCount ?? 0)))
        }
        members.append(ZipMember(name: root + "version", preamble: Array("3\n".utf8)))
        return try ZipSink(destination, members: members, tensorCount: tensors.count, options: options)
    }
}

/// Writes the pickle of a state dictionary, in protocol 2.
struct PickleWriter {
    private var bytes: [UInt8] = [0x80, 2]
    /// Globals and words that are written once and then recalled.
    private var memo: [String: UInt8] = [:]

    /// `OrderedDict()`, and a mark for its members.
    mutating func begin() {
        appendGlobal("collections", "OrderedDict")
        bytes += Array(")R(".utf8)
    }

    /// A member: a tensor of its own storage, row-major.
    mutating func add(_ tensor: TensorDescription, key: String) {
        appendText(tensor.name)
        let className = PyTorchType.storageName(of: tensor.type)
        appendGlobal("torch._utils", className == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
        bytes += Array("((".utf8)
        appendWord("storage")
        if let className {
            appendGlobal("torch", className)
        } else {
            appendGlobal("torch.storage", "UntypedStorage")
        }
        appendText(key)
        appendWord("cpu")
        // An untyped storage counts bytes.
        appendInt((className == nil ? tensor.byteCount : tensor.elementCount) ?? 0)
        bytes += Array("tQ".utf8)
        appendInt(0)
        appendTuple(tensor.shape)
        appendTuple(Self.strides(of: tensor.shape))
        // It needs no gradient, and has no hooks.
        bytes.append(0x89)
        appendGlobal("collections", "OrderedDict")
        bytes += Array(")R".utf8)
        if className == nil { appendGlobal("torch", tensor.type.name) }
        bytes += Array("tR".utf8)
    }

    /// All of it.
    mutating func end() -> [UInt8] {
        bytes += Array("u.".utf8)
        return bytes
    }

    /// As PyTorch has them: extents of 0 count as 1.
    private static func strides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for index in shape.indices.dropLast().reversed() {
            strides[index] = strides[index + 1].multipliedReportingOverflow(by: max(1, shape[index + 1])).partialValue
        }
        return strides
    }

    private mutating func recall(_ key: String) -> Bool {
        guard let number = memo[key] else { return false }
        bytes += [UInt8(ascii: "h"), number]
        return true
    }

    private mutating func remember(_ key: String) {
        // There are fewer than fifty types, and a handful of words.
        memo[key] = UInt8(memo.count)
        bytes += [UInt8(ascii: "q"), UInt8(memo.count - 1)]
    }

    private mutating func appendGlobal(_ module: String, _ name: String) {
        let line = "c\(module)\n\(name)\n"
        if recall(line) { return }
        bytes += Array(line.utf8)
        remember(line)
    }

    private mutating func appendWord(_ word: String) {
        if recall(word) { return }
        appendText(word)
        remember(word)
    }

    private mutating func appendText(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes.append(UInt8(ascii: "X"))
        bytes.appendLittleEndian(utf8.count, width: 4)
        bytes += utf8
    }

    private mutating func appendInt(_ value: Int) {
        switch value {
        case 0...0xFF: bytes += [UInt8(ascii: "K"), UInt8(value)]
        case 0...0xFFFF:
            bytes.append(UInt8(ascii: "M"))
            bytes.appendLittleEndian(value, width: 2)
        case 0...0x7FFF_FFFF:
            bytes.append(UInt8(ascii: "J"))
            bytes.appendLittleEndian(value, width: 4)
        default:
            bytes += [0x8A, 8]
            bytes.appendLittleEndian(value, width: 8)
        }
    }

    private mutating func appendTuple(_ values: [Int]) {
        if values.isEmpty {
            bytes.append(UInt8(ascii: ")"))
            return
        }
        bytes.append(UInt8(ascii: "("))
        for value in values { appendInt(value) }
        bytes.append(UInt8(ascii: "t"))
    }
}
