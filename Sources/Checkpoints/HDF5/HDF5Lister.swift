import HDF5
import Tensors

/// Walks an HDF5 file with libhdf5. Only where a crash does no harm: in a child process, or for files that are trusted.
struct HDF5Lister {
    static let deepest = 64
    /// The most chunks of all datasets together.
    static let mostChunks = 2_500_000
    /// The most that is said of members that are no datasets of numbers.
    static let mostWarnings = 100_000
    /// The most that a dataset inside its header may take: more than HDF5 lets it.
    static let largestInline = 1 << 16
    static let longestAttribute = 4 << 20
    /// The most that all attributes take together, in bytes.
    static let mostAttributeBytes = 16 << 20
    static let datasetAttributes = ["dtype", "name", "name_json", "shape"]

    private let path: String
    private var listing = HDF5Listing()
    private var groups = Set<UInt64>()
    private var attributeBytes = 0
    private var chunkCount = 0

    /// - Throws: ``CheckpointError`` for what is refused: external links and data, virtual datasets, damage.
    static func list(_ path: String) throws -> HDF5Listing {
        var lister = HDF5Lister(path: path)
        do {
            let file = try HDF5File(reading: path)
            lister.listing.attributes = try lister.attributes(of: file, names: nil)
            try lister.walk(file, prefix: "", depth: 0)
        } catch let error as HDF5Error {
            throw failure(error, path: path)
        }
        return lister.listing
    }

    private init(path: String) {
        self.path = path
    }

    /// An error of the library as one of checkpoints.
    static func failure(_ error: HDF5Error, path: String) -> CheckpointError {
        var text = error.detail
        if let object = error.object { text = "\(object): \(text)" }
        if let cause = error.cause { text += " (libhdf5: \(cause))" }
        switch error.code {
        case .unsupportedFilter, .unsupportedType, .externalStorage, .linkRefused:
            return CheckpointError(.unsupported, path: path, text)
        case .notHDF5: return CheckpointError(.unknownFormat, path: path, text)
        case .limitExceeded: return CheckpointError(.limitExceeded, path: path, text)
        default: return CheckpointError(.malformed, path: path, text)
        }
    }

    private mutating func warn(_ name: String, _ message: String) throws(CheckpointError) {
        guard listing.warnings.count < Self.mostWarnings else {
            throw CheckpointError(
                .limitExceeded, path: path, "has over \(Self.mostWarnings) members that are no datasets of numbers")
        }
        listing.warnings.append(CheckpointWarning(tensor: name, message))
    }

    private mutating func walk(
        _ group: borrowing some HDF5Container & ~Copyable, prefix: String, depth: Int
    ) throws {
        guard depth <= Self.deepest else {
            throw CheckpointError(.limitExceeded, path: path, "has groups more than \(Self.deepest) deep")
        }
        guard groups.insert(try group.address()).inserted else {
            try warn(prefix, "is a group that has another name too; its members are listed once")
            return
        }
        for child in try group.children() {
            let name = prefix.isEmpty ? child.name : "\(prefix)/\(child.name)"
            switch child.kind {
            case .group: try walk(group.openGroup(child.name), prefix: name, depth: depth + 1)
            case .dataset: try add(group.openDataset(child.name), name: name)
            case .externalLink:
                throw CheckpointError(
                    .unsupported, path: path, tensor: name, "is a link to another file, which is never followed")
            case .softLink: try warn(name, "is a soft link, which is not followed")
            case .namedType, .otherLink: try warn(name, "is no dataset")
            }
        }
    }

    private mutating func add(_ dataset: borrowing HDF5Dataset, name: String) throws {
        let shape: [Int]
        do throws(HDF5Error) {
            shape = try dataset.shape()
        } catch {
            guard error.code == .unsupportedType else { throw error }
            return try warn(name, "holds no values")
        }
        var entry = HDF5Listing.Dataset(
            path: name, type: .opaque(1), shape: shape, storage: .unread(reason: ""),
            attributes: try attributes(of: dataset, names: Self.datasetAttributes))
        var width = 1
        switch try dataset.storedType() {
        case .tensor(let type, let isBigEndian):
            entry.type = .tensor(type)
            entry.isBigEndian = isBigEndian
            width = type.byteWidth ?? 1
        case .opaque(let count) where count <= 16 && entry.attribute("dtype") != nil:
            entry.type = .opaque(count)
            width = count
        case .opaque: return try warn(name, "holds opaque values, not numbers")
        case .other(let type): return try warn(name, "holds values of type \(type), not numbers")
        }
        guard listing.datasets.count < Checkpoint.mostTensors else {
            throw Checkpoint.tooManyTensors(path: path)
        }
        entry.storage = try storage(of: dataset, shape: shape, width: width)
        if case .chunked(let place) = entry.storage { chunkCount += place.chunks.count }
        guard chunkCount <= Self.mostChunks else {
            throw CheckpointError(
                .limitExceeded, path: path, tensor: name,
                "with it the file has over \(Self.mostChunks) chunks; repack it in larger ones")
        }
        listing.datasets.append(entry)
    }

