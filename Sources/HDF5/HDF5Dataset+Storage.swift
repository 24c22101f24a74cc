import CHDF5
import Tensors

/// Where the bytes of a dataset lie, so that they can be read without libhdf5.
public enum HDF5Storage: Sendable, Hashable {
    /// In the header of the dataset; ``HDF5Dataset/storedBytes(limit:)`` reads them.
    case compact
    /// Row-major from that byte of the file on; nil: nothing was written yet, and every element is the fill value.
    case contiguous(offset: Int?)
    /// In chunks.
    case chunked(shape: [Int], chunks: [HDF5StoredChunk])
}

/// One chunk of a dataset that is in its file.
public struct HDF5StoredChunk: Sendable, Hashable {
    /// The indices of the chunk's first element.
    public let origin: [Int]
    /// Where its bytes begin in the file.
    public let offset: Int
    /// How many bytes there are, as they left the filters.
    public let byteCount: Int
    /// Bit `i` set: filter `i` was not applied.
    public let skippedFilters: UInt32
}

extension HDF5Dataset {
    /// How many chunks libhdf5 is asked for one by one: each question goes through all before it.
    private static let fewChunks = 2000
    /// How many chunks it is asked for where the file's index is of a kind that is not read here.
    private static let mostSlowChunks = 20_000

    /// How the elements are stored.
    ///
    /// - Throws: `corrupt`.
    public func storedType() throws(HDF5Error) -> HDF5StoredType {
        try withType { type in HDF5StoredType(datatype: type) }
    }

    /// Where the bytes lie.
    ///
    /// - Throws: `corrupt`, `unsupportedType` for a layout of later versions of HDF5, `limitExceeded` where the index of
    ///   very many chunks cannot be read in reasonable time.
    /// - Complexity: linear in the number of chunks for files as h5py writes them by default.
    public func storage() throws(HDF5Error) -> HDF5Storage {
        try withCreationProperties { properties throws(HDF5Error) in
            switch H5Pget_layout(properties) {
            case H5D_COMPACT: return .compact
            case H5D_CONTIGUOUS:
                let offset = H5Dget_offset(reference.id)
                return .contiguous(offset: offset == chdf5_no_address() ? nil : Int(clamping: offset))
            case H5D_CHUNKED:
                var options: UInt32 = 0
                guard let shape = try chunkShape(), H5Pget_chunk_opts(properties, &options) >= 0 else {
                    throw reference.failure(.corrupt, "the shape of its chunks cannot be read")
                }
                if options != 0 {
                    throw reference.error(
                        .unsupportedType,
                        "keeps the chunks at its edges unfiltered, which is not supported; repack it")
                }
                return .chunked(shape: shape, chunks: try chunks(of: shape))
            default: throw reference.error(.unsupportedType, "its layout is none that is known")
            }
        }
    }

    /// The bytes of all elements as they are stored, row-major, in the byte order of the file.
    ///
    /// - Throws: `limitExceeded`, `readFailed`.
    public func storedBytes(limit: Int) throws(HDF5Error) -> [UInt8] {
        let shape = try shape()
        return try withType { type throws(HDF5Error) in
            let count = try reference.byteCount(of: shape, width: H5Tget_size(type))
            if count > limit { throw reference.error(.limitExceeded, "takes \(count) bytes, more than \(limit)") }
            if count == 0 { return [] }
            var bytes = [UInt8](repeating: 0, count: count)
            // Read as the very type of the file, so that nothing is converted.
            let status = H5Dread(
                reference.id, type, chdf5_whole_space(), chdf5_whole_space(), chdf5_default_properties(), &bytes)
            try reference.check(status, .readFailed, "cannot be read")
            return bytes
        }
    }

    /// The element that stands where nothing was written, as stored; nil: zero.
    ///
    /// - Throws: `corrupt`.
    public func fillValue() throws(HDF5Error) -> [UInt8]? {
        try withCreationProperties { properties throws(HDF5Error) in
            var status = H5D_FILL_VALUE_UNDEFINED
            try reference.check(
                H5Pfill_value_defined(properties, &status), .corrupt, "its fill value cannot be read")
            guard status == H5D_FILL_VALUE_USER_DEFINED else { return nil }
            return try withType { type throws(HDF5Error) in
                let width = H5Tget_size(type)
                guard (1...16).contains(width) else { throw reference.error(.corrupt, "its fill value is too long") }
                var bytes = [UInt8](repeating: 0, count: width)
                try reference.check(
                    H5Pget_fill_value(properties, type, &bytes), .corrupt, "its fill value cannot be read")
                return bytes.contains { $0 != 0 } ? bytes : nil
            }
        }
    }

