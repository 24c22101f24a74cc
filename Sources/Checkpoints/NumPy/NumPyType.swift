import Tensors

/// The types of NumPy arrays that are read: `descr` in the header of a `.npy`.
enum NumPyType {
    /// What a `descr` means.
    enum Meaning: Equatable {
        case type(TensorType, isBigEndian: Bool)
        /// Two bytes each, of which it is only likely that they are bfloat16.
        case guess(TensorType)
        /// Two bytes each, of which nothing is known; the reason why they are not read unless somebody knows.
        case words(String)
        /// Known, but nothing that a tensor has; the reason.
        case unsupported(String)

        /// What it is where words are read as `uint16`, or not.
        func reading(words: Bool) -> Meaning {
            guard case .words(let reason) = self else { return self }
            return words ? .type(.uint16, isBigEndian: false) : .unsupported(reason)
        }
    }

    /// What a comment behind the header says before the name of the type.
    static let comment = "# kedge dtype: "

    private static let names: [String: TensorType] = [
        "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32,
        "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
    ]

    /// - Parameter comment: the type that a comment of ours names.
    static func meaning(of descr: NumPyLiteral, comment: String?) -> Meaning {
        guard case .string(let text) = descr else {
            return .unsupported("it is an array of structures; save its fields as arrays of their own")
        }
        let order = text.first
        let name = order == "<" || order == ">" || order == "|" || order == "=" ? String(text.dropFirst()) : text
        if let type = names[name] {
            guard order != ">" || type.swappedWidth == 1 else { return .type(type, isBigEndian: true) }
            guard order != "=", order != "|" || type.byteWidth == 1 else {
                return .unsupported("its dtype '\(text)' leaves the byte order open")
            }
            return .type(type, isBigEndian: false)
        }
        switch name.first {
        case "O": return .unsupported("it holds Python objects, which would have to be unpickled, and never are")
        case "S", "a": return .unsupported("it holds byte strings ('\(text.prefix(20))')")
        case "U": return .unsupported("it holds strings ('\(text.prefix(20))')")
        case "M", "m": return .unsupported("it holds dates or durations ('\(text.prefix(20))')")
        case "V":
            if let comment, let type = TensorType(rawValue: comment), let width = type.byteWidth, name == "V\(width)" {
                return .type(type, isBigEndian: false)
            }
            // NumPy's own voids are '|V2': only ml_dtypes writes this one, and its only type of two bytes is bfloat16.
            if text == "<V2" { return .guess(.bfloat16) }
            let reason =
                "its dtype '\(text.prefix(20))' does not say what it holds; save it as a type that NumPy has, or .view(numpy.uint8)"
            return text == "|V2" || text == "V2" ? .words(reason) : .unsupported(reason)
        default:
            // As ml_dtypes saves it, although NumPy cannot read it.
            if text == "<f1" { return .guess(.float8E5M2) }
            return .unsupported("its dtype '\(text.prefix(20))' is none of a tensor")
        }
    }

    /// The `descr` of a type, and whether a comment has to say which one it is; nil where elements share bytes.
    static func descr(of type: TensorType) -> (text: String, needsComment: Bool)? {
        guard let width = type.byteWidth else { return nil }
        switch type {
        case .bfloat16: return ("<V2", true)
        case .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: return ("|V1", true)
        default: break
        }
        guard let name = names.first(where: { $0.value == type })?.key else { return nil }
        return ((width == 1 ? "|" : "<") + name, false)
    }
}
