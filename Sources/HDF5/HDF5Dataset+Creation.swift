import CHDF5
public import Tensors

/// How a dataset lies in its file.
public enum HDF5Layout: Sendable, Hashable {
    /// One block of fixed extent.
    case contiguous
    /// Blocks of equal extent, found through an index.
    case chunked(HDF5Chunking)
}

/// The chunks of a dataset.
public struct HDF5Chunking: Sendable, Hashable {
    /// The extent of one chunk, of the dataset's rank; below 4 GiB in bytes.
    public var shape: [Int]
    /// How chunks are compressed; nil: not at all.
    public var compression: HDF5Compression?
    /// Whether rows can be appended without bound.
    public var isExtendable: Bool

    /// Describes chunks.
    public init(shape: [Int], compression: HDF5Compression? = nil, isExtendable: Bool = false) {
        self.shape = shape
        self.compression = compression
        self.isExtendable = isExtendable
    }
}

/// zlib compression of chunks, as every build of HDF5 reads it.
public struct HDF5Compression: Sendable, Hashable {
    /// How a zlib stream is made; all are read alike.
    public enum Method: Sendable, Hashable {
        /// By ``ChunkedWriter``'s own encoder, some three times as fast as level 1 and for numbers nearly as small.
        ///
        /// What repeats is looked for among whole elements, once for all their bytes, and bytes that hardly shrink, such
        /// as those of mantissas, are stored as they are. The file has it as level 1, which is what libhdf5 uses where
        /// it writes such a dataset itself.
        case planes
        /// At a level from 1 (fast) to 9 (small).
        case level(Int)

        /// The level that a file records.
        var recordedLevel: Int {
            switch self {
            case .planes: 1
            case .level(let level): level
            }
        }
    }

    /// How the streams are made.
    public var method: Method
    /// Whether the bytes of the elements are transposed first; pays for numbers, not for strings.
    public var shuffles: Bool

    /// Describes a compression.
    public init(_ method: Method, shuffles: Bool = true) {
        self.method = method
        self.shuffles = shuffles
    }

    /// Describes a compression at a level from 1 (fast) to 9 (small).
    public init(level: Int, shuffles: Bool = true) {
        self.init(.level(level), shuffles: shuffles)
    }
}

extension HDF5Container where Self: ~Copyable {
    /// Creates a dataset of numbers, filled with zero, and the groups on the way to it that are missing.
    ///
    /// - Parameters:
    ///   - path: relative to this container.
    ///   - shape: the extents; empty for a scalar; at most 32.
    /// - Throws: `alreadyExists`, `invalidArgument`, `linkRefused`, `wrongKind`, `writeFailed`.
    public func createDataset(
        _ path: String, of type: ElementType, shape: [Int], layout: HDF5Layout = .contiguous
    ) throws(HDF5Error) -> HDF5Dataset {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        let datatype = try reference.identifier(HDF5ValueType.memoryType(type), .writeFailed, "no type \(type.name)")
        defer { H5Tclose(datatype) }
        return HDF5Dataset(
            try reference.makeDataset(path, datatype: datatype, width: type.byteWidth, shape: shape, layout: layout))
    }

    /// Creates a dataset of variable-length UTF-8 strings, filled with the empty string, and the groups on the way to
    /// it that are missing.
    ///
    /// The text itself is never compressed: chunks hold references to it.
    ///
    /// - Throws: as ``createDataset(_:of:shape:layout:)``.
    public func createStringDataset(
        _ path: String, shape: [Int], layout: HDF5Layout = .contiguous
    ) throws(HDF5Error) -> HDF5Dataset {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        try reference.requireWritable()
        let datatype = try reference.identifier(HDF5ValueType.stringType(size: nil), .writeFailed, "no string type")
        defer { H5Tclose(datatype) }
        return HDF5Dataset(
            try reference.makeDataset(path, datatype: datatype, width: 16, shape: shape, layout: layout))
    }
}

