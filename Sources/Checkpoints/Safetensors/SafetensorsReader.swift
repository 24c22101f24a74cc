import Files

/// Opens safetensors files and sets of shards.
enum SafetensorsReader {
    /// - Parameter path: a `.safetensors` file or the `.index.json` of shards.
    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        if path.hasSuffix(".json") { return try openShards(try ShardIndex(path)) }
        let file = try RandomAccessFile(path: path)
        let header = try SafetensorsHeader(file, number: 0)
        return try Checkpoint(
            path: path, format: .safetensors, files: [file], tensors: header.tensors, metadata: header.metadata,
            warnings: header.warnings)
    }

    /// Opens all shards of an index, which says which tensor is in which.
    static func openShards(_ index: ShardIndex) throws -> Checkpoint {
        var files: [RandomAccessFile] = []
        var tensors: [StoredTensor] = []
        var metadata = MetadataEntries()
        var warnings = index.warnings
        for shard in index.shards {
            let file = try RandomAccessFile(path: index.path(of: shard))
            let header = try SafetensorsHeader(file, number: files.count)
            files.append(file)
            warnings += header.warnings
            try metadata.add(header.metadata, path: index.path)
            let (listed, unlisted) = index.partition(header.tensors, in: shard)
            tensors += listed
            guard tensors.count <= Checkpoint.mostTensors else { throw Checkpoint.tooManyTensors(path: index.path) }
            for tensor in unlisted {
                warnings.append(
                    CheckpointWarning(tensor: tensor.name, "is in \(shard), but not by the index; left out"))
            }
        }
        try index.requireAll(in: tensors)
        return try Checkpoint(
            path: index.path, format: .safetensors, files: files, tensors: tensors, metadata: metadata.entries,
            warnings: warnings)
    }
}
