import Files
import Kernels

/// Writes planned tensors into one file, or into shards of Keras's and their index.
struct FileConversion {
    let tensors: [PlannedTensor]
    let format: CheckpointFormat
    let threads: Int
    /// The most bytes of a shard, for the formats whose files have shards.
    var shardSize = CheckpointConversion.defaultShardSize

    /// The bytes that are read.
    var byteCount: Int { tensors.reduce(0) { $0 &+ $1.source.byteCount } }

    /// Writes the file; it appears under its name when it is complete.
    ///
    /// - Returns: the tensors that lost numbers.
    func run(
        to path: String, options: WritingOptions, progress: @escaping @Sendable (_ done: Int) -> Void
    ) throws -> [ConversionReport.Loss] {
        let sink = try sink(path, options)
        let transfer = BlockTransfer(try tensors.map { try TensorTransfer($0) }, to: sink)
        let counts = try transfer.run(threads: threads) { done, _ in progress(done) }
        try sink.commit()
        return ConversionReport.losses(tensors, counts)
    }

    /// The files of tensors that ``run(to:options:progress:)`` wrote.
    func files(at path: String) throws -> [ConversionReport.File] {
        guard format == .keras, let stem = KerasShards.stem(of: path) else {
            return [
                ConversionReport.File(
                    name: path, byteCount: try FileSystem.size(ofFileAt: path), tensorCount: tensors.count)
            ]
        }
        let parts = try KerasShards.split(tensors.map(\.description), largestShard: shardSize, path: path)
        return try parts.enumerated().map { number, part in
            let file = stem + KerasShards.ending(number)
            return ConversionReport.File(
                name: file, byteCount: try FileSystem.size(ofFileAt: file), tensorCount: part.count)
        }
    }

    private func sink(_ path: String, _ options: WritingOptions) throws -> any CheckpointSink {
        let descriptions = tensors.map(\.description)
        guard format == .keras, KerasShards.stem(of: path) != nil else {
            return try format.makeSink(path, tensors: descriptions, options: options)
        }
        return try KerasShards.makeSink(path, tensors: descriptions, largestShard: shardSize, options: options)
    }
}
