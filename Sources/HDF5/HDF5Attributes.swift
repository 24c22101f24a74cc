import CHDF5
import Tensors

extension HDF5Object where Self: ~Copyable {
    /// The names of the attributes, in the order of their bytes.
    ///
    /// - Throws: `invalidUTF8` for a name that is not, `corrupt`.
    public func attributeNames() throws(HDF5Error) -> [String] {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        let found = NameCollector()
        let status = chdf5_visit_attributes(reference.id, NameCollector.visit, found.context)
        try reference.check(status, .corrupt, "its attributes cannot be listed")
        var names: [String] = []
        for (bytes, _) in found.sortedEntries() {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw reference.error(.invalidUTF8, "the name of an attribute is not valid UTF-8")
            }
            names.append(name)
        }
        return names
    }

    /// Whether there is such an attribute.
    public func hasAttribute(_ name: String) throws(HDF5Error) -> Bool {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        return try reference.hasAttribute(name)
    }

    /// The type of an attribute's values, and its shape; an empty shape is a scalar.
    ///
    /// - Throws: `notFound`, `corrupt`, `unsupportedType` for a null dataspace.
    public func attributeType(_ name: String) throws(HDF5Error) -> (type: HDF5ValueType, shape: [Int]) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let attribute = try OpenAttribute(reference, name)
        defer { attribute.close() }
        return (attribute.valueType, attribute.shape)
    }

    /// A scalar string, variable-length or fixed; also an array of one string.
    ///
    /// - Throws: `notFound`, `wrongType`, `shapeMismatch`, `limitExceeded`, `invalidUTF8`, `readFailed`.
    public func stringAttribute(
        _ name: String, limit: Int = HDF5File.defaultReadLimit
    ) throws(HDF5Error) -> String {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let attribute = try OpenAttribute(reference, name)
        defer { attribute.close() }
        return try attribute.readString(limit: limit)
    }

    /// A scalar integer of any width, or a boolean as 0 or 1.
    ///
    /// - Throws: `notFound`, `wrongType`, `shapeMismatch`, `outOfRange` above `Int.max`, `readFailed`.
    public func integerAttribute(_ name: String) throws(HDF5Error) -> Int {
        try reference.single(integerArrayAttribute(name), attribute: name)
    }

    /// A scalar floating-point number of any width.
    ///
    /// - Throws: `notFound`, `wrongType`, `shapeMismatch`, `readFailed`.
    public func doubleAttribute(_ name: String) throws(HDF5Error) -> Double {
        try reference.single(doubleArrayAttribute(name), attribute: name)
    }

    /// Integers of any width, row-major.
    ///
    /// - Throws: `notFound`, `wrongType`, `outOfRange` above `Int.max`, `limitExceeded`, `readFailed`.
    public func integerArrayAttribute(
        _ name: String, limit: Int = HDF5File.defaultReadLimit
    ) throws(HDF5Error) -> [Int] {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let attribute = try OpenAttribute(reference, name)
        defer { attribute.close() }
        switch attribute.valueType {
        case .element(.uint64), .enumeration(.uint64):
            // libhdf5 would clamp what does not fit.
            var values: [Int] = []
            for value in try attribute.read(UInt64.self, limit: limit) {
                guard let value = Int(exactly: value) else {
                    throw reference.error(.outOfRange, "\(value) is above \(Int.max)", attribute: name)
                }
                values.append(value)
            }
            return values
        case .element(let type) where !type.isFloatingPoint, .enumeration(let type):
            _ = type
            return try attribute.read(Int64.self, limit: limit).map { Int($0) }
        case let type:
            throw reference.error(.wrongType, "holds \(type), not integers", attribute: name)
        }
    }

    /// Floating-point numbers of any width, row-major.
    ///
    /// - Throws: `notFound`, `wrongType`, `limitExceeded`, `readFailed`.
    public func doubleArrayAttribute(
        _ name: String, limit: Int = HDF5File.defaultReadLimit
    ) throws(HDF5Error) -> [Double] {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let attribute = try OpenAttribute(reference, name)
        defer { attribute.close() }
        guard case .element(let type) = attribute.valueType, type.isFloatingPoint else {
            let detail = "holds \(attribute.valueType), not floating-point numbers"
            throw reference.error(.wrongType, detail, attribute: name)
        }
        return try attribute.read(Double.self, limit: limit)
    }

    /// Writes a scalar variable-length UTF-8 string of any length, replacing what is there.
    ///
    /// - Throws: `embeddedNUL`, `invalidName`, `writeFailed`.
    public func setAttribute(_ name: String, to value: String) throws(HDF5Error) {
        if value.utf8.contains(0) {
            throw reference.error(.embeddedNUL, "holds a NUL, where HDF5 would end it", attribute: name)
        }
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        let type = HDF5ValueType.stringType(size: nil)
        if type < 0 { throw reference.writeFailure("no string type", attribute: name) }
        defer { H5Tclose(type) }
        try CStrings([value]).withPointers { pointers in
            Result { () throws(HDF5Error) in
                try reference.writeAttribute(name, type: type, count: nil, from: pointers)
            }
        }.get()
    }

    /// Writes a scalar `int64`, replacing what is there.
    ///
    /// - Throws: `invalidName`, `writeFailed`.
    public func setAttribute(_ name: String, to value: Int) throws(HDF5Error) {
        try setNumbers(name, [Int64(value)], isScalar: true)
    }

    /// Writes a scalar `float64`, replacing what is there.
    ///
    /// - Throws: `invalidName`, `writeFailed`.
    public func setAttribute(_ name: String, to value: Double) throws(HDF5Error) {
        try setNumbers(name, [value], isScalar: true)
    }

    /// Writes `int64` values as a vector, replacing what is there.
    ///
    /// - Throws: `invalidName`, `writeFailed`.
    public func setAttribute(_ name: String, to values: [Int]) throws(HDF5Error) {
        try setNumbers(name, values.map { Int64($0) }, isScalar: false)
    }

    /// Writes `float64` values as a vector, replacing what is there.
    ///
    /// - Throws: `invalidName`, `writeFailed`.
    public func setAttribute(_ name: String, to values: [Double]) throws(HDF5Error) {
        try setNumbers(name, values, isScalar: false)
    }

    private func setNumbers<T: TensorElement>(_ name: String, _ values: [T], isScalar: Bool) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        let type = HDF5ValueType.memoryType(T.elementType)
        if type < 0 { throw reference.writeFailure("no type \(T.elementType.name)", attribute: name) }
        defer { H5Tclose(type) }
        try reference.writeAttribute(name, type: type, count: isScalar ? nil : values.count, from: values)
    }
}