    private func storage(of dataset: borrowing HDF5Dataset, shape: [Int], width: Int) throws -> HDF5Listing.Storage {
        let isEmpty = shape.contains(0)
        switch try dataset.storage() {
        case .compact: return .inline(try dataset.storedBytes(limit: Self.largestInline))
        case .contiguous where isEmpty: return .inline([])
        case .contiguous(let offset?): return .contiguous(offset: offset)
        case .contiguous(nil):
            let fill = try dataset.fillValue() ?? []
            if shape.isEmpty { return .inline(fill.isEmpty ? [UInt8](repeating: 0, count: width) : fill) }
            let unit = [Int](repeating: 1, count: shape.count)
            return .chunked(
                ChunkedStorage(file: 0, chunkShape: unit, filters: [], chunks: [], fillValue: fill))
        case .chunked(let chunkShape, let chunks):
            var filters: [ChunkedStorage.Filter] = []
            for filter in try dataset.filters() {
                switch filter {
                case .shuffle: filters.append(.shuffle)
                case .deflate: filters.append(.deflate)
                case .fletcher32: filters.append(.fletcher32)
                case .other(let id, let name):
                    let label = name.isEmpty ? "\(id)" : "\(id) '\(name)'"
                    return .unread(reason: "it needs filter \(label), which is not supported; repack it with gzip")
                }
            }
            if let shuffled = try dataset.shuffledWidth(), shuffled != width {
                return .unread(reason: "its shuffle filter is set up for elements of \(shuffled) bytes, not \(width)")
            }
            if isEmpty { return .inline([]) }
            return .chunked(
                ChunkedStorage(
                    file: 0, chunkShape: chunkShape, filters: filters,
                    chunks: try number(chunks, chunkShape: chunkShape, shape: shape),
                    fillValue: try dataset.fillValue() ?? []))
        }
    }

    /// Numbers chunks by their places in the grid; those beyond the extent, which a shrunk dataset may leave, are no part of it.
    private func number(
        _ chunks: [HDF5StoredChunk], chunkShape: [Int], shape: [Int]
    ) throws(CheckpointError) -> [ChunkedStorage.Chunk] {
        var result: [ChunkedStorage.Chunk] = []
        result.reserveCapacity(chunks.count)
        chunks: for chunk in chunks {
            var number = 0
            for (axis, extent) in shape.enumerated() {
                let step = max(1, chunkShape[axis])
                guard chunk.origin[axis] < extent else { continue chunks }
                let (index, count) = (chunk.origin[axis] / step, (extent - 1) / step + 1)
                let (scaled, overflows) = number.multipliedReportingOverflow(by: count)
                guard !overflows, chunk.origin[axis] % step == 0 else {
                    throw CheckpointError(.malformed, path: path, "its index of chunks is damaged")
                }
                number = scaled &+ index
            }
            result.append(
                ChunkedStorage.Chunk(
                    number: number, offset: chunk.offset, byteCount: chunk.byteCount,
                    skippedFilters: chunk.skippedFilters))
        }
        return result.sorted { $0.number < $1.number }
    }

    /// The strings and integers among an object's attributes.
    ///
    /// - Parameter names: those wanted; nil: all.
    private mutating func attributes(
        of object: borrowing some HDF5Object & ~Copyable, names: [String]?
    ) throws -> [(key: String, value: String)] {
        var result: [(key: String, value: String)] = []
        for name in try object.attributeNames() where names?.contains(name) ?? true {
            let counted = result.count
            switch try object.attributeType(name).type {
            case .variableString, .fixedString:
                do throws(HDF5Error) {
                    result.append((name, try object.stringAttribute(name, limit: Self.longestAttribute)))
                } catch {
                    // Lists of strings, and text in other encodings: nothing here depends on them.
                    guard error.code == .shapeMismatch || error.code == .invalidUTF8 else { throw error }
                }
            case .element, .enumeration:
                do throws(HDF5Error) {
                    let values = try object.integerArrayAttribute(name, limit: 4096)
                    result.append((name, values.map { "\($0)" }.joined(separator: ",")))
                } catch {
                    guard [.wrongType, .outOfRange, .limitExceeded].contains(error.code) else { throw error }
                }
            case .other: break
            }
            if result.count > counted, let last = result.last {
                attributeBytes += last.key.utf8.count + last.value.utf8.count
            }
            guard attributeBytes <= Self.mostAttributeBytes else {
                throw CheckpointError(
                    .limitExceeded, path: path, "has attributes of over \(Self.mostAttributeBytes) bytes in all")
            }
        }
        return result
    }
}
