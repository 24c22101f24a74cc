import CHDF5
public import Tensors

/// A dataset inside a file. It keeps the file open.
///
/// A *row* is what one index of the first dimension selects; a dataset of rank 0 has one row of one element.
public struct HDF5Dataset: ~Copyable, Sendable, HDF5Object {
    /// Where the dataset lives.
    public let reference: HDF5ObjectReference

    init(_ reference: HDF5ObjectReference) {
        self.reference = reference
    }

    deinit {
        reference.release()
    }

    /// The type of the values.
    public func valueType() throws(HDF5Error) -> HDF5ValueType {
        try withType { type in HDF5ValueType(datatype: type) }
    }

    /// The type of the elements, or nil if they are not numbers.
    public func elementType() throws(HDF5Error) -> ElementType? {
        if case .element(let type) = try valueType() { return type }
        return nil
    }

    /// Whether the values are strings.
    public func isString() throws(HDF5Error) -> Bool {
        switch try valueType() {
        case .variableString, .fixedString: true
        default: false
        }
    }

    /// The extent of each dimension; empty for a scalar.
    ///
    /// - Throws: `unsupportedType` for a null dataspace, `limitExceeded` if the number of elements overflows.
    public func shape() throws(HDF5Error) -> [Int] {
        try extent().shape
    }

    /// Whether rows can be appended.
    public func isExtendable() throws(HDF5Error) -> Bool {
        try extent().isExtendable
    }

    private func extent() throws(HDF5Error) -> (shape: [Int], isExtendable: Bool) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        let space = try reference.identifier(H5Dget_space(reference.id), .corrupt, "its dataspace cannot be read")
        defer { H5Sclose(space) }
        return try reference.extent(ofSpace: space)
    }

    /// The extent of one chunk, or nil if the dataset is not chunked.
    public func chunkShape() throws(HDF5Error) -> [Int]? {
        try withCreationProperties { properties throws(HDF5Error) in
            guard H5Pget_layout(properties) == H5D_CHUNKED else { return nil }
            var extents = [hsize_t](repeating: 0, count: Int(H5S_MAX_RANK))
            let rank = H5Pget_chunk(properties, Int32(extents.count), &extents)
            guard rank > 0, rank <= extents.count else {
                throw reference.failure(.corrupt, "the shape of its chunks cannot be read")
            }
            return extents[..<Int(rank)].map { Int(clamping: $0) }
        }
    }

    /// The filters that each chunk passes through when it is written, in that order.
    public func filters() throws(HDF5Error) -> [HDF5Filter] {
        try withCreationProperties { properties throws(HDF5Error) in
            let count = H5Pget_nfilters(properties)
            guard count >= 0 else { throw reference.failure(.corrupt, "its filters cannot be read") }
            var filters: [HDF5Filter] = []
            for index in 0..<UInt32(count) {
                var flags: UInt32 = 0
                var values = [UInt32](repeating: 0, count: 8)
                var valueCount = values.count
                var name = [CChar](repeating: 0, count: 128)
                let id = H5Pget_filter2(
                    properties, index, &flags, &valueCount, &values, name.count - 1, &name, nil)
                guard id >= 0 else { throw reference.failure(.corrupt, "its filters cannot be read") }
                switch id {
                case H5Z_FILTER_SHUFFLE: filters.append(.shuffle)
                case H5Z_FILTER_DEFLATE: filters.append(.deflate(level: Int(values[0])))
                case H5Z_FILTER_FLETCHER32: filters.append(.fletcher32)
                default:
                    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                    filters.append(.other(id: Int(id), name: String(decoding: bytes, as: UTF8.self)))
                }
            }
            return filters
        }
    }

    /// Calls `body` with the type of the file, the lock held.
    func withType<Result>(_ body: (hid_t) throws(HDF5Error) -> Result) throws(HDF5Error) -> Result {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        let type = try reference.identifier(H5Dget_type(reference.id), .corrupt, "its type cannot be read")
        defer { H5Tclose(type) }
        return try body(type)
    }

    /// Calls `body` with what the dataset was made with, the lock held.
    func withCreationProperties<Result>(
        _ body: (hid_t) throws(HDF5Error) -> Result
    ) throws(HDF5Error) -> Result {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireOpen()
        let properties = try reference.identifier(
            H5Dget_create_plist(reference.id), .corrupt, "its creation properties cannot be read")
        defer { H5Pclose(properties) }
        return try body(properties)
    }

    /// Data in other files would let a file name what the process reads.
    func refuseForeignStorage() throws(HDF5Error) {
        try withCreationProperties { properties throws(HDF5Error) in
            if H5Pget_layout(properties) == H5D_VIRTUAL {
                throw reference.error(.externalStorage, "is a virtual dataset over other files; copy its data first")
            }
            if H5Pget_external_count(properties) > 0 {
                throw reference.error(.externalStorage, "keeps its data in another file; copy its data first")
            }
        }
    }

    /// Before any data is read: filters that are there, chunks that fit into the limit.
    func requireReadable(limit: Int) throws(HDF5Error) {
        for case .other(let id, let name) in try filters() where H5Zfilter_avail(H5Z_filter_t(id)) <= 0 {
            let label = name.isEmpty ? "\(id)" : "\(id) '\(name)'"
            throw reference.error(.unsupportedFilter, "needs filter \(label), which is not built in; repack with gzip")
        }
        guard let chunk = try chunkShape() else { return }
        let width = try withType { type in H5Tget_size(type) }
        if try reference.byteCount(of: chunk, width: width) > limit {
            throw reference.error(.limitExceeded, "one chunk \(chunk) is larger than the limit of \(limit) bytes")
        }
    }
}