extension ElementType {
    fileprivate var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }
}

// Lock held.
extension HDF5ObjectReference {
    func hasAttribute(_ name: String) throws(HDF5Error) -> Bool {
        try requireOpen()
        if name.isEmpty || name.utf8.contains(0) {
            throw error(.invalidName, "the name of an attribute is empty or holds a NUL")
        }
        let found = H5Aexists(id, name)
        if found < 0 { throw failure(.corrupt, "cannot be looked up", attribute: name) }
        return found > 0
    }

    fileprivate func single<Value>(_ values: [Value], attribute: String) throws(HDF5Error) -> Value {
        guard let value = values.first, values.count == 1 else {
            throw error(.shapeMismatch, "holds \(values.count) values, not one", attribute: attribute)
        }
        return value
    }

    fileprivate func writeAttribute(
        _ name: String, type: hid_t, count: Int?, from values: UnsafeRawPointer
    ) throws(HDF5Error) {
        if try hasAttribute(name), H5Adelete(id, name) < 0 {
            throw writeFailure("cannot be replaced", attribute: name)
        }
        var extent = hsize_t(count ?? 1)
        let space = count == nil ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nil)
        defer { H5Sclose(space) }
        let creation = H5Pcreate(chdf5_attribute_create_class())
        defer { H5Pclose(creation) }
        guard space >= 0, creation >= 0, H5Pset_char_encoding(creation, H5T_CSET_UTF8) >= 0 else {
            throw writeFailure("its properties cannot be set", attribute: name)
        }
        let attribute = H5Acreate2(id, name, type, space, creation, chdf5_default_properties())
        if attribute < 0 { throw writeFailure("cannot be created", attribute: name) }
        defer { H5Aclose(attribute) }
        if count != 0, H5Awrite(attribute, type, values) < 0 {
            throw writeFailure("cannot be written", attribute: name)
        }
    }
}