    /// The distance in bytes that the shuffle filter was set up with; nil: there is no such filter.
    ///
    /// - Throws: `corrupt`.
    public func shuffledWidth() throws(HDF5Error) -> Int? {
        try withCreationProperties { properties throws(HDF5Error) in
            for index in 0..<UInt32(max(0, H5Pget_nfilters(properties))) {
                var flags: UInt32 = 0
                var values = [UInt32](repeating: 0, count: 8)
                var count = values.count
                let id = H5Pget_filter2(properties, index, &flags, &count, &values, 0, nil, nil)
                if id == H5Z_FILTER_SHUFFLE { return count > 0 ? Int(values[0]) : nil }
            }
            return nil
        }
    }

    /// Lock held.
    private func chunks(of chunk: [Int]) throws(HDF5Error) -> [HDF5StoredChunk] {
        let space = try reference.identifier(H5Dget_space(reference.id), .corrupt, "its dataspace cannot be read")
        defer { H5Sclose(space) }
        let rank = chunk.count
        guard rank > 0, !chunk.contains(where: { $0 <= 0 }) else {
            throw reference.error(.corrupt, "the shape of its chunks is damaged")
        }
        var count: hsize_t = 0
        try reference.check(
            H5Dget_num_chunks(reference.id, space, &count), .corrupt, "its chunks cannot be counted")
        if count == 0 { return [] }
        let map = try FileMap(reference)
        // libhdf5 counts the addresses of chunks from the end of a user block in some versions, and from the beginning
        // of the file in others.
        if count > Self.fewChunks || map.base > 0 {
            let tree = ChunkTree(map)
            if let layout = try tree.layoutMessage(at: try reference.address()) {
                if let chunks = try tree.chunks(layout: layout, rank: rank) { return chunks }
                let shape = try reference.extent(ofSpace: space).shape
                if let chunks = try ChunkArray(map, shape: shape, chunk: chunk).chunks(layout: layout) {
                    return chunks
                }
            }
            guard map.base == 0 else {
                throw reference.error(
                    .unsupportedType, "its index of chunks is not read behind a user block; repack it")
            }
        }
        guard count <= Self.mostSlowChunks else {
            throw reference.error(
                .limitExceeded, "has \(count) chunks in an index that is slow to read; repack it in larger chunks")
        }
        var chunks: [HDF5StoredChunk] = []
        chunks.reserveCapacity(Int(count))
        for index in 0..<count {
            var origin = [hsize_t](repeating: 0, count: Int(H5S_MAX_RANK) + 1)
            var (mask, address, size): (UInt32, haddr_t, hsize_t) = (0, 0, 0)
            let status = H5Dget_chunk_info(reference.id, space, index, &origin, &mask, &address, &size)
            try reference.check(status, .corrupt, "the place of chunk \(index) cannot be read")
            guard address != chdf5_no_address() else { continue }
            chunks.append(
                HDF5StoredChunk(
                    origin: origin[..<rank].map { Int(clamping: $0) }, offset: Int(clamping: address),
                    byteCount: Int(clamping: size), skippedFilters: mask))
        }
        return chunks
    }
}

extension HDF5Object where Self: ~Copyable {
    /// Where the object's header lies in its file: two paths that give the same number lead to the same object.
    ///
    /// - Throws: `corrupt`.
    public func address() throws(HDF5Error) -> UInt64 {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        return try reference.address()
    }
}

extension HDF5ObjectReference {
    /// Where the object's header lies, from the end of a user block on. Lock held.
    func address() throws(HDF5Error) -> UInt64 {
        try requireOpen()
        var address: haddr_t = 0
        try check(chdf5_object_address(id, &address), .corrupt, "its place cannot be read")
        return UInt64(address)
    }
}
