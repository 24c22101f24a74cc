import Files

/// Writes a model directory out of tensors that need not come from a checkpoint.
public struct ModelWriting: Sendable {
    /// A file beside the weights.
    public struct Companion: Sendable {
        /// Where its bytes come from.
        public enum Content: Sendable {
            /// The file at a path.
            case copy(of: String)
            /// These.
            case bytes([UInt8])
        }

        /// Its name in the directory.
        public let name: String
        /// Its bytes.
        public let content: Content

        /// Describes a file.
        public init(name: String, content: Content) {
            self.name = name
            self.content = content
        }
    }

    /// How the files are written; `metadata` goes into each shard.
    public var writing = WritingOptions()
    /// What the names of the weights begin with.
    public var stem = "model"
    /// The most bytes of tensors in a shard.
    public var shardSize = CheckpointConversion.defaultShardSize
    /// The threads that work, at least 1.
    public var threads = 1

    /// As huggingface_hub writes it: shards of 5 GB.
    public init() {}

    /// Writes shards in safetensors, their index where there are several, and the files beside them.
    ///
    /// - Parameters:
    ///   - output: the final path of the directory; nothing unfinished ever stands there.
    ///   - progress: called from any thread, one at a time, with the bytes read so far and in all.
    /// - Throws: ``CheckpointError``, `FileError`, `CancellationError`.
    /// - Complexity: linear in the data; memory for two blocks a thread.
    public func run(
        _ tensors: [PlannedTensor], companions: [Companion], to output: String,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ConversionReport {
        let sizes = tensors.map { $0.description.byteCount ?? 0 }
        let shards = ShardSizes.split(sizes, limit: shardSize)
        guard shards.count <= ShardSizes.largestCount else {
            throw CheckpointError(
                .limitExceeded, path: output, "would have \(shards.count) shards; use a larger --max-shard-size")
        }
        let planned = shards.enumerated().map { number, members in
            PlannedDirectory.Shard(
                name: ShardSizes.name(number, of: shards.count, stem: stem), tensors: members.map { tensors[$0] },
                metadata: writing.metadata)
        }
        let index = try shards.count > 1 ? ModelOutput.index(planned, size: sizes.reduce(0, &+)) : nil
        let directory = PlannedDirectory(
            shards: planned,
            companions: companions.map { companion in
                switch companion.content {
                case .copy(let path): PlannedDirectory.Companion(name: companion.name, content: .copy(of: path))
                case .bytes(let bytes): PlannedDirectory.Companion(name: companion.name, content: .bytes(bytes))
                }
            },
            index: index.map { ("\(stem).safetensors.index.json", $0) },
            isStale: { [stem] name in
                PlannedDirectory.isOutputName(name) || ShardSizes.isShardName(name, stem: stem)
            })
        return try DirectoryWriter(
            directory, inputs: [], to: output, sharding: ShardedWriting(), writing: writing, threads: threads
        ).run(progress: progress)
    }

    /// The names of the files in a directory that hold no weights: config.json, tokenizer files, and what else is not too large.
    ///
    /// - Throws: `FileError`.
    public static func companions(in directory: String) throws -> [String] {
        ModelDirectory.companions(in: directory, try FileSystem.contents(ofDirectory: directory)) { _ in false }
            .companions
    }
}
