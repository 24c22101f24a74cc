import Files

extension Checkpoint {
    /// Puts checkpoints together that each hold a part of the tensors, such as shards.
    ///
    /// - Parameter filter: which tensors of a part go along, by the part's number.
    /// - Throws: `conflict` for two tensors of one name.
    static func combining(
        _ parts: [Checkpoint], path: String, format: CheckpointFormat, warnings: [CheckpointWarning] = [],
        companions: [String] = [], directory: String? = nil,
        where filter: (Int, StoredTensor) -> Bool = { _, _ in true }
    ) throws(CheckpointError) -> Checkpoint {
        var files: [RandomAccessFile] = []
        var tensors: [StoredTensor] = []
        var metadata = MetadataEntries()
        var warnings = warnings
        for (number, part) in parts.enumerated() {
            for tensor in part.tensors where filter(number, tensor) {
                tensors.append(tensor.movingFiles(by: files.count))
            }
            try metadata.add(part.metadata, path: path)
            warnings += part.warnings
            files += part.files
        }
        return try Checkpoint(
            path: path, format: format, files: files, tensors: tensors, metadata: metadata.entries, warnings: warnings,
            companions: companions, directory: directory)
    }
}

extension StoredTensor {
    /// The same tensor among files before which `count` others stand.
    fileprivate func movingFiles(by count: Int) -> StoredTensor {
        guard count > 0 else { return self }
        let moved: TensorStorage =
            switch storage {
            case .bytes(let file, let offset): .bytes(file: file + count, offset: offset)
            case .strided(let place):
                .strided(StridedStorage(file: place.file + count, offset: place.offset, strides: place.strides))
            case .deflated(let place):
                .deflated(
                    DeflatedStorage(
                        file: place.file + count, range: place.range, headerSize: place.headerSize,
                        totalSize: place.totalSize))
            case .chunked(let place):
                .chunked(
                    ChunkedStorage(
                        file: place.file + count, chunkShape: place.chunkShape, filters: place.filters,
                        chunks: place.chunks, fillValue: place.fillValue))
            case .inline, .unread: storage
            }
        // The description is that of a tensor whose sizes are known to be sound.
        return StoredTensor(description, storage: moved, isBigEndian: isBigEndian) ?? self
    }
}
