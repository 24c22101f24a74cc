import CHDF5

extension HDF5Dataset {
    /// Reads rows of strings, variable-length or fixed, row-major.
    ///
    /// HDF5 ends a string at its first NUL; padding of fixed-length strings is removed.
    ///
    /// - Parameters:
    ///   - rows: a range of the first dimension; nil: all.
    ///   - limit: the bytes that the text together with 16 per string may take.
    /// - Throws: `wrongType`, `outOfRange`, `limitExceeded`, `invalidUTF8`, `unsupportedFilter`, `readFailed`.
    public func readStrings(
        rows: Range<Int>? = nil, limit: Int = HDF5File.defaultReadLimit
    ) throws(HDF5Error) -> [String] {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let selection = try RowSelection(self, rows: rows)
        defer { selection.close() }
        let stored = try reference.identifier(H5Dget_type(reference.id), .corrupt, "its type cannot be read")
        defer { H5Tclose(stored) }
        let overhead = try reference.byteCount(of: [selection.elementCount], width: 16)
        if overhead > limit {
            throw reference.error(
                .limitExceeded, "\(selection.elementCount) strings exceed the limit of \(limit) bytes; read fewer rows")
        }
        try requireReadable(limit: limit)
        if selection.elementCount == 0 { return [] }
        switch HDF5ValueType(datatype: stored) {
        case .variableString:
            return try readVariable(selection, limit: limit - overhead)
        case .fixedString(let width):
            return try readFixed(selection, encoding: H5Tget_cset(stored), width: width, limit: limit - overhead)
        case let type:
            throw reference.error(.wrongType, "holds \(type), not strings")
        }
    }

    /// Writes rows of strings into the present extent.
    ///
    /// - Throws: `embeddedNUL`, `wrongType` unless the dataset holds variable-length strings, `shapeMismatch`,
    ///   `outOfRange`, `writeFailed`.
    public func writeStrings(_ strings: [String], atRow row: Int = 0) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try requireVariableStrings(strings)
        let selection = try RowSelection(self, elementCount: strings.count, atRow: row)
        defer { selection.close() }
        if strings.isEmpty { return }
        let stored = try reference.identifier(H5Dget_type(reference.id), .corrupt, "its type cannot be read")
        defer { H5Tclose(stored) }
        let type = try reference.identifier(
            HDF5ValueType.stringType(size: nil, encoding: H5Tget_cset(stored)), .writeFailed, "no string type")
        defer { H5Tclose(type) }
        let status = CStrings(strings).withPointers { pointers in
            H5Dwrite(reference.id, type, selection.memory, selection.file, chdf5_default_properties(), pointers)
        }
        if status < 0 { throw reference.writeFailure("\(strings.count) strings cannot be written at row \(row)") }
    }

    /// Appends strings to an extendable dataset. One call for many strings is far cheaper than many calls.
    ///
    /// - Throws: `shapeMismatch` if the dataset is not extendable, and as ``writeStrings(_:atRow:)``.
    public func appendStrings(_ strings: [String]) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try requireVariableStrings(strings)
        let row = try extend(byElements: strings.count)
        try writeStrings(strings, atRow: row)
    }

    private func requireVariableStrings(_ strings: [String]) throws(HDF5Error) {
        try reference.requireWritable()
        let type = try valueType()
        guard type == .variableString else {
            throw reference.error(.wrongType, "holds \(type), not variable-length strings")
        }
        if let index = strings.firstIndex(where: { $0.utf8.contains(0) }) {
            throw reference.error(.embeddedNUL, "string \(index) holds a NUL, where HDF5 would end it")
        }
    }

    private func readVariable(_ selection: RowSelection, limit: Int) throws(HDF5Error) -> [String] {
        let type = try reference.identifier(HDF5ValueType.referenceType(), .readFailed, "no reference type")
        defer { H5Tclose(type) }
        var heap = try GlobalHeap(reference, limit: limit)
        var bytes = [UInt8](repeating: 0, count: selection.elementCount * StringReference.byteCount)
        let status = H5Dread(
            reference.id, type, selection.memory, selection.file, chdf5_default_properties(), &bytes)
        try reference.check(status, .readFailed, "its strings cannot be read")
        var strings: [String] = []
        strings.reserveCapacity(selection.elementCount)
        for start in stride(from: 0, to: bytes.count, by: StringReference.byteCount) {
            try strings.append(heap.string(StringReference(bytes, at: start), index: strings.count))
        }
        return strings
    }

    private func readFixed(
        _ selection: RowSelection, encoding: H5T_cset_t, width: Int, limit: Int
    ) throws(HDF5Error) -> [String] {
        let count = try reference.byteCount(of: [selection.elementCount], width: width)
        guard width > 0, count <= limit else {
            throw reference.error(
                .limitExceeded, "\(selection.elementCount) strings of \(width) bytes exceed the limit; read fewer rows")
        }
        let type = try reference.identifier(
            HDF5ValueType.stringType(size: width, encoding: encoding), .readFailed, "no string type")
        defer { H5Tclose(type) }
        var bytes = [UInt8](repeating: 0, count: count)
        let status = H5Dread(
            reference.id, type, selection.memory, selection.file, chdf5_default_properties(), &bytes)
        try reference.check(status, .readFailed, "its strings cannot be read")
        var strings: [String] = []
        strings.reserveCapacity(selection.elementCount)
        for start in stride(from: 0, to: count, by: width) {
            let field = bytes[start..<start + width].prefix { $0 != 0 }
            guard let string = String(validating: field, as: UTF8.self) else {
                throw reference.error(.invalidUTF8, "string \(start / width) of those read is not valid UTF-8")
            }
            strings.append(string)
        }
        return strings
    }
}

/// Strings without NUL, as C wants them: one block of bytes and where each string starts in it.
struct CStrings {
    private var bytes: [UInt8] = []
    private var starts: [Int] = []

    init(_ strings: [String]) {
        starts.reserveCapacity(strings.count)
        bytes.reserveCapacity(strings.reduce(0) { $0 + $1.utf8.count + 1 })
        for string in strings {
            starts.append(bytes.count)
            bytes.append(contentsOf: string.utf8)
            bytes.append(0)
        }
    }

    func withPointers<Result>(_ body: ([UnsafePointer<UInt8>?]) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            body(starts.map { start in buffer.baseAddress.map { $0 + start } })
        }
    }
}
