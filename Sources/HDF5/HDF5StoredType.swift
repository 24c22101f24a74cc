import CHDF5
public import Tensors

/// How a dataset stores its elements, as far as tensors go.
public enum HDF5StoredType: Sendable, Hashable {
    /// Elements of a tensor: numbers, h5py's booleans (an enumeration of FALSE and TRUE), h5py's complex numbers (a pair of
    /// `r` and `i`).
    case tensor(TensorType, isBigEndian: Bool)
    /// Bytes without a meaning, so many each.
    case opaque(byteCount: Int)
    /// Anything else, in a few words.
    case other(String)

    /// Classifies a datatype. Lock held.
    init(datatype: hid_t) {
        switch H5Tget_class(datatype) {
        case H5T_OPAQUE: self = .opaque(byteCount: H5Tget_size(datatype))
        case H5T_COMPOUND: self = Self.complex(datatype) ?? .other("compound")
        case H5T_FLOAT:
            guard let fields = FloatFields(datatype), let type = fields.tensorType else {
                self = .other("floating-point number of unusual layout")
                return
            }
            self = .tensor(type, isBigEndian: Self.isBigEndian(datatype))
        default:
            switch HDF5ValueType(datatype: datatype) {
            case .element(let type): self = .tensor(type.tensorType, isBigEndian: Self.isBigEndian(datatype))
            case .enumeration(let type):
                let base = H5Tget_super(datatype)
                defer { H5Tclose(base) }
                let type = Self.isBoolean(datatype) && type.byteWidth == 1 ? TensorType.bool : type.tensorType
                self = .tensor(type, isBigEndian: Self.isBigEndian(base))
            case let type: self = .other(type.description)
            }
        }
    }

    private static func isBigEndian(_ datatype: hid_t) -> Bool {
        H5Tget_size(datatype) > 1 && H5Tget_order(datatype) == H5T_ORDER_BE
    }

    private static func isBoolean(_ datatype: hid_t) -> Bool {
        guard H5Tget_nmembers(datatype) == 2 else { return false }
        let values = (0..<UInt32(2)).map { index -> (String?, UInt8) in
            var value = [UInt8](repeating: 0xFF, count: max(8, H5Tget_size(datatype)))
            guard H5Tget_member_value(datatype, index, &value) >= 0 else { return (nil, 0xFF) }
            return (memberName(datatype, index), value[0])
        }
        return values.contains { $0 == ("FALSE", 0) } && values.contains { $0 == ("TRUE", 1) }
    }

    private static func memberName(_ datatype: hid_t, _ index: UInt32) -> String? {
        guard let name = H5Tget_member_name(datatype, index) else { return nil }
        defer { H5free_memory(name) }
        return String(validatingCString: name)
    }

    private static func complex(_ datatype: hid_t) -> HDF5StoredType? {
        guard H5Tget_nmembers(datatype) == 2, memberName(datatype, 0) == "r", memberName(datatype, 1) == "i" else {
            return nil
        }
        let (real, imaginary) = (H5Tget_member_type(datatype, 0), H5Tget_member_type(datatype, 1))
        defer {
            H5Tclose(real)
            H5Tclose(imaginary)
        }
        guard H5Tget_class(real) == H5T_FLOAT, H5Tequal(real, imaginary) > 0,
            case .tensor(let part, let isBigEndian) = HDF5StoredType(datatype: real)
        else { return nil }
        let width = H5Tget_size(real)
        guard H5Tget_member_offset(datatype, 0) == 0, H5Tget_member_offset(datatype, 1) == width,
            H5Tget_size(datatype) == 2 * width
        else { return nil }
        switch part {
        case .float32: return .tensor(.complex64, isBigEndian: isBigEndian)
        case .float64: return .tensor(.complex128, isBigEndian: isBigEndian)
        default: return nil
        }
    }

    /// The size of an element in bytes; nil for what is no whole number of them, or unknown.
    var byteWidth: Int? {
        switch self {
        case .tensor(let type, _): type.byteWidth
        case .opaque(let count): count
        case .other: nil
        }
    }

    /// The datatype, little-endian; negative where HDF5 has none. The caller closes it. Lock held.
    func makeType() -> hid_t {
        switch self {
        case .opaque(let count):
            let type = count > 0 ? H5Tcreate(H5T_OPAQUE, count) : -1
            if type >= 0 { H5Tset_tag(type, "") }
            return type
        case .other: return -1
        case .tensor(let type, _):
            if let fields = FloatFields(type) { return fields.makeType() }
            switch type {
            case .int8: return HDF5ValueType.memoryType(.int8)
            case .int16: return HDF5ValueType.memoryType(.int16)
            case .int32: return HDF5ValueType.memoryType(.int32)
            case .int64: return HDF5ValueType.memoryType(.int64)
            case .uint8: return HDF5ValueType.memoryType(.uint8)
            case .uint16: return HDF5ValueType.memoryType(.uint16)
            case .uint32: return HDF5ValueType.memoryType(.uint32)
            case .uint64: return HDF5ValueType.memoryType(.uint64)
            case .bool: return Self.makeBoolean()
            case .complex64: return Self.makeComplex(.float32, width: 4)
            case .complex128: return Self.makeComplex(.float64, width: 8)
            default: return -1
            }
        }
    }

    private static func makeBoolean() -> hid_t {
        let base = HDF5ValueType.memoryType(.int8)
        defer { H5Tclose(base) }
        let type = H5Tenum_create(base)
        var (no, yes): (Int8, Int8) = (0, 1)
        guard type >= 0, H5Tenum_insert(type, "FALSE", &no) >= 0, H5Tenum_insert(type, "TRUE", &yes) >= 0 else {
            if type >= 0 { H5Tclose(type) }
            return -1
        }
        return type
    }

    private static func makeComplex(_ part: ElementType, width: Int) -> hid_t {
        let base = HDF5ValueType.memoryType(part)
        defer { H5Tclose(base) }
        let type = H5Tcreate(H5T_COMPOUND, 2 * width)
        guard type >= 0, H5Tinsert(type, "r", 0, base) >= 0, H5Tinsert(type, "i", width, base) >= 0 else {
            if type >= 0 { H5Tclose(type) }
            return -1
        }
        return type
    }
}
