import CHDF5
public import Tensors

extension HDF5Dataset {
    /// Reads rows of numbers, row-major.
    ///
    /// Strict about the type: an `int32` dataset is not read as `Int64`. An enumeration reads as its integers.
    ///
    /// - Parameters:
    ///   - rows: a range of the first dimension; nil: all.
    ///   - limit: the bytes that may be allocated.
    /// - Throws: `wrongType`, `outOfRange`, `limitExceeded`, `unsupportedFilter`, `readFailed`.
    /// - Complexity: reads the chunks that the rows touch.
    public func read<T: TensorElement>(
        _ type: T.Type = T.self, rows: Range<Int>? = nil, limit: Int = HDF5File.defaultReadLimit
    ) throws(HDF5Error) -> [T] {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let selection = try RowSelection(self, rows: rows)
        defer { selection.close() }
        let width = T.elementType.byteWidth
        if try reference.byteCount(of: [selection.elementCount], width: width) > limit {
            throw reference.error(
                .limitExceeded, "\(selection.elementCount) elements exceed the limit of \(limit) bytes; read fewer rows"
            )
        }
        try requireElements(T.elementType)
        try requireReadable(limit: limit)
        var failure: HDF5Error?
        let values = [T](unsafeUninitializedCapacity: selection.elementCount) { buffer, count in
            do throws(HDF5Error) {
                try readElements(into: UnsafeMutableRawBufferPointer(buffer), type: T.elementType, selection)
                count = selection.elementCount
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return values
    }

    /// Reads rows of numbers into memory of the caller, starting at `row`; as many as fill it.
    ///
    /// - Parameter chunkLimit: the bytes that one chunk of the file may take.
    /// - Throws: `shapeMismatch` if the memory is not a whole number of rows, and as ``read(_:rows:limit:)``.
    public func read<T: TensorElement>(
        into destination: inout MutableSpan<T>, fromRow row: Int = 0, chunkLimit: Int = HDF5File.defaultReadLimit
    ) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let selection = try RowSelection(self, elementCount: destination.count, atRow: row)
        defer { selection.close() }
        try requireElements(T.elementType)
        try requireReadable(limit: chunkLimit)
        try destination.withUnsafeMutableBufferPointer { buffer throws(HDF5Error) in
            try readElements(into: UnsafeMutableRawBufferPointer(buffer), type: T.elementType, selection)
        }
    }

    /// Writes rows of numbers, row-major, into the present extent.
    ///
    /// - Throws: `wrongType`, `shapeMismatch` if the values are not a whole number of rows, `outOfRange`,
    ///   `writeFailed`.
    public func write<T: TensorElement>(_ values: Span<T>, atRow row: Int = 0) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        try requireElements(T.elementType)
        let selection = try RowSelection(self, elementCount: values.count, atRow: row)
        defer { selection.close() }
        if selection.elementCount == 0 { return }
        let type = try reference.identifier(
            HDF5ValueType.memoryType(T.elementType), .writeFailed, "no type \(T.elementType.name)")
        defer { H5Tclose(type) }
        let status = values.withUnsafeBufferPointer { buffer in
            H5Dwrite(
                reference.id, type, selection.memory, selection.file, chdf5_default_properties(), buffer.baseAddress)
        }
        if status < 0 { throw reference.writeFailure("\(values.count) elements cannot be written at row \(row)") }
    }

    /// Writes rows of numbers; as `write(_:atRow:)` from a span.
    public func write<T: TensorElement>(_ values: [T], atRow row: Int = 0) throws(HDF5Error) {
        // As in ChunkedWriter: an array's literal may be gone before its span is read.
        defer { withExtendedLifetime(values) {} }
        try write(values.span, atRow: row)
    }