/// A step of the pipeline that chunks pass through.
public enum HDF5Filter: Sendable, Hashable {
    /// Transposes the bytes of the elements, so that like bytes are neighbours.
    case shuffle
    /// zlib at that level.
    case deflate(level: Int)
    /// A checksum.
    case fletcher32
    /// Any other registered filter.
    case other(id: Int, name: String)
}

extension HDF5ObjectReference {
    /// The shape of a dataspace, its number of elements checked against overflow. Lock held.
    func extent(ofSpace space: hid_t) throws(HDF5Error) -> (shape: [Int], isExtendable: Bool) {
        switch H5Sget_simple_extent_type(space) {
        case H5S_SCALAR: return ([], false)
        case H5S_SIMPLE: break
        case H5S_NULL: throw error(.unsupportedType, "has a null dataspace: no values")
        default: throw failure(.corrupt, "its dataspace cannot be read")
        }
        let rank = Int(H5Sget_simple_extent_ndims(space))
        guard rank > 0, rank <= Int(H5S_MAX_RANK) else { throw failure(.corrupt, "its rank \(rank) is not 0...32") }
        var extents = [hsize_t](repeating: 0, count: rank)
        var maxima = extents
        try check(H5Sget_simple_extent_dims(space, &extents, &maxima), .corrupt, "its extent cannot be read")
        let shape = extents.map { Int(clamping: $0) }
        _ = try byteCount(of: shape, width: 8)
        return (shape, maxima[0] == chdf5_unlimited())
    }

    /// The product of a shape and a width, or `limitExceeded` if it overflows.
    func byteCount(of shape: some Collection<Int>, width: Int) throws(HDF5Error) -> Int {
        var product = width
        // A zero anywhere makes the product zero, but the other factors must still be sane.
        for extent in shape where extent != 0 {
            let (next, overflows) = product.multipliedReportingOverflow(by: extent)
            if overflows { throw error(.limitExceeded, "its extent \(Array(shape)) overflows") }
            product = next
        }
        return shape.contains(0) ? 0 : product
    }
}