/// An attribute that is being read. Lock held.
private struct OpenAttribute {
    let object: HDF5ObjectReference
    let name: String
    let id: hid_t
    let datatype: hid_t
    let valueType: HDF5ValueType
    let shape: [Int]
    let count: Int

    init(_ object: HDF5ObjectReference, _ name: String) throws(HDF5Error) {
        guard try object.hasAttribute(name) else {
            throw object.error(.notFound, "there is no such attribute", attribute: name)
        }
        let id = H5Aopen(object.id, name, chdf5_default_properties())
        if id < 0 { throw object.failure(.corrupt, "cannot be opened", attribute: name) }
        let datatype = H5Aget_type(id)
        let space = H5Aget_space(id)
        defer { if space >= 0 { H5Sclose(space) } }
        do throws(HDF5Error) {
            if datatype < 0 || space < 0 {
                throw object.failure(.corrupt, "its type or dataspace cannot be read", attribute: name)
            }
            let labelled = HDF5ObjectReference(file: object.file, id: object.id, path: object.path + "@" + name)
            shape = try labelled.extent(ofSpace: space).shape
            count = try labelled.byteCount(of: shape, width: 1)
        } catch {
            if datatype >= 0 { H5Tclose(datatype) }
            H5Aclose(id)
            throw error
        }
        self.object = object
        self.name = name
        self.id = id
        self.datatype = datatype
        valueType = HDF5ValueType(datatype: datatype)
    }

    func close() {
        H5Tclose(datatype)
        H5Aclose(id)
    }

    func requireBytes(_ count: Int, limit: Int) throws(HDF5Error) {
        if count > limit {
            throw object.error(.limitExceeded, "takes \(count) bytes, more than \(limit)", attribute: name)
        }
    }

    func read<T: TensorElement>(_ type: T.Type, limit: Int) throws(HDF5Error) -> [T] {
        // libhdf5 converts in a buffer that holds the wider of both types.
        let width = max(T.elementType.byteWidth, H5Tget_size(datatype))
        try requireBytes(object.byteCount(of: [count], width: width), limit: limit)
        if count == 0 { return [] }
        let memory = HDF5ValueType.memoryType(T.elementType)
        defer { H5Tclose(memory) }
        var values = [T](repeating: .zero, count: count)
        if H5Aread(id, memory, &values) < 0 {
            throw object.failure(.readFailed, "cannot be read", attribute: name)
        }
        return values
    }

    func readString(limit: Int) throws(HDF5Error) -> String {
        guard count == 1 else {
            throw object.error(.shapeMismatch, "holds \(count) values, not one", attribute: name)
        }
        switch valueType {
        case .variableString: return try readVariable(limit: limit)
        case .fixedString(let width): return try readFixed(width: width, limit: limit)
        default: throw object.error(.wrongType, "holds \(valueType), not a string", attribute: name)
        }
    }

    private func readVariable(limit: Int) throws(HDF5Error) -> String {
        let memory = HDF5ValueType.referenceType()
        defer { H5Tclose(memory) }
        var heap = try GlobalHeap(
            HDF5ObjectReference(file: object.file, id: object.id, path: object.path + "@" + name), limit: limit)
        var bytes = [UInt8](repeating: 0, count: StringReference.byteCount)
        if H5Aread(id, memory, &bytes) < 0 {
            throw object.failure(.readFailed, "cannot be read", attribute: name)
        }
        return try heap.string(StringReference(bytes, at: 0), index: 0)
    }

    private func readFixed(width: Int, limit: Int) throws(HDF5Error) -> String {
        try requireBytes(width, limit: limit)
        let memory = HDF5ValueType.stringType(size: width, encoding: H5Tget_cset(datatype))
        defer { H5Tclose(memory) }
        var bytes = [UInt8](repeating: 0, count: width)
        if H5Aread(id, memory, &bytes) < 0 {
            throw object.failure(.readFailed, "cannot be read", attribute: name)
        }
        return try decode(bytes.prefix { $0 != 0 })
    }

    private func decode(_ bytes: some Collection<UInt8>) throws(HDF5Error) -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw object.error(.invalidUTF8, "is not valid UTF-8", attribute: name)
        }
        return string
    }
}