    /// Appends rows of numbers to an extendable dataset.
    ///
    /// For long datasets in small pieces use ``ChunkedWriter``.
    ///
    /// - Throws: `shapeMismatch` if the dataset is not extendable or the values are not a whole number of rows, and as
    ///   `write(_:atRow:)`.
    public func append<T: TensorElement>(_ values: Span<T>) throws(HDF5Error) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        try requireElements(T.elementType)
        let row = try extend(byElements: values.count)
        try write(values, atRow: row)
    }

    /// Appends rows of numbers; as ``append(_:)`` from a span.
    public func append<T: TensorElement>(_ values: [T]) throws(HDF5Error) {
        defer { withExtendedLifetime(values) {} }
        try append(values.span)
    }

    /// Adds the rows that hold so many elements and returns the first new one. Lock held.
    func extend(byElements count: Int) throws(HDF5Error) -> Int {
        var shape = try shape()
        guard try isExtendable() else {
            throw reference.error(.shapeMismatch, "has the fixed shape \(shape); create it as extendable")
        }
        let rowCount = try reference.rows(ofElements: count, shape: shape)
        let (newCount, overflows) = shape[0].addingReportingOverflow(rowCount)
        if overflows { throw reference.error(.limitExceeded, "\(rowCount) more rows overflow") }
        let first = shape[0]
        shape[0] = newCount
        try resize(to: shape)
        return first
    }

    /// Lock held.
    func resize(to shape: [Int]) throws(HDF5Error) {
        _ = try reference.byteCount(of: shape, width: 16)
        var extents = shape.map { hsize_t($0) }
        if H5Dset_extent(reference.id, &extents) < 0 { throw reference.writeFailure("cannot grow to \(shape)") }
    }

    /// Lock held.
    func requireElements(_ type: ElementType) throws(HDF5Error) {
        switch try valueType() {
        case .element(type), .enumeration(type): return
        case let stored: throw reference.error(.wrongType, "holds \(stored), not \(type.name)")
        }
    }

    /// Lock held.
    private func readElements(
        into memory: UnsafeMutableRawBufferPointer, type: ElementType, _ selection: RowSelection
    ) throws(HDF5Error) {
        if selection.elementCount == 0 { return }
        let type = try reference.identifier(HDF5ValueType.memoryType(type), .readFailed, "no type \(type.name)")
        defer { H5Tclose(type) }
        let status = H5Dread(
            reference.id, type, selection.memory, selection.file, chdf5_default_properties(), memory.baseAddress)
        try reference.check(status, .readFailed, "its data cannot be read")
    }
}

extension HDF5ObjectReference {
    /// How many rows so many elements make.
    func rows(ofElements count: Int, shape: [Int]) throws(HDF5Error) -> Int {
        let rowSize = try byteCount(of: shape.dropFirst(), width: 1)
        if rowSize == 0 ? count != 0 : count % rowSize != 0 {
            throw error(.shapeMismatch, "\(count) elements are not a whole number of rows of \(rowSize)")
        }
        return rowSize == 0 ? 0 : count / rowSize
    }
}

/// Rows of a dataset and the memory that they fill, as libhdf5 selects them. Used with the lock held.
struct RowSelection {
    let elementCount: Int
    let file: hid_t
    let memory: hid_t

    /// The rows of a range, or all.
    init(_ dataset: borrowing HDF5Dataset, rows: Range<Int>?) throws(HDF5Error) {
        let shape = try dataset.shape()
        try self.init(dataset, shape: shape, rows: rows ?? 0..<(shape.first ?? 1))
    }

    /// As many rows as so many elements make.
    init(_ dataset: borrowing HDF5Dataset, elementCount: Int, atRow row: Int) throws(HDF5Error) {
        let shape = try dataset.shape()
        let rowCount = try dataset.reference.rows(ofElements: elementCount, shape: shape)
        let (end, overflows) = row.addingReportingOverflow(rowCount)
        if row < 0 || overflows {
            throw dataset.reference.error(.outOfRange, "row \(row) is negative or out of range")
        }
        try self.init(dataset, shape: shape, rows: row..<end)
    }

    private init(_ dataset: borrowing HDF5Dataset, shape: [Int], rows: Range<Int>) throws(HDF5Error) {
        let reference = dataset.reference
        let rowCount = shape.first ?? 1
        guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
            throw reference.error(.outOfRange, "rows \(rows) are not all among its \(rowCount)")
        }
        elementCount = try reference.byteCount(of: [rows.count] + shape.dropFirst(), width: 1)
        let file = try reference.identifier(H5Dget_space(reference.id), .corrupt, "its dataspace cannot be read")
        var status: herr_t = 0
        if !shape.isEmpty {
            var start = [hsize_t](repeating: 0, count: shape.count)
            start[0] = hsize_t(rows.lowerBound)
            var count = shape.map { hsize_t($0) }
            count[0] = hsize_t(rows.count)
            status =
                elementCount == 0
                ? H5Sselect_none(file) : H5Sselect_hyperslab(file, H5S_SELECT_SET, start, nil, count, nil)
        }
        var extent = hsize_t(elementCount)
        let memory = H5Screate_simple(1, &extent, nil)
        if status < 0 || memory < 0 {
            let error = reference.failure(.readFailed, "rows \(rows) cannot be selected")
            if memory >= 0 { H5Sclose(memory) }
            H5Sclose(file)
            throw error
        }
        self.file = file
        self.memory = memory
    }

    /// Gives the selections back; once.
    func close() {
        H5Sclose(memory)
        H5Sclose(file)
    }
}