// Lock held.
extension HDF5ObjectReference {
    /// - Parameter isPlaced: whether room is taken at once, and filled with nothing, for data that come without libhdf5.
    func makeDataset(
        _ path: String, datatype: hid_t, width: Int, shape: [Int], layout: HDF5Layout, isPlaced: Bool = false
    ) throws(HDF5Error) -> HDF5ObjectReference {
        let name = try lastComponent(path)
        let target = HDF5ObjectReference(file: file, id: id, path: childPath(path))
        try target.validate(shape, width: width, layout: layout)
        let parent = try parent(ofNew: path)
        try parent.reference.requireAbsent(name)
        let link = try utf8Links()
        defer { H5Pclose(link) }

        var extents = shape.map { hsize_t($0) }
        var maxima = extents
        if case .chunked(let chunking) = layout, chunking.isExtendable { maxima[0] = chdf5_unlimited() }
        let space =
            shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), &extents, &maxima)
        defer { H5Sclose(space) }
        let creation = H5Pcreate(chdf5_dataset_create_class())
        defer { H5Pclose(creation) }
        let access = H5Pcreate(chdf5_dataset_access_class())
        defer { H5Pclose(access) }
        guard space >= 0, creation >= 0, access >= 0, H5Pset_obj_track_times(creation, false) >= 0 else {
            throw target.writeFailure("its properties cannot be set")
        }
        if case .chunked(let chunking) = layout {
            var chunk = chunking.shape.map { hsize_t($0) }
            var status = H5Pset_chunk(creation, Int32(chunk.count), &chunk)
            if let compression = chunking.compression {
                if compression.shuffles, width > 1 { status = min(status, H5Pset_shuffle(creation)) }
                status = min(status, H5Pset_deflate(creation, UInt32(compression.method.recordedLevel)))
            }
            // A chunk that does not fit into the cache would be read, inflated and deflated again at every append.
            let cache = max(1 << 20, 2 * (try byteCount(of: chunking.shape, width: width)))
            status = min(status, H5Pset_chunk_cache(access, 521, cache, 1))
            if status < 0 { throw target.writeFailure("its chunks cannot be set up") }
        }
        if isPlaced {
            var status = H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER)
            if layout == .contiguous { status = min(status, H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY)) }
            if status < 0 { throw target.writeFailure("its properties cannot be set") }
        }
        let made = H5Dcreate2(parent.reference.id, name, datatype, space, link, creation, access)
        if made < 0 { throw target.writeFailure("the dataset cannot be created") }
        return HDF5ObjectReference(file: file, id: made, path: parent.reference.childPath(name))
    }

    private func validate(_ shape: [Int], width: Int, layout: HDF5Layout) throws(HDF5Error) {
        if shape.count > Int(H5S_MAX_RANK) || shape.contains(where: { $0 < 0 }) {
            throw error(.invalidArgument, "the shape \(shape) has a negative extent or more than 32")
        }
        _ = try byteCount(of: shape, width: max(width, 8))
        guard case .chunked(let chunking) = layout else { return }
        if shape.isEmpty || chunking.shape.count != shape.count || chunking.shape.contains(where: { $0 <= 0 }) {
            throw error(.invalidArgument, "chunks \(chunking.shape) do not fit the shape \(shape)")
        }
        for (index, extent) in chunking.shape.enumerated() where extent > shape[index] {
            if index == 0 && chunking.isExtendable { continue }
            throw error(.invalidArgument, "chunks \(chunking.shape) are larger than the fixed shape \(shape)")
        }
        if try byteCount(of: chunking.shape, width: width) >= 1 << 32 {
            throw error(.invalidArgument, "chunks \(chunking.shape) take 4 GiB or more")
        }
        if let level = chunking.compression?.method.recordedLevel, !(1...9).contains(level) {
            throw error(.invalidArgument, "the compression level \(level) is not 1...9")
        }
    }
}
