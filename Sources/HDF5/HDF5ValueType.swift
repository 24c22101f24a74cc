import CHDF5
public import Tensors

/// The type of the values of a dataset or attribute, whatever its byte order.
public enum HDF5ValueType: Sendable, Hashable, CustomStringConvertible {
    /// Numbers.
    case element(ElementType)
    /// Named integers, such as NumPy's booleans; readable as that integer type.
    case enumeration(ElementType)
    /// Strings of any length.
    case variableString
    /// Strings in fields of that many bytes.
    case fixedString(byteCount: Int)
    /// A type without counterpart here: compound, array, reference, an unusual number.
    case other(String)

    /// `int32`, `enumeration of int8`, `variable-length string`.
    public var description: String {
        switch self {
        case .element(let type): type.name
        case .enumeration(let type): "enumeration of \(type.name)"
        case .variableString: "variable-length string"
        case .fixedString(let count): "string of \(count) bytes"
        case .other(let name): name
        }
    }

    /// Classifies a datatype. Lock held.
    init(datatype: hid_t) {
        switch H5Tget_class(datatype) {
        case H5T_INTEGER:
            self = Self.integer(datatype).map { .element($0) } ?? .other("integer of unusual width")
        case H5T_FLOAT:
            self = Self.float(datatype).map { .element($0) } ?? .other("floating-point number of unusual layout")
        case H5T_ENUM:
            let base = H5Tget_super(datatype)
            defer { H5Tclose(base) }
            self = Self.integer(base).map { .enumeration($0) } ?? .other("enumeration of unusual width")
        case H5T_STRING:
            if H5Tis_variable_str(datatype) > 0 {
                self = .variableString
            } else {
                self = .fixedString(byteCount: H5Tget_size(datatype))
            }
        case H5T_COMPOUND: self = .other("compound")
        case H5T_VLEN: self = .other("variable-length sequence")
        case H5T_ARRAY: self = .other("array")
        case H5T_REFERENCE: self = .other("reference")
        case H5T_OPAQUE: self = .other("opaque")
        case H5T_BITFIELD: self = .other("bit field")
        default: self = .other("unknown type")
        }
    }

    private static func integer(_ datatype: hid_t) -> ElementType? {
        let size = H5Tget_size(datatype)
        guard H5Tget_precision(datatype) == size * 8, H5Tget_offset(datatype) == 0 else { return nil }
        switch (size, H5Tget_sign(datatype)) {
        case (1, H5T_SGN_2): return .int8
        case (2, H5T_SGN_2): return .int16
        case (4, H5T_SGN_2): return .int32
        case (8, H5T_SGN_2): return .int64
        case (1, H5T_SGN_NONE): return .uint8
        case (2, H5T_SGN_NONE): return .uint16
        case (4, H5T_SGN_NONE): return .uint32
        case (8, H5T_SGN_NONE): return .uint64
        default: return nil
        }
    }

    private static func float(_ datatype: hid_t) -> ElementType? {
        guard let fields = FloatFields(datatype) else { return nil }
        return [ElementType.float16, .bfloat16, .float32, .float64].first { FloatFields($0) == fields }
    }

    /// The type of values in memory; the caller closes it. Lock held.
    static func memoryType(_ type: ElementType) -> hid_t {
        switch type {
        case .int8: H5Tcopy(chdf5_native_int8())
        case .int16: H5Tcopy(chdf5_native_int16())
        case .int32: H5Tcopy(chdf5_native_int32())
        case .int64: H5Tcopy(chdf5_native_int64())
        case .uint8: H5Tcopy(chdf5_native_uint8())
        case .uint16: H5Tcopy(chdf5_native_uint16())
        case .uint32: H5Tcopy(chdf5_native_uint32())
        case .uint64: H5Tcopy(chdf5_native_uint64())
        case .float32: H5Tcopy(chdf5_native_float())
        case .float64: H5Tcopy(chdf5_native_double())
        case .float16, .bfloat16: FloatFields(type)?.makeType() ?? -1
        }
    }

    /// The 16 bytes that a file holds for a variable-length string; the caller closes it. Lock held.
    static func referenceType() -> hid_t {
        H5Tcreate(H5T_OPAQUE, StringReference.byteCount)
    }

    /// A string type, variable-length if `size` is nil; the caller closes it. Lock held.
    static func stringType(size: Int?, encoding: H5T_cset_t = H5T_CSET_UTF8) -> hid_t {
        let type = H5Tcopy(chdf5_c_string())
        guard type >= 0, H5Tset_size(type, size ?? chdf5_variable_length()) >= 0,
            H5Tset_cset(type, encoding) >= 0,
            H5Tset_strpad(type, size == nil ? H5T_STR_NULLTERM : H5T_STR_NULLPAD) >= 0
        else {
            if type >= 0 { H5Tclose(type) }
            return -1
        }
        return type
    }
}

/// Where the parts of a floating-point number lie: what tells a bfloat16 from a binary16.
struct FloatFields: Equatable {
    var size = 0
    var sign = 0
    var exponent = 0
    var exponentSize = 0
    var mantissa = 0
    var mantissaSize = 0
    var bias = 0

    init?(_ type: ElementType) {
        self.init(type.tensorType)
    }

    /// Those of a type whose sign, exponent and mantissa follow each other, with IEEE 754's bias.
    init?(_ type: TensorType) {
        switch type {
        case .float8E4M3: (size, exponentSize) = (1, 4)
        case .float8E5M2: (size, exponentSize) = (1, 5)
        case .float16: (size, exponentSize) = (2, 5)
        case .bfloat16: (size, exponentSize) = (2, 8)
        case .float32: (size, exponentSize) = (4, 8)
        case .float64: (size, exponentSize) = (8, 11)
        default: return nil
        }
        sign = size * 8 - 1
        mantissaSize = sign - exponentSize
        exponent = mantissaSize
        bias = (1 << (exponentSize - 1)) - 1
    }

    init?(_ datatype: hid_t) {
        guard H5Tget_fields(datatype, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0,
            H5Tget_norm(datatype) == H5T_NORM_IMPLIED, H5Tget_offset(datatype) == 0,
            [H5T_ORDER_LE, H5T_ORDER_BE].contains(H5Tget_order(datatype))
        else { return nil }
        size = H5Tget_size(datatype)
        guard H5Tget_precision(datatype) == size * 8 else { return nil }
        guard let bias = Int(exactly: H5Tget_ebias(datatype)) else { return nil }
        self.bias = bias
    }

    /// The type with these fields; an e4m3 is the one without infinities.
    var tensorType: TensorType? {
        [TensorType.float16, .bfloat16, .float32, .float64, .float8E4M3, .float8E5M2].first { FloatFields($0) == self }
    }

    func makeType() -> hid_t {
        if size == 8 { return HDF5ValueType.memoryType(.float64) }
        let type = H5Tcopy(chdf5_ieee_f32le())
        // The fields first: they must fit the size at each moment, and the size only shrinks.
        guard type >= 0,
            H5Tset_fields(type, sign, exponent, exponentSize, mantissa, mantissaSize) >= 0,
            H5Tset_size(type, size) >= 0, H5Tset_ebias(type, bias) >= 0
        else {
            if type >= 0 { H5Tclose(type) }
            return -1
        }
        return type
    }
}
