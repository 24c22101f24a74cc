import Files
import JSON
import Tensors

/// Opens HDF5 files: Kedge's own, Keras's, and any other with datasets of numbers.
///
/// Only the table of datasets comes from libhdf5, usually in a child process; data are read without it.
enum HDF5Reader {
    /// The `format` of the root's attributes in Kedge's own files.
    static let formatName = "kedge.checkpoint"
    /// The version of that format.
    static let formatVersion = 1
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Whether HDF5's signature stands where it may: at the beginning, at byte 512, 1024, 2048, ...
    static func isHDF5(_ path: String) throws(FileError) -> Bool {
        let file = try RandomAccessFile(path: path)
        var offset = 0
        while offset <= file.size - signature.count {
            if try file.bytes(at: offset, count: signature.count) == signature { return true }
            offset = offset == 0 ? 512 : 2 * offset
        }
        return false
    }

    /// The table of a file's datasets.
    ///
    /// - Throws: `unknownFormat`, `guardFailed`, and what is wrong with the file.
    static func list(_ path: String, options: ReadingOptions) throws -> HDF5Listing {
        guard try isHDF5(path) else {
            throw CheckpointError(.unknownFormat, path: path, "is no HDF5 file: it has no signature")
        }
        switch options.hdf5 {
        case .inProcess: return try HDF5Lister.list(path)
        case .child(let executable, let arguments):
            return try GuardedListing(executable: executable, arguments: arguments, path: path).list()
        }
    }

    /// - Parameter format: ``CheckpointFormat/hdf5``, ``CheckpointFormat/plainHDF5`` or ``CheckpointFormat/keras``; nil: told by
    ///   the file.
    static func open(_ path: String, format: CheckpointFormat?, options: ReadingOptions) throws -> Checkpoint {
        let file = try RandomAccessFile(path: path)
        let listing = try list(path, options: options)
        let format = format ?? kind(of: listing)
        if format == .hdf5 {
            guard listing.attribute("format") == formatName else {
                throw CheckpointError(
                    .unknownFormat, path: path, "is not Kedge's HDF5: its root has no format '\(formatName)'")
            }
            guard listing.attribute("version") == "\(formatVersion)" else {
                let version = listing.attribute("version") ?? "none"
                throw CheckpointError(
                    .unsupported, path: path,
                    "has version \(version) of '\(formatName)', and \(formatVersion) is known; use a newer Kedge")
            }
        }
        var warnings = listing.warnings
        let tensors = try tensors(of: listing, format: format, file: 0, path: path, warnings: &warnings)
        return try Checkpoint(
            path: path, format: format, files: [file], tensors: tensors,
            metadata: try metadata(of: listing, format: format, path: path), warnings: warnings)
    }

    /// What a file is, told by its table.
    static func kind(of listing: HDF5Listing) -> CheckpointFormat {
        if listing.attribute("format") == formatName { return .hdf5 }
        let isKeras = !listing.datasets.isEmpty && listing.datasets.allSatisfy { KerasPath($0.path) != nil }
        return isKeras ? .keras : .plainHDF5
    }

    /// The tensors of a table.
    ///
    /// - Parameter file: the number of the file in the checkpoint.
    static func tensors(
        of listing: HDF5Listing, format: CheckpointFormat, file: Int, path: String, warnings: inout [CheckpointWarning]
    ) throws(CheckpointError) -> [StoredTensor] {
        var tensors: [StoredTensor] = []
        tensors.reserveCapacity(listing.datasets.count)
        for dataset in listing.datasets {
            let name = format == .plainHDF5 ? dataset.path : try exactName(of: dataset, path: path)
            guard let (type, shape) = element(of: dataset, format: format) else {
                warnings.append(CheckpointWarning(tensor: dataset.path, "holds opaque values, not numbers"))
                continue
            }
            let storage: TensorStorage =
                switch dataset.storage {
                case .contiguous(let offset): .bytes(file: file, offset: offset)
                case .inline(let bytes): .inline(bytes)
                case .unread(let reason): .unread(reason: reason)
                case .chunked(let place):
                    .chunked(
                        ChunkedStorage(
                            file: file, chunkShape: place.chunkShape, filters: place.filters, chunks: place.chunks,
                            fillValue: place.fillValue))
                }
            let description = TensorDescription(name: name, type: type, shape: shape)
            guard let tensor = StoredTensor(description, storage: storage, isBigEndian: dataset.isBigEndian) else {
                throw CheckpointError(.badTensor, path: path, tensor: name, "its size overflows")
            }
            if case .contiguous = dataset.storage, tensor.byteCount != storedByteCount(of: dataset) {
                throw CheckpointError(.badTensor, path: path, tensor: name, "its attributes contradict its extent")
            }
            tensors.append(tensor)
        }
        return tensors
    }

    private static func storedByteCount(of dataset: HDF5Listing.Dataset) -> Int? {
        switch dataset.type {
        case .tensor(let type): type.byteCount(of: dataset.shape)
        case .opaque(let width):
            TensorType.elementCount(of: dataset.shape).flatMap {
                let (product, overflows) = $0.multipliedReportingOverflow(by: width)
                return overflows ? nil : product
            }
        }
    }

    /// The type and shape that a dataset's attributes say, where its own cannot.
    private static func element(
        of dataset: HDF5Listing.Dataset, format: CheckpointFormat
    ) -> (type: TensorType, shape: [Int])? {
        let named = dataset.attribute("dtype").flatMap { TensorType(rawValue: $0) }
        switch dataset.type {
        case .opaque(let width):
            guard let named, named.byteWidth == width else { return nil }
            return (named, dataset.shape)
        case .tensor(.uint8) where format != .plainHDF5:
            guard let named, named.bitWidth <= 8 else { return (.uint8, dataset.shape) }
            guard named.byteWidth == nil else { return (named, dataset.shape) }
            guard let extents = dataset.attribute("shape") else { return nil }
            let shape = extents.split(separator: ",").compactMap { Int($0) }
            return (named, shape)
        case .tensor(let type): return (type, dataset.shape)
        }
    }

    private static func exactName(of dataset: HDF5Listing.Dataset, path: String) throws(CheckpointError) -> String {
        guard let text = dataset.attribute("name_json") else { return dataset.attribute("name") ?? dataset.path }
        do throws(JSONError) {
            if let name = try JSONDocument.parsing(text).root.string { return name }
        } catch {}
        throw CheckpointError(.malformed, path: path, tensor: dataset.path, "its attribute name_json is no JSON string")
    }

    /// What the root says beside the tensors.
    static func metadata(
        of listing: HDF5Listing, format: CheckpointFormat, path: String
    ) throws(CheckpointError) -> [(key: String, value: String)] {
        guard format == .hdf5 || format == .keras else { return listing.attributes }
        guard let text = listing.attribute("metadata") else { return [] }
        let node: JSONNode
        do throws(JSONError) {
            node = JSONNode(try JSONDocument.parsing(text).root)
        } catch {
            throw notText(path)
        }
        guard case .object(let members) = node else { throw notText(path) }
        var entries: [(key: String, value: String)] = []
        for (key, value) in members {
            guard case .string(let value) = value else { throw notText(path) }
            entries.append((key, value))
        }
        return entries
    }

    private static func notText(_ path: String) -> CheckpointError {
        CheckpointError(.malformed, path: path, "its attribute metadata is no JSON object of strings")
    }
}
