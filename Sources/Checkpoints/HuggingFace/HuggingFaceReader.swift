import Files

/// Opens a model directory: the weights that transformers would load, and the names of the files beside them.
enum HuggingFaceReader {
    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        let directory = try ModelDirectory(path)
        var warnings = directory.warnings
        switch directory.weights {
        case .file(let name):
            let part = try openFile("\(directory.path)/\(name)", of: path, options)
            return try Checkpoint.combining(
                [part], path: path, format: .huggingFace, warnings: warnings, companions: directory.companions,
                directory: directory.path)
        case .index(let name):
            let index = try ShardIndex("\(directory.path)/\(name)")
            warnings += index.warnings
            var parts: [Checkpoint] = []
            var listed: [Set<[UInt8]>] = []
            for shard in index.shards {
                let part = try openFile(try index.path(of: shard), of: index.path, options)
                let (mine, others) = index.partition(part.tensors, in: shard)
                listed.append(Set(mine.map { Array($0.name.utf8) }))
                parts.append(part)
                for tensor in others { warnings.append(ShardIndex.unlisted(tensor, in: shard)) }
            }
            let checkpoint = try Checkpoint.combining(
                parts, path: path, format: .huggingFace, warnings: warnings, companions: directory.companions,
                directory: directory.path
            ) { number, tensor in listed[number].contains(Array(tensor.name.utf8)) }
            try index.requireAll(in: checkpoint.tensors)
            return checkpoint
        }
    }

    /// Opens one file of weights: a directory or an index in its place would be a checkpoint by itself.
    private static func openFile(_ path: String, of owner: String, _ options: ReadingOptions) throws -> Checkpoint {
        guard !FileSystem.isDirectory(path), !path.hasSuffix(".json") else {
            throw CheckpointError(
                .unsupported, path: owner,
                "its file '\(FileSystem.name(of: path))' is a directory or an index, not weights")
        }
        return try Checkpoint.open(path, options: partOptions(options))
    }

    /// Warnings of parts are warnings of the whole, which is where being strict is decided.
    private static func partOptions(_ options: ReadingOptions) -> ReadingOptions {
        var options = options
        options.isStrict = false
        return options
    }
}
