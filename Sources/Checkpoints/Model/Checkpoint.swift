public import Files
import Tensors

/// An open checkpoint: its tensors and where their data lies. The data itself is read in blocks, by ``TensorReader``.
///
/// Opening reads headers only. Memory grows with the number of tensors and chunks, not with the size of their data.
public final class Checkpoint: Sendable {
    /// The path as it was given: a file, an index or a directory.
    public let path: String
    /// The format.
    public let format: CheckpointFormat
    /// The files that hold data.
    public let files: [RandomAccessFile]
    /// The tensors in the order of the file, which for shards is that of the shards.
    public let tensors: [StoredTensor]
    /// Free text that the format carries beside the tensors, in the order of the file; keys are distinct.
    public let metadata: [(key: String, value: String)]
    /// What is out of order without preventing reading.
    public let warnings: [CheckpointWarning]
    /// Files of a model directory that are no weights (config.json, tokenizer files, ...): names in ``directory``.
    public let companions: [String]
    /// The directory of ``companions``.
    public let directory: String?

    /// Puts a checkpoint together, for readers of formats; checks every place against the size of its file.
    ///
    /// - Throws: `badTensor` where data would lie outside its file, `conflict` for two tensors of one name,
    ///   `limitExceeded` where shapes take much more than the files hold.
    public init(
        path: String, format: CheckpointFormat, files: [RandomAccessFile], tensors: [StoredTensor],
        metadata: [(key: String, value: String)] = [], warnings: [CheckpointWarning] = [], companions: [String] = [],
        directory: String? = nil
    ) throws(CheckpointError) {
        guard tensors.count <= Self.mostTensors else { throw Self.tooManyTensors(path: path) }
        var names = Set<[UInt8]>(minimumCapacity: tensors.count)
        for tensor in tensors {
            // Strings that are canonically equivalent are different names.
            guard names.insert(Array(tensor.name.utf8)).inserted else {
                throw CheckpointError(.conflict, path: path, tensor: tensor.name, "the name occurs twice")
            }
            try tensor.check(files: files, path: path)
        }
        try Self.checkSizes(of: tensors, files: files, path: path)
        self.path = path
        self.format = format
        self.files = files
        self.tensors = tensors
        self.metadata = metadata
        self.warnings = warnings
        self.companions = companions
        self.directory = directory
    }

    /// The size of all tensors in bytes, in canonical form.
    public var byteCount: Int { tensors.reduce(0) { $0 &+ $1.byteCount } }

    /// The tensor of that name, byte by byte; nil where there is none. Linear in the number of tensors.
    public func tensor(named name: String) -> StoredTensor? {
        tensors.first { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

extension StoredTensor {
    /// Checks that all data lies inside its file.
    fileprivate func check(files: [RandomAccessFile], path: String) throws(CheckpointError) {
        func require(file: Int, offset: Int, count: Int) throws(CheckpointError) {
            let (end, overflows) = offset.addingReportingOverflow(count)
            guard files.indices.contains(file), offset >= 0, count >= 0, !overflows, end <= files[file].size else {
                let size = files.indices.contains(file) ? files[file].size : 0
                throw CheckpointError(
                    .badTensor, path: files.indices.contains(file) ? files[file].path : path, tensor: name,
                    byte: offset,
                    "its data (\(count) bytes) ends outside the file of \(size) bytes; the file is incomplete or damaged"
                )
            }
        }
        switch storage {
        case .bytes(let file, let offset):
            try require(file: file, offset: offset, count: byteCount)
        case .strided(let place):
            try require(file: place.file, offset: place.offset, count: try extent(of: place, path: path))
        case .deflated(let place):
            try require(file: place.file, offset: place.range.lowerBound, count: place.range.count)
            let (end, overflows) = place.headerSize.addingReportingOverflow(byteCount)
            guard place.headerSize >= 0, !overflows, end <= place.totalSize else {
                throw CheckpointError(
                    .badTensor, path: path, tensor: name,
                    "its \(byteCount) bytes do not fit into the \(place.totalSize) of its archive member")
            }
        case .chunked(let place):
            guard place.chunkShape.count == shape.count, !shape.isEmpty, !place.chunkShape.contains(where: { $0 <= 0 }),
                type.byteCount(of: place.chunkShape) != nil
            else {
                throw CheckpointError(.badTensor, path: path, tensor: name, "its chunks do not fit its shape")
            }
            for chunk in place.chunks {
                try require(file: place.file, offset: chunk.offset, count: chunk.byteCount)
            }
        case .inline(let bytes):
            guard bytes.count == byteCount else {
                throw CheckpointError(
                    .badTensor, path: path, tensor: name, "has \(bytes.count) bytes of data, not \(byteCount)")
            }
        case .unread: break
        }
    }

    /// How many bytes from its first element on a strided tensor reaches.
    private func extent(of place: StridedStorage, path: String) throws(CheckpointError) -> Int {
        guard let width = type.byteWidth, place.strides.count == shape.count,
            !place.strides.contains(where: { $0 < 0 })
        else {
            throw CheckpointError(.badTensor, path: path, tensor: name, "its strides do not fit its shape")
        }
        if elementCount == 0 { return 0 }
        var last = 0
        for (extent, stride) in zip(shape, place.strides) {
            let (step, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowsToo) = last.addingReportingOverflow(step)
            guard !overflows, !overflowsToo else {
                throw CheckpointError(.badTensor, path: path, tensor: name, "its strides overflow")
            }
            last = sum
        }
        let (bytes, overflows) = last.multipliedReportingOverflow(by: width)
        let (end, overflowsToo) = bytes.addingReportingOverflow(width)
        guard !overflows, !overflowsToo else {
            throw CheckpointError(.badTensor, path: path, tensor: name, "its strides overflow")
        }
        return end
    }
}
