import Files

/// Opens safetensors files and sets of shards.
enum SafetensorsReader {
    /// - Parameter path: a `.safetensors` file or the `.index.json` of shards.
    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        if path.hasSuffix(".json") { return try ShardIndex(path).open(as: .safetensors, shard: contents) }
        let contents = try contents(path, number: 0)
        return try Checkpoint(
            path: path, format: .safetensors, files: [contents.file], tensors: contents.tensors,
            metadata: contents.metadata, warnings: contents.warnings)
    }

    private static func contents(_ path: String, number: Int) throws -> ShardContents {
        let file = try RandomAccessFile(path: path)
        let header = try SafetensorsHeader(file, number: number)
        return ShardContents(
            file: file, tensors: header.tensors, metadata: header.metadata, warnings: header.warnings)
    }
}
